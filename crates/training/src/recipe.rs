//! How weights came about, in numbers, from the run's own files: `export` writes it beside them as `training.json`.

use std::path::Path;

use lungsight_network::manifest::{MANIFEST, Manifest};
use serde::{Deserialize, Serialize};

use crate::augment::{STRENGTH, Strength};
use crate::average::KEPT;
use crate::export::Choice;
use crate::material::Material;
use crate::run::{Epoch, Origin, State, read_json};
use crate::schedule::WARM_UP_EPOCHS;
use crate::screen::Screened;
use crate::settings::{Frozen, Precision, Settings};
use crate::statistics::BATCHES;
use crate::step::EPSILON;
use crate::train::AVERAGE_EVERY;

/// The recipe's file name in a weights folder.
pub const RECIPE: &str = "training.json";

/// What `export` writes. What a run does not choose (averaging) is that of the code that exports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Name and checksum of the weights.
    pub model: String,
    /// The commit that the run was started from.
    pub commit: String,
    /// Where it ran.
    pub device: String,
    /// SHA-256 of the split.
    pub split_sha256: String,
    /// Slices of the training part that were learned from.
    pub slices_learned: usize,
    /// Slices of the validation part that were chosen by.
    pub slices_chosen_by: usize,
    /// Whether stem and stages 1–3 started as ImageNet's.
    pub imagenet: bool,
    /// Name and checksum of the weights that the run went on from, whose own `training.json` tells how they came about.
    pub start: Option<String>,
    /// Whether no more of it was taken than the stem and stages 1 to 3.
    #[serde(default)]
    pub trunk_only: bool,
    /// What stayed as it started.
    pub frozen: Frozen,
    /// Channels of every pyramid level.
    pub pyramid_width: usize,
    /// Sides and epochs as they were, one after another.
    pub schedule: Vec<Leg>,
    /// The epoch that was kept, counted from 1; `None` when none was judged at the last side.
    pub best_epoch: Option<usize>,
    /// Whether it was kept for being the last, not the best.
    #[serde(default)]
    pub last: bool,
    /// The weights that the exported ones are the mean of the run's with, if they are.
    #[serde(default)]
    pub mean_with: Option<String>,
    /// Batches of training slices by which the mean's batch-norm statistics were estimated anew; 0 of what is no mean, and of a mean
    /// from before that was done, whose statistics are averaged.
    #[serde(default)]
    pub statistics_batches: usize,
    /// Wall-clock time of all epochs.
    pub seconds: u64,
    /// Slices per step.
    pub batch: usize,
    /// Highest learning rate of what started at random.
    pub learning_rate: f64,
    /// The same for what came from ImageNet.
    pub backbone_learning_rate: f64,
    /// Epochs over which it rose, before it fell as a cosine.
    pub warm_up_epochs: f64,
    /// Decoupled weight decay.
    pub weight_decay: f32,
    /// What AdamW adds to the root of the second moment; the same in files from before it was written down.
    #[serde(default = "epsilon")]
    pub epsilon: f32,
    /// Share of the target spread over all classes.
    pub label_smoothing: f32,
    /// Share of pooled features dropped.
    pub dropout: f64,
    /// Share of sights at which the label of slices of sources with one disease alone was "diseased" and no more.
    pub hide_tied: f64,
    /// Share of steps that mixed the slices' looks after stage 1.
    pub mix_style: f64,
    /// Share of sights of healthy slices that had lesions of annotated ones put in.
    pub put_lesions: f64,
    /// Share of sights whose noise and sharpness were taken away and drawn anew.
    #[serde(default)]
    pub even_grain: f64,
    /// Whether slices were drawn so that each disease was named as often, and patients whose grain is rare with it came more often.
    #[serde(default)]
    pub balance_names: bool,
    /// The weight, beside the loss of the classes, of that of finding lesions in the finest pyramid level.
    #[serde(default)]
    pub locate: f64,
    /// Names and checksums of the weights whose opinion was taught beside the label.
    #[serde(default)]
    pub teachers: Vec<String>,
    /// The teachers' share of the loss of the classes.
    #[serde(default)]
    pub teach_share: f64,
    /// Whether the teachers named no disease.
    #[serde(default)]
    pub bound_teachers: bool,
    /// The grey level that the network sees outside the lungs.
    #[serde(default)]
    pub outside: u8,
    /// How far slices were changed.
    pub augmentation: Strength,
    /// The running average of the weights.
    pub averaging: Averaging,
    /// How slices of studies labelled as a whole were looked through beforehand.
    pub screening: Option<Screening>,
    /// Rows and columns that the network sees as served, pixels.
    pub input_side: usize,
    /// Fitted on validation slices.
    pub temperature: f32,
    /// The least probability of the most likely class of a slice that gets one; chosen on validation slices.
    pub least_probability: Option<f32>,
    /// What convolutions were computed in.
    #[serde(default)]
    pub precision: Precision,
    /// Of everything random.
    pub seed: u64,
}

/// Epochs at one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Rows and columns, pixels.
    pub side: usize,
    /// How many.
    pub epochs: usize,
}

/// How weights were averaged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Averaging {
    /// How much of the average stays when new weights are folded in.
    pub kept: f32,
    /// Steps between two of them.
    pub every_steps: usize,
}

/// What `screen` found, in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Screening {
    /// The weights of the run before, which judged.
    pub model: String,
    /// Slices with this note were looked at.
    pub note: String,
    /// Probability of being diseased above which a slice shows something.
    pub threshold: f32,
    /// Share of healthy validation slices of the same sources that lie above it.
    pub healthy_above: f32,
    /// Slices of the training part that were looked at.
    pub looked_at: usize,
    /// Those that show something and were learned from.
    pub shown: usize,
}

impl Recipe {
    /// Of a run that was exported with this manifest.
    ///
    /// # Errors
    /// Names the list of screened slices, or the manifest of the weights that it started from or was taught by, when it can't be
    /// read.
    pub fn of(
        settings: &Settings,
        origin: &Origin,
        state: &State,
        material: &Material,
        manifest: &Manifest,
        choice: &Choice,
    ) -> Result<Self, String> {
        let screened = settings.screened.as_deref();
        let screened: Option<Screened> = screened.map(read_json).transpose()?;
        let title = |folder: &Path| {
            Manifest::read(&folder.join(MANIFEST))
                .map(|manifest| manifest.title())
                .map_err(|e| e.to_string())
        };
        let teachers = settings.teachers.iter().map(|folder| title(folder));
        let teachers: Vec<String> = teachers.collect::<Result<_, _>>()?;
        let seconds: f64 = state.history.iter().map(|epoch| epoch.seconds).sum();
        Ok(Self {
            model: manifest.title(),
            commit: origin.commit.clone(),
            device: origin.device.clone(),
            split_sha256: origin.split.clone(),
            slices_learned: material.training.len(),
            slices_chosen_by: material.validation.len(),
            imagenet: settings.imagenet.is_some(),
            start: settings.start.as_deref().map(title).transpose()?,
            trunk_only: settings.trunk_only,
            frozen: settings.frozen,
            precision: settings.precision,
            pyramid_width: settings.pyramid_width,
            schedule: legs(&state.history),
            best_epoch: match choice.last {
                true => Some(state.epochs_done),
                false => best(&state.history, settings.schedule.last_side()),
            },
            last: choice.last,
            mean_with: choice.mean_with.as_deref().map(title).transpose()?,
            statistics_batches: match choice.mean_with {
                Some(_) => BATCHES,
                None => 0,
            },
            seconds: seconds.round() as u64,
            batch: settings.batch,
            learning_rate: settings.learning_rate,
            backbone_learning_rate: settings.backbone_learning_rate,
            warm_up_epochs: WARM_UP_EPOCHS,
            weight_decay: settings.weight_decay,
            epsilon: EPSILON,
            label_smoothing: settings.label_smoothing,
            dropout: settings.network_config().dropout,
            hide_tied: settings.hide_tied,
            mix_style: settings.mix_style,
            put_lesions: settings.put_lesions,
            even_grain: settings.even_grain,
            balance_names: settings.balance_names,
            locate: settings.locate,
            outside: settings.outside,
            teach_share: if teachers.is_empty() {
                0.0
            } else {
                settings.teach_share
            },
            bound_teachers: settings.bound_teachers,
            teachers,
            // Before it was kept there were no rims.
            augmentation: origin.augmentation.unwrap_or(Strength {
                rim_share: 0.0,
                rim_width: 0,
                ..STRENGTH
            }),
            averaging: Averaging {
                kept: KEPT,
                every_steps: AVERAGE_EVERY,
            },
            screening: screened.map(|screened| Screening {
                shown: screened.shown.len(),
                model: screened.model,
                note: screened.note,
                threshold: screened.threshold,
                healthy_above: screened.healthy_above,
                looked_at: screened.looked_at,
            }),
            input_side: manifest.input_side,
            temperature: manifest.temperature,
            least_probability: manifest.limits.as_ref().map(|l| l.least_probability),
            seed: settings.seed,
        })
    }
}

fn epsilon() -> f32 {
    EPSILON
}

/// What was done, not what was planned: a run may have been ended early.
fn legs(history: &[Epoch]) -> Vec<Leg> {
    history
        .chunk_by(|a, b| a.side == b.side)
        .map(|epochs| Leg {
            side: epochs[0].side,
            epochs: epochs.len(),
        })
        .collect()
}

/// As training chooses it: the first with the least loss among those judged at the last side.
pub(crate) fn best(history: &[Epoch], last_side: usize) -> Option<usize> {
    (1..)
        .zip(history)
        .filter(|(_, epoch)| epoch.side == last_side)
        .min_by(|(_, a), (_, b)| a.validation_loss.total_cmp(&b.validation_loss))
        .map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(epochs: &[(usize, f64)]) -> Vec<Epoch> {
        let epoch = |&(side, validation_loss)| Epoch {
            side,
            train_loss: 0.5,
            validation_loss,
            validation_loss_named: validation_loss,
            validation_balanced_accuracy: 0.8,
            seconds: 1.0,
        };
        epochs.iter().map(epoch).collect()
    }

    #[test]
    fn epochs_are_told_as_they_were() {
        let history = history(&[(192, 0.5), (192, 0.4), (256, 0.1), (192, 0.3), (192, 0.3)]);
        let of = |side, epochs| Leg { side, epochs };
        assert_eq!(legs(&history), [of(192, 2), of(256, 1), of(192, 2)]);
        assert_eq!(best(&history, 192), Some(4), "the first of equal ones");
        assert_eq!(best(&history, 128), None);
    }

    #[test]
    fn the_shipped_recipe_can_be_read() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../weights");
        let recipe: Recipe = read_json(&path.join(RECIPE)).expect("the recipe");
        let manifest = Manifest::read(&path.join(MANIFEST)).expect("the manifest");
        assert_eq!(recipe.model, manifest.title());
        assert_eq!(recipe.epsilon.to_bits(), EPSILON.to_bits());
        assert_eq!(recipe.teachers.is_empty(), recipe.teach_share == 0.0);
    }
}
