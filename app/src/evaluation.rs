//! What is known about the weights in use: what they learned from, how, and what they reach. The trainer writes it beside
//! them as JSON; the server reads that, the introduction shows it.
//!
//! The types are the parts of the trainer's JSON that a reader is shown; unknown fields are passed over. Arrays of three are in
//! the order of [`Class::ALL`].

mod cues;
mod training;

use std::collections::BTreeMap;

use lungsight_imaging::Class;
use serde::{Deserialize, Serialize};

pub use cues::{Called, Change, Cues, Swayed};
pub use training::{Augmentation, Averaging, Frozen, Leg, Screening, Training};

/// Each part is there when its file is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// `dataset.json`
    pub dataset: Option<Dataset>,
    /// `training.json`
    pub training: Option<Training>,
    /// `test.json`: patients that training never saw.
    pub test: Option<Judgement>,
    /// `external.json`: another hospital's series.
    pub external: Option<Judgement>,
    /// `cues.json`: what sways the name of a disease though it is none.
    pub cues: Option<Cues>,
}

/// Patients and slices by part of the split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dataset {
    /// SHA-256 of the split.
    pub split_sha256: String,
    /// Shares of train, validation and test.
    pub shares: [u32; 3],
    /// Which notes count differently.
    pub notes: Notes,
    pub train: PartCounts,
    pub validation: PartCounts,
    pub test: PartCounts,
}

impl Dataset {
    /// In the order of use.
    pub fn parts(&self) -> [&PartCounts; 3] {
        [&self.train, &self.validation, &self.test]
    }
}

/// One part of the split.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartCounts {
    /// A slice that shows nothing is healthy; its patient is of the patient's class.
    pub classes: [Count; 3],
    /// The same by source.
    pub sources: BTreeMap<String, [Count; 3]>,
    /// Slices held apart by their note, and the patients who have such slices.
    pub apart: BTreeMap<String, Count>,
    /// Slices in which no lungs were found, and the patients who have no other slice.
    pub no_lungs: Count,
}

/// Patients and their slices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub patients: usize,
    pub slices: usize,
}

impl std::iter::Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, count| Self {
            patients: sum.patients + count.patients,
            slices: sum.slices + count.slices,
        })
    }
}

/// Notes of slices that count differently from their label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// Reported in their group and counted nowhere else.
    pub apart: Vec<String>,
    /// Healthy as slices, of their patient's class within their patient.
    pub healthy: Vec<String>,
}

/// What the weights reach on slices that they have not learned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Name and checksum of the weights.
    pub model: String,
    pub notes: Notes,
    /// Interval by resampling patients.
    pub slices: Level,
    /// Wilson's interval.
    pub patients: Level,
    pub calibration: Calibration,
    pub abstention: Abstention,
    /// Slices by source and note.
    pub by_group: BTreeMap<String, Level>,
    /// Slices that gave no input. Not in the file, which lists them: counted when it is read.
    #[serde(default)]
    pub no_lungs: usize,
}

impl Judgement {
    /// The groups whose slices have one of these notes.
    pub fn groups_noted<'a>(
        &'a self,
        notes: &'a [String],
    ) -> impl Iterator<Item = (&'a str, &'a Level)> {
        let noted = |group: &str| {
            let of_group = |note: &String| !note.is_empty() && group.ends_with(note.as_str());
            notes.iter().any(of_group)
        };
        self.by_group
            .iter()
            .map(|(group, level)| (group.as_str(), level))
            .filter(move |(group, _)| noted(group))
    }

    /// Whether the figures can be of one evaluation: what a damaged file fails at.
    pub fn is_sound(&self) -> bool {
        [
            &self.slices,
            &self.patients,
            &self.abstention.answered,
            &self.abstention.patients_answered,
        ]
        .into_iter()
        .chain(self.by_group.values())
        .all(Level::is_sound)
    }
}

/// Figures of slices, or of patients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Items judged.
    pub count: usize,
    /// Rows: what it is. Columns: what it was taken for.
    pub confusion: [[usize; 3]; 3],
    pub accuracy: Share,
    /// Mean of the recalls of the classes present.
    pub balanced_accuracy: f64,
    /// `None` where there is no item of the class.
    pub recall: [Option<f64>; 3],
    /// `None` where nothing was taken for the class.
    pub precision: [Option<f64>; 3],
    /// One class against the others.
    pub roc: [Option<Roc>; 3],
}

impl Level {
    /// Items told right.
    pub fn right(&self) -> usize {
        (0..3).map(|class| self.confusion[class][class]).sum()
    }

    /// Items of a class.
    pub fn of(&self, class: Class) -> usize {
        self.confusion[class.index()].iter().sum()
    }

    /// Items of a class that were told right.
    pub fn found(&self, class: Class) -> usize {
        self.confusion[class.index()][class.index()]
    }

    fn is_sound(&self) -> bool {
        let counted: Option<usize> = self
            .confusion
            .iter()
            .flatten()
            .try_fold(0usize, |sum, &count| sum.checked_add(count));
        let Share { value, low, high } = self.accuracy;
        let shares = [value, low, high, self.balanced_accuracy];
        counted == Some(self.count) && shares.iter().all(|share| (0.0..=1.0).contains(share))
    }
}

/// A share with its 95 % interval, 0..=1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// A receiver operating characteristic; its points stay in the file.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Roc {
    /// Area under the curve.
    pub area: f64,
}

/// Before and after temperature scaling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    pub temperature: f64,
    pub before: Reliability,
    /// As served.
    pub after: Reliability,
}

/// How far stated confidence is from the share that is right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// Expected calibration error, 0..=1.
    pub error: f64,
    /// By confidence.
    pub bins: Vec<Bin>,
}

/// Slices of about the same confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    pub count: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// The share of them that is right.
    pub right: Share,
}

/// Slices and patients that get no class, and what the others get.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Abstention {
    /// Slices unlike those in training.
    pub unlike: usize,
    /// Slices none of whose classes is likely enough.
    pub too_close: usize,
    pub answered: Level,
    pub patients_unlike: usize,
    pub patients_too_close: usize,
    pub patients_answered: Level,
}

/// Half the width of a 95 % interval, in standard deviations.
const Z: f64 = 1.959_963_984_540_054;

/// Wilson's score interval at 95 % (Wilson 1927) of independent items, patients for example. `None` without items.
pub fn wilson(right: usize, count: usize) -> Option<Share> {
    if count == 0 || right > count {
        return None;
    }
    let (value, n) = (right as f64 / count as f64, count as f64);
    let centre = (value + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some(Share {
        value,
        low: (centre - half).max(0.0),
        high: (centre + half).min(1.0),
    })
}

/// The 95 % interval of an area under the curve (Hanley and McNeil 1982) of independent items: `positives` of the class,
/// `negatives` of others. `None` for so few, or so clean a cut, that the formula would pretend certainty.
pub fn area_interval(area: f64, positives: usize, negatives: usize) -> Option<Share> {
    /// The formula leans on a normal distribution.
    const FEWEST: usize = 5;
    if positives < FEWEST || negatives < FEWEST || !(area > 0.0 && area < 1.0) {
        return None;
    }
    let (of_class, others, square) = (positives as f64, negatives as f64, area * area);
    let q1 = area / (2.0 - area);
    let q2 = 2.0 * square / (1.0 + area);
    let variance =
        (area * (1.0 - area) + (of_class - 1.0) * (q1 - square) + (others - 1.0) * (q2 - square))
            / (of_class * others);
    let half = Z * variance.max(0.0).sqrt();
    Some(Share {
        value: area,
        low: (area - half).max(0.0),
        high: (area + half).min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_matches_published_values() {
        // Newcombe 1998, table I, method 3: 81/263 and 15/148.
        let share = wilson(81, 263).expect("items");
        assert!((share.low - 0.2553).abs() < 1e-4 && (share.high - 0.3662).abs() < 1e-4);
        let share = wilson(15, 148).expect("items");
        assert!((share.low - 0.0624).abs() < 1e-4 && (share.high - 0.1605).abs() < 1e-4);
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn an_areas_interval_matches_published_values() {
        // Hanley and McNeil 1982: 51 abnormal and 58 normal, area 0.893, standard error 0.032.
        let share = area_interval(0.893, 51, 58).expect("enough");
        assert!(((share.high - share.low) / (2.0 * Z) - 0.032).abs() < 1e-3);
        assert_eq!(area_interval(1.0, 51, 58), None);
        assert_eq!(area_interval(0.5, 1, 58), None);
    }

    #[test]
    fn counts_of_the_confusion_matrix_must_add_up() {
        let share = Share {
            value: 0.5,
            low: 0.1,
            high: 0.9,
        };
        let mut level = Level {
            count: 3,
            confusion: [[1, 0, 0], [0, 1, 0], [1, 0, 0]],
            accuracy: share,
            balanced_accuracy: 0.5,
            recall: [Some(1.0), Some(1.0), Some(0.0)],
            precision: [Some(0.5), Some(1.0), None],
            roc: [None; 3],
        };
        assert!(level.is_sound());
        assert_eq!(
            (
                level.right(),
                level.of(Class::Covid),
                level.found(Class::Covid)
            ),
            (2, 1, 0)
        );
        level.count = 4;
        assert!(!level.is_sound());
        level.count = 3;
        level.accuracy.high = 1.5;
        assert!(!level.is_sound());
    }
}
