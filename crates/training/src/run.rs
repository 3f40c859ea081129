//! A run's folder: its settings, its state, its weights.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lungsight_network::NetworkConfig;
use lungsight_network::manifest::MANIFEST;
use serde::{Deserialize, Serialize};

use crate::augment::Look;
use crate::schedule::Schedule;

/// All that decides how a run goes, saved as `settings.json` beside its artefacts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, clap::Args)]
pub struct Settings {
    /// Pre-processed dataset, from `lungsight-train preprocess`.
    #[arg(long)]
    pub dataset: PathBuf,
    /// Split by patient, from `lungsight-train split`.
    #[arg(long)]
    pub split: PathBuf,
    /// torchvision's ResNet-18 as safetensors, to start from; without it everything starts at random, which needs
    /// `--frozen none`.
    #[arg(long)]
    pub imagenet: Option<PathBuf>,
    /// Weights folder to start from, whose network this one goes on from; instead of `--imagenet`.
    #[arg(long, conflicts_with = "imagenet")]
    #[serde(default)]
    pub start: Option<PathBuf>,
    /// Slices whose note is this are not learned from (a study's label need not be its slices').
    #[arg(long = "leave-out-note")]
    pub leave_out_notes: Vec<String>,
    /// Slices whose note is this show nothing, whatever their patient has: they are learned as healthy.
    #[arg(long = "healthy-note")]
    pub healthy_notes: Vec<String>,
    /// Slices left out by their note that show something after all, from `lungsight-train screen`.
    #[arg(long)]
    pub screened: Option<PathBuf>,
    /// Side in pixels and epochs, one after another; an epoch shows as many slices as the training part has.
    #[arg(long, default_value = "128x6,192x4,256x4")]
    pub schedule: Schedule,
    /// Slices per step.
    #[arg(long, default_value_t = 32, value_parser = batch)]
    pub batch: usize,
    /// Highest learning rate of what starts at random (AdamW, half an epoch of warm-up, cosine to 0).
    #[arg(long, default_value_t = 1e-3)]
    pub learning_rate: f64,
    /// The same for what comes from ImageNet.
    #[arg(long, default_value_t = 3e-4)]
    pub backbone_learning_rate: f64,
    /// Decoupled weight decay.
    #[arg(long, default_value_t = 0.05)]
    pub weight_decay: f32,
    /// Share of the target spread over all classes.
    #[arg(long, default_value_t = 0.1)]
    pub label_smoothing: f32,
    /// Of sources that have one of the two diseases alone: the share of sights of diseased slices whose label is no more
    /// than that they are diseased. Teachers are not bound by it.
    #[arg(long, default_value_t = 0.5, value_parser = share)]
    pub hide_tied: f64,
    /// The share of steps that mix the slices' looks after stage 1 (MixStyle).
    #[arg(long, default_value_t = 0.3, value_parser = share)]
    pub mix_style: f64,
    /// The share of sights of healthy slices that get the lesions of an annotated slice put in, and teach "diseased".
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    #[serde(default)]
    pub put_lesions: f64,
    /// The weight, beside the loss of the classes, of that of finding lesions in the cells of the finest pyramid level: where
    /// radiologists drew them, where they were put in, and nowhere in healthy slices.
    #[arg(long, default_value_t = 0.0, value_parser = weight)]
    #[serde(default)]
    pub locate: f64,
    /// Weights folder whose network looks at the same sights, and whose opinion is taught beside the label; several teach
    /// their mean.
    #[arg(long = "teacher")]
    #[serde(default)]
    pub teachers: Vec<PathBuf>,
    /// The teachers' share of the loss of the classes; the label has the rest.
    #[arg(long, default_value_t = TEACH_SHARE, value_parser = share, requires = "teachers")]
    #[serde(default = "teach_share")]
    pub teach_share: f64,
    /// What stays as it starts.
    #[arg(long, value_enum, default_value_t = Frozen::Stage1)]
    pub frozen: Frozen,
    /// Channels of every pyramid level.
    #[arg(long, default_value_t = 128, value_parser = width)]
    pub pyramid_width: usize,
    /// Pyramid levels that the head sees, coarsest first; 1 is a ResNet-18 without a pyramid (not to be exported).
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=3))]
    pub levels: u8,
    /// Lungs alone, as the server shows them to the network, or the whole square (not to be exported).
    #[arg(long, value_enum, default_value_t = Look::Masked)]
    pub look: Look,
    /// What convolutions are computed in while learning.
    #[arg(long, value_enum, default_value_t = Precision::Full)]
    #[serde(default)]
    pub precision: Precision,
    /// Of everything random.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// The teachers' share where none is named: the best of those tried (`weights/README.md`).
const TEACH_SHARE: f64 = 0.8;

fn teach_share() -> f64 {
    TEACH_SHARE
}

fn batch(text: &str) -> Result<usize, String> {
    within(text, 1, 1024)
}

fn width(text: &str) -> Result<usize, String> {
    within(text, 1, 1024)
}

fn share(text: &str) -> Result<f64, String> {
    within(text, 0.0, 1.0)
}

fn weight(text: &str) -> Result<f64, String> {
    within(text, 0.0, 100.0)
}

fn within<T>(text: &str, least: T, most: T) -> Result<T, String>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    match text.parse::<T>() {
        Ok(value) if value >= least && value <= most => Ok(value),
        _ => Err(format!("must lie in {least}..={most}")),
    }
}

/// The part of the network that keeps its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Frozen {
    /// Everything learns.
    None,
    /// The stem stays.
    Stem,
    /// Stem and stage 1 stay.
    Stage1,
}

/// What convolutions are computed in; weights, batch norm, pooling and the loss are in full precision all the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Four bytes a number.
    #[default]
    Full,
    /// Two bytes, with the exponent of four: less than half the time with LibTorch on processors that have AVX512-BF16 or
    /// AMX, and on GPUs with CUDA.
    Bfloat16,
}

impl Settings {
    /// The network that these settings train.
    pub fn network_config(&self) -> NetworkConfig {
        NetworkConfig::new()
            .with_pyramid_width(self.pyramid_width)
            .with_levels(usize::from(self.levels))
    }
}

/// Where a run was made, saved as `origin.json` beside its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The commit it was started from.
    pub commit: String,
    /// Such as `cpu: LibTorch`.
    pub device: String,
    /// SHA-256 of the split.
    pub split: String,
    /// SHA-256 of the dataset's list.
    pub dataset: String,
    /// SHA-256 of the other files that a run learns from or starts from, by what they are.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

impl Origin {
    /// Of a run with these settings on this device.
    ///
    /// # Errors
    /// Names the file that can't be read.
    pub fn of(settings: &Settings, device: &str) -> Result<Self, String> {
        let start = settings.start.as_ref().map(|start| start.join(MANIFEST));
        let lesions = (settings.put_lesions > 0.0 || settings.locate > 0.0)
            .then(|| settings.dataset.join(crate::dataset::LESIONS));
        let pixels = Some(settings.dataset.join(crate::dataset::PIXELS));
        let mut files = BTreeMap::new();
        for (what, path) in [
            ("pixels", pixels),
            ("lesions", lesions),
            ("list of screened slices", settings.screened.clone()),
            ("ImageNet weights", settings.imagenet.clone()),
            ("start", start),
        ] {
            if let Some(path) = path {
                files.insert(what.to_owned(), checksum(&path)?);
            }
        }
        for (number, teacher) in (1..).zip(&settings.teachers) {
            let path = teacher.join(MANIFEST);
            files.insert(format!("teacher {number}"), checksum(&path)?);
        }
        Ok(Self {
            files,
            commit: commit(),
            device: device.to_owned(),
            split: checksum(&settings.split)?,
            dataset: checksum(&settings.dataset.join(crate::dataset::INDEX))?,
        })
    }

    /// Refuses a split or a dataset that is not the one the run began with: patients would change parts.
    ///
    /// # Errors
    /// Names what has changed.
    pub fn check(&self, settings: &Settings) -> Result<(), String> {
        let now = Self::of(settings, &self.device)?;
        let mut pairs = vec![
            ("split", &self.split, &now.split),
            ("dataset", &self.dataset, &now.dataset),
        ];
        for (what, before) in &self.files {
            if let Some(now) = now.files.get(what) {
                pairs.push((what, before, now));
            }
        }
        match pairs.into_iter().find(|(_, before, now)| before != now) {
            Some((what, ..)) => Err(format!("the {what} has changed since the run began")),
            None => Ok(()),
        }
    }
}

/// SHA-256 of a file.
///
/// # Errors
/// Names the file that can't be read.
pub fn checksum(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(lungsight_network::checkpoint::sha256(&bytes))
}

/// Where a run stands; written after every epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Epochs completed.
    pub epochs_done: usize,
    /// Validation log loss of the best epoch so far.
    pub best: Option<f64>,
    /// One entry per epoch.
    pub history: Vec<Epoch>,
}

/// One epoch's figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Side in pixels of what was learned from.
    pub side: usize,
    /// Mean loss of the steps.
    pub train_loss: f64,
    /// Class-balanced log loss on validation slices.
    pub validation_loss: f64,
    /// Class-balanced accuracy on validation slices.
    pub validation_balanced_accuracy: f64,
    /// Wall-clock time.
    pub seconds: f64,
}

/// Files of a run.
#[derive(Debug, Clone)]
pub struct RunFolder(pub PathBuf);

impl RunFolder {
    /// `settings.json`
    pub fn settings(&self) -> PathBuf {
        self.0.join("settings.json")
    }
    /// `state.json`
    pub fn state(&self) -> PathBuf {
        self.0.join("state.json")
    }
    /// What resuming after an epoch needs; the state names the epoch.
    pub fn epoch(&self, epochs_done: usize) -> PathBuf {
        self.0.join(format!("epoch-{epochs_done}"))
    }
    /// Weights after an epoch, with parameter identities.
    pub fn last(&self, epochs_done: usize) -> PathBuf {
        self.epoch(epochs_done).join("last.bpk")
    }
    /// The optimiser's state after an epoch.
    pub fn optimiser(&self, epochs_done: usize) -> PathBuf {
        self.epoch(epochs_done).join("optimiser.bpk")
    }
    /// The averaged weights of the best epoch in full precision.
    pub fn best(&self) -> PathBuf {
        self.0.join("best.safetensors")
    }
    /// The running average of the weights after an epoch.
    pub fn average(&self, epochs_done: usize) -> PathBuf {
        self.epoch(epochs_done).join("average.safetensors")
    }
    /// Holds the folder for this process, until what is returned is dropped.
    ///
    /// # Errors
    /// When another process trains in it.
    pub fn lock(&self) -> Result<std::fs::File, String> {
        let path = self.0.join("lock");
        let wrong = |reason: String| format!("{}: {reason}", path.display());
        let file = std::fs::File::create(&path).map_err(|e| wrong(e.to_string()))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => {
                Err(wrong("another process trains in this folder".into()))
            }
            Err(std::fs::TryLockError::Error(reason)) => Err(wrong(reason.to_string())),
        }
    }
    /// `origin.json`
    pub fn origin(&self) -> PathBuf {
        self.0.join("origin.json")
    }
}

/// Reads JSON.
///
/// # Errors
/// Names the file and what is wrong.
pub fn read_json<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}

/// Writes JSON beside the file, then renames.
///
/// # Errors
/// Names the file and what is wrong.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), String> {
    let mut text = serde_json::to_string_pretty(value).map_err(|e| e.to_string())?;
    text.push('\n');
    lungsight_network::checkpoint::write_atomically(path, text.as_bytes())
        .map_err(|e| format!("{}: {e}", path.display()))
}

/// The commit of the checkout that this was built in, `-dirty` where it was changed since; `unknown` where that is gone.
pub fn commit() -> String {
    std::process::Command::new("git")
        .args(["-C", env!("CARGO_MANIFEST_DIR")])
        .args([
            "describe",
            "--always",
            "--dirty",
            "--abbrev=12",
            "--exclude=*",
        ])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown".into(), |text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    fn settings(further: &[&str]) -> Result<Settings, clap::Error> {
        let line = ["train", "--dataset", "dataset", "--split", "split.json"];
        Line::try_parse_from([&line, further].concat()).map(|line| line.settings)
    }

    #[test]
    fn runs_from_before_there_were_teachers_go_on() {
        let settings = settings(&[]).expect("no more is needed");
        let mut before = serde_json::to_value(&settings).expect("JSON");
        let fields = before.as_object_mut().expect("an object");
        for name in ["teachers", "teach_share"] {
            assert!(fields.remove(name).is_some(), "{name}");
        }
        let read: Settings = serde_json::from_value(before).expect("settings");
        assert_eq!(read, settings);
    }

    #[test]
    fn a_share_is_for_teachers_alone() {
        let several = ["--teacher", "one", "--teacher", "two", "--teach-share", "1"];
        let taught = settings(&several).expect("two teachers");
        assert_eq!(taught.teachers, [Path::new("one"), Path::new("two")]);
        assert_eq!(taught.teach_share.to_bits(), 1f64.to_bits());
        assert!(settings(&several[4..]).is_err());
        assert!(settings(&["--teacher", "one", "--teach-share", "1.1"]).is_err());
    }
}
