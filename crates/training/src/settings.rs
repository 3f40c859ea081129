//! All that decides how a run goes, and what the command line takes for it.

use std::path::PathBuf;

use lungsight_network::NetworkConfig;
use lungsight_network::input::{IMAGENET_GREY, Normalisation};
use lungsight_network::manifest::LEAST_SIDE;
use lungsight_network::model::pyramid::LEVELS;
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
    /// Of `--start`, take the stem and stages 1 to 3 alone: what follows starts at random, and has to find anew how its classes
    /// are told apart.
    #[arg(long, requires = "start")]
    #[serde(default)]
    pub trunk_only: bool,
    /// Slices whose note is this are not learned from (a study's label need not be its slices').
    #[arg(long = "leave-out-note")]
    pub leave_out_notes: Vec<String>,
    /// Slices whose note is this show nothing, whatever their patient has: they are learned as healthy. Annotated slices
    /// without a lesion have the note `no lesion`.
    #[arg(long = "healthy-note")]
    pub healthy_notes: Vec<String>,
    /// Slices left out by their note that show something after all, from `lungsight-train screen` with the same split.
    #[arg(long)]
    pub screened: Option<PathBuf>,
    /// Side in pixels (multiples of 32, 32 to 256; the last 64 at least to be exported) and epochs, one after another; an epoch
    /// shows as many slices as the training part has.
    #[arg(long, default_value = "128x6,192x4,256x4")]
    pub schedule: Schedule,
    /// Slices per step.
    #[arg(long, default_value_t = 32, value_parser = batch)]
    pub batch: usize,
    /// Highest learning rate of what starts at random (AdamW, half an epoch of warm-up, cosine to 0).
    #[arg(long, default_value_t = 1e-3, value_parser = rate)]
    pub learning_rate: f64,
    /// The same for what comes from ImageNet.
    #[arg(long, default_value_t = 3e-4, value_parser = rate)]
    pub backbone_learning_rate: f64,
    /// Decoupled weight decay.
    #[arg(long, default_value_t = 0.05, value_parser = decay)]
    pub weight_decay: f32,
    /// Share of the target spread over all classes.
    #[arg(long, default_value_t = 0.1, value_parser = smoothing)]
    pub label_smoothing: f32,
    /// Of sources that have one of the two diseases alone: the share of sights of diseased slices whose label is no more
    /// than that they are diseased. Teachers name it all the same without `--bound-teachers`. At 1, nothing more is asked of such
    /// sources' validation slices either when the best epoch and what the manifest states are chosen.
    #[arg(long, default_value_t = 0.5, value_parser = share)]
    pub hide_tied: f64,
    /// Draw slices so that each disease is named as often, and, of sources that have both, so that those patients come more often
    /// who are smooth where most with their disease are sharp, or the other way round: by the square root of how many they are.
    /// Within drenet, the one source here with both, most of one disease are smooth, most of the other sharp, in validation
    /// too: the best epoch is then chosen by who is diseased alone, and by no name.
    #[arg(long)]
    #[serde(default)]
    pub balance_names: bool,
    /// The share of steps that mix the slices' looks after stage 1 (MixStyle).
    #[arg(long, default_value_t = 0.3, value_parser = share)]
    pub mix_style: f64,
    /// The share of sights of healthy slices that get the lesions of an annotated slice (`preprocess --annotated`) put in, and
    /// teach "diseased": copy-paste augmentation.
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    #[serde(default)]
    pub put_lesions: f64,
    /// The share of sights whose grain (their own noise and sharpness) is taken away and drawn anew, whatever it was: within
    /// drenet, the one source here with both diseases, it tells them.
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    #[serde(default)]
    pub even_grain: f64,
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
    /// Teachers name no disease: what they teach is how healthy or diseased a sight is. Which disease it is, is learned from
    /// labels that name it, at full weight.
    #[arg(long, requires = "teachers")]
    #[serde(default)]
    pub bound_teachers: bool,
    /// What stays as it starts.
    #[arg(long, value_enum, default_value_t = Frozen::Stage1)]
    pub frozen: Frozen,
    /// Channels of every pyramid level.
    #[arg(long, default_value_t = 128, value_parser = width)]
    pub pyramid_width: usize,
    /// Pyramid levels that the head sees, coarsest first; fewer than 3 are not to be exported; 1 is a ResNet-18 without a
    /// pyramid.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=3))]
    pub levels: u8,
    /// Lungs alone, as the server shows them to the network, or the whole square (not to be exported).
    #[arg(long, value_enum, default_value_t = Look::Masked)]
    pub look: Look,
    /// The grey level that the network sees outside the lungs: 0 (black) or up to 255 (as dense as what is densest in them).
    #[arg(long, default_value_t = 0)]
    #[serde(default)]
    pub outside: u8,
    /// What convolutions are computed in while learning.
    #[arg(long, value_enum, default_value_t = Precision::Full)]
    #[serde(default)]
    pub precision: Precision,
    /// Of everything random.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// The teachers' share where none is named: the best of those tried (`weights/EXPERIMENTS.md`, s1 to s4).
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

/// Above 1 nothing is learned but noise; 0 learns nothing.
fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate <= 1.0 => Ok(rate),
        _ => Err("must be more than 0 and at most 1".into()),
    }
}

fn decay(text: &str) -> Result<f32, String> {
    within(text, 0.0, 100.0)
}

fn smoothing(text: &str) -> Result<f32, String> {
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
    /// Two bytes, with the exponent of four: 0.6 of the time with LibTorch on processors that have AVX512-BF16; an H100 was no
    /// faster by it.
    Bfloat16,
}

impl Settings {
    /// The network that these settings train.
    pub fn network_config(&self) -> NetworkConfig {
        NetworkConfig::new()
            .with_pyramid_width(self.pyramid_width)
            .with_levels(usize::from(self.levels))
    }

    /// From grey levels to what the network gets.
    pub fn normalisation(&self) -> Normalisation {
        Normalisation {
            outside: self.outside,
            ..IMAGENET_GREY
        }
    }

    /// Whether the server can serve what they train: it shows lungs alone to a whole pyramid.
    pub fn is_served(&self) -> bool {
        self.look == Look::Masked
            && usize::from(self.levels) == LEVELS
            && self.schedule.last_side() >= LEAST_SIDE
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

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
        for name in [
            "teachers",
            "teach_share",
            "bound_teachers",
            "outside",
            "trunk_only",
            "put_lesions",
            "even_grain",
            "balance_names",
            "locate",
        ] {
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

    #[test]
    fn numbers_that_cannot_be_learned_with_are_refused() {
        for (option, wrong, right) in [
            ("--learning-rate", ["0", "-1", "NaN", "inf"], "1e-3"),
            ("--backbone-learning-rate", ["0", "-1", "nan", "2"], "1"),
            ("--weight-decay", ["-0.1", "NaN", "inf", "x"], "0"),
            ("--label-smoothing", ["-0.1", "1.1", "NaN", "inf"], "0"),
            (
                "--schedule",
                ["64x0", "64x99999999999999999999", "64x10001", ""],
                "64x1",
            ),
        ] {
            for value in wrong {
                let given = format!("{option}={value}");
                assert!(settings(&[&given]).is_err(), "{given}");
            }
            settings(&[&format!("{option}={right}")]).expect(option);
        }
    }
}
