//! A run's folder: its settings, its state, its weights.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lungsight_network::manifest::MANIFEST;
use serde::{Deserialize, Serialize};

use crate::augment::{STRENGTH, Strength};
use crate::say::warn;
use crate::settings::Settings;

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
    /// How far slices are changed; `None` of runs from before it was kept.
    #[serde(default)]
    pub augmentation: Option<Strength>,
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
            augmentation: Some(STRENGTH),
            commit: commit(),
            device: device.to_owned(),
            split: checksum(&settings.split)?,
            dataset: checksum(&settings.dataset.join(crate::dataset::INDEX))?,
        })
    }

    /// Refuses a run whose slices other code changed otherwise: going on, it would be neither that nor this.
    ///
    /// # Errors
    /// Says so.
    pub fn check_code(&self) -> Result<(), String> {
        if self.augmentation == Some(STRENGTH) {
            return Ok(());
        }
        Err(format!(
            "begun at commit {}, which changed slices otherwise than this program does: begin anew in another folder",
            self.commit
        ))
    }

    /// Says where a run was begun by another commit: what has changed since may be more than what [`check_code`](Self::check_code)
    /// knows.
    pub fn tell_other_code(&self) {
        let now = commit();
        if self.commit != now {
            warn(format_args!(
                "begun at commit {}, while this program is of {now}: what they do may differ, and the first is what is recorded",
                self.commit
            ));
        }
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
    /// Class-balanced log loss on validation slices with every disease asked for by name, whatever was taught; 0 in older runs.
    #[serde(default)]
    pub validation_loss_named: f64,
    /// Class-balanced log loss on validation slices. The disease must be named only where the source's was ever taught; with
    /// `--balance-names` nowhere.
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
    /// The averaged weights of the best epoch in full precision; they name the epoch.
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

/// Has the folder of a file that is to be written, and finds out whether it can be: at the start, not after hours of work.
///
/// # Errors
/// Names what is in the way.
pub fn make_room(path: &Path) -> Result<(), String> {
    if path.is_dir() {
        return Err(format!("{} is a folder", path.display()));
    }
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let wrong = |e: std::io::Error| format!("{}: {e}", folder.display());
    std::fs::create_dir_all(folder).map_err(wrong)?;
    let trial = folder.join(format!(".lungsight-train-{}", std::process::id()));
    std::fs::write(&trial, []).map_err(wrong)?;
    std::fs::remove_file(&trial).map_err(wrong)
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
    use super::*;

    #[test]
    fn room_is_made_for_a_file_and_what_is_in_the_way_is_named() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("no/such/figures.json");
        make_room(&path).expect("room");
        let there = std::fs::read_dir(folder.path().join("no/such")).expect("a folder");
        assert_eq!(there.count(), 0, "nothing is left of the trial");
        std::fs::write(&path, b"x").expect("write");
        let reason = make_room(&path.join("below")).expect_err("a file is no folder");
        assert!(reason.contains("figures.json"), "{reason}");
        let reason = make_room(folder.path()).expect_err("a folder");
        assert!(reason.contains("is a folder"), "{reason}");
    }
}
