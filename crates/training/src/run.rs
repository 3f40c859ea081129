//! A run's folder: its settings, its state, its weights.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// All that decides how a run goes, saved as `settings.json` beside its artefacts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, clap::Args)]
pub struct Settings {
    /// Manifest of slices: CSV with path, label, patient, source, masked, note.
    #[arg(long)]
    pub manifest: PathBuf,
    /// Split by patient, from `lungsight-train split`.
    #[arg(long)]
    pub split: PathBuf,
    /// torchvision's ResNet-18 as safetensors, to start from; without it everything starts at random.
    #[arg(long)]
    pub imagenet: Option<PathBuf>,
    /// Slices whose note is this are not learned from (a study's label need not be its slices').
    #[arg(long = "leave-out-note")]
    pub leave_out_notes: Vec<String>,
    /// Keep stem and stages 1–3 as they start, and store their outputs once per augmented copy.
    #[arg(long)]
    pub frozen: bool,
    /// With --frozen: augmented copies of every slice beside the original.
    #[arg(long, default_value_t = 3)]
    pub copies: usize,
    /// Passes over as many slices as the training part has.
    #[arg(long, default_value_t = 12)]
    pub epochs: usize,
    /// Slices per step.
    #[arg(long, default_value_t = 32)]
    pub batch: usize,
    /// Highest learning rate (AdamW, one epoch of warm-up, cosine to 0).
    #[arg(long, default_value_t = 1e-3)]
    pub learning_rate: f64,
    /// Decoupled weight decay.
    #[arg(long, default_value_t = 0.05)]
    pub weight_decay: f32,
    /// Share of the target spread over all classes.
    #[arg(long, default_value_t = 0.1)]
    pub label_smoothing: f32,
    /// Channels of every pyramid level.
    #[arg(long, default_value_t = 128)]
    pub pyramid_width: usize,
    /// Of everything random.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
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
    /// Weights after the last epoch, with parameter identities, for resuming.
    pub fn last(&self) -> PathBuf {
        self.0.join("last.bpk")
    }
    /// The optimiser's state after the last epoch.
    pub fn optimiser(&self) -> PathBuf {
        self.0.join("optimiser.bpk")
    }
    /// The best epoch's weights in full precision.
    pub fn best(&self) -> PathBuf {
        self.0.join("best.safetensors")
    }
    /// Stored outputs of the frozen stages.
    pub fn features(&self, name: &str) -> PathBuf {
        self.0.join(format!("features-{name}.safetensors"))
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
