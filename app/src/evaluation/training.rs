//! How the weights came about, as the trainer's `export` writes it.

use serde::{Deserialize, Serialize};

/// How the weights came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Name and checksum of the weights.
    pub model: String,
    /// SHA-256 of the split.
    pub split_sha256: String,
    pub slices_learned: usize,
    pub slices_chosen_by: usize,
    /// Whether the first stages started as ImageNet's.
    pub imagenet: bool,
    /// Name and checksum of the weights that it went on from.
    #[serde(default)]
    pub start: Option<String>,
    /// Whether no more of it was taken than the stem and stages 1 to 3.
    #[serde(default)]
    pub trunk_only: bool,
    /// `none`, `stem` or `stage1`: what stayed as it started.
    pub frozen: Frozen,
    /// Sides and epochs as they were, one after another.
    pub schedule: Vec<Leg>,
    /// The epoch that was kept, counted from 1.
    pub best_epoch: Option<usize>,
    /// Whether it was kept for being the last, not the best.
    #[serde(default)]
    pub last: bool,
    /// Name and checksum of the weights that these are the mean of the run's with.
    #[serde(default)]
    pub mean_with: Option<String>,
    /// Wall-clock time of all epochs.
    pub seconds: u64,
    /// Slices per step.
    pub batch: usize,
    pub learning_rate: f64,
    pub backbone_learning_rate: f64,
    pub warm_up_epochs: f64,
    pub weight_decay: f64,
    pub label_smoothing: f64,
    /// Share of pooled features dropped.
    pub dropout: f64,
    /// Share of sights at which slices of sources with one disease alone taught "diseased" and no more.
    pub hide_tied: f64,
    /// Share of steps that mixed the slices' looks.
    pub mix_style: f64,
    /// Share of sights of healthy slices that had lesions put in.
    #[serde(default)]
    pub put_lesions: f64,
    /// Share of sights whose noise and sharpness were drawn anew.
    #[serde(default)]
    pub even_grain: f64,
    /// Whether each disease was named as often, and patients whose grain is rare with it came more often.
    #[serde(default)]
    pub balance_names: bool,
    /// Names and checksums of the networks whose opinion was taught beside the labels.
    #[serde(default)]
    pub teachers: Vec<String>,
    /// Share of what was taught that is the teachers' mean opinion.
    #[serde(default)]
    pub teach_share: f64,
    /// Whether they named no disease.
    #[serde(default)]
    pub bound_teachers: bool,
    /// The grey level that the network sees outside the lungs.
    #[serde(default)]
    pub outside: u8,
    pub augmentation: Augmentation,
    pub averaging: Averaging,
    pub screening: Option<Screening>,
    /// Rows and columns as served, pixels.
    pub input_side: usize,
    /// Logits are divided by it.
    pub temperature: f64,
    /// The least probability of a slice's class.
    pub least_probability: Option<f64>,
}

/// What stayed as it started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frozen {
    None,
    Stem,
    /// Stem and stage 1.
    Stage1,
}

/// Epochs at one side, pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    pub side: usize,
    pub epochs: usize,
}

/// How far slices were changed while learning; pairs are the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Augmentation {
    /// Either way.
    pub rotation_degrees: f64,
    pub scale: [f64; 2],
    /// Either way, share of the side.
    pub shift: f64,
    pub contrast: [f64; 2],
    /// Either way, share of the grey levels.
    pub brightness: f64,
    pub jpeg_share: f64,
    pub jpeg_quality: [u8; 2],
    /// Share of inputs with a square taken out.
    pub cut_share: f64,
}

/// The running average of the weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Averaging {
    /// How much stays when new weights are folded in.
    pub kept: f64,
    pub every_steps: usize,
}

/// How slices of studies labelled as a whole were looked through.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Screening {
    /// The weights that judged.
    pub model: String,
    /// Slices with this note were looked at.
    pub note: String,
    /// Probability of being diseased above which a slice shows something.
    pub threshold: f64,
    /// Share of healthy validation slices of the same sources above it.
    pub healthy_above: f64,
    pub looked_at: usize,
    pub shown: usize,
}
