//! Figures of a classifier, with intervals.

use lungsight_imaging::{Class, Probabilities};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::curves::{Roc, roc};

/// One judged item, a prediction beside its label: of a slice, or a patient.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The patient it belongs to.
    pub patient: String,
    /// What it is.
    pub label: Class,
    /// What the network says.
    pub probabilities: Probabilities,
}

impl Judged {
    /// Whether the most likely class is the label.
    pub fn is_right(&self) -> bool {
        self.probabilities.most_likely() == self.label
    }

    /// Unchanged where the disease must be `named`. Where it need not be, a diseased item is right when either disease is predicted: the
    /// larger of the two probabilities stands under its label.
    pub fn asked(&self, named: bool) -> Self {
        let [healthy, pneumonia, covid] = Class::ALL.map(|class| self.probabilities.of(class));
        let is_other = match self.label {
            Class::Healthy => false,
            Class::Pneumonia => covid > pneumonia,
            Class::Covid => pneumonia > covid,
        };
        let mut asked = self.clone();
        if !named && is_other {
            let swapped = Probabilities::new([healthy, covid, pneumonia]);
            asked.probabilities = swapped.unwrap_or(self.probabilities);
        }
        asked
    }

    /// Probability of the most likely class.
    pub fn confidence(&self) -> f64 {
        f64::from(self.probabilities.of(self.probabilities.most_likely()))
    }
}

/// Counts, rows by label, columns by prediction, both in the order of `Class::ALL`.
pub type Confusion = [[usize; 3]; 3];

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// 0..=1
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Figures at one level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Items judged.
    pub count: usize,
    /// Rows: label. Columns: prediction.
    pub confusion: Confusion,
    /// Share of items right.
    pub accuracy: Share,
    /// Mean of the recalls of the classes present.
    pub balanced_accuracy: f64,
    /// By class; `None` where there is no item of the class.
    pub recall: [Option<f64>; 3],
    /// By class; `None` where nothing was predicted as the class.
    pub precision: [Option<f64>; 3],
    /// By class, one against the others; `None` where there is nothing to tell apart.
    pub roc: [Option<Roc>; 3],
}

/// Counts labels against predictions.
pub fn confusion(items: &[Judged]) -> Confusion {
    let mut counts = [[0; 3]; 3];
    for item in items {
        counts[item.label.index()][item.probabilities.most_likely().index()] += 1;
    }
    counts
}

/// Figures of independent items (patients): Wilson's interval.
pub fn level(items: &[Judged]) -> Level {
    let right = items.iter().filter(|item| item.is_right()).count();
    with_accuracy(items, wilson(right, items.len()))
}

/// Figures of slices: a patient's slices are alike, so the interval comes from resampling patients.
pub fn clustered_level(items: &[Judged], seed: u64) -> Level {
    with_accuracy(items, bootstrap_by_patient(items, seed))
}

/// Of each class; `None` of one that there is not.
fn recalls(confusion: &Confusion) -> [Option<f64>; 3] {
    [0, 1, 2].map(|class| {
        let of_class: usize = confusion[class].iter().sum();
        (of_class > 0).then(|| confusion[class][class] as f64 / of_class as f64)
    })
}

/// The mean recall of the classes that there are; 0 where there is none.
pub(crate) fn balanced_accuracy(confusion: &Confusion) -> f64 {
    let recalls = recalls(confusion);
    let present = recalls.iter().flatten();
    // Not `sum`, which gives -0 for none.
    present.clone().fold(0.0, |sum, recall| sum + recall) / present.count().max(1) as f64
}

fn with_accuracy(items: &[Judged], accuracy: Share) -> Level {
    let confusion = confusion(items);
    let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
    let recall = recalls(&confusion);
    let precision =
        [0, 1, 2].map(|c| share(confusion[c][c], confusion.iter().map(|row| row[c]).sum()));
    Level {
        count: items.len(),
        confusion,
        accuracy,
        balanced_accuracy: balanced_accuracy(&confusion),
        recall,
        precision,
        roc: Class::ALL.map(|class| roc(items, class)),
    }
}

/// Wilson's score interval at 95 % (Wilson 1927).
pub fn wilson(right: usize, count: usize) -> Share {
    wilson_share(right as f64 / count.max(1) as f64, count)
}

fn wilson_share(value: f64, count: usize) -> Share {
    if count == 0 {
        return Share {
            value: 0.0,
            low: 0.0,
            high: 1.0,
        };
    }
    let (z, n) = (1.959_963_984_540_054, count as f64);
    let centre = (value + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (value * (1.0 - value) / n + z * z / (4.0 * n * n)).sqrt();
    Share {
        value,
        low: (centre - half).max(0.0),
        high: (centre + half).min(1.0),
    }
}

/// Fewer patients than this are no sample to draw samples from.
const FEWEST_RESAMPLED: usize = 10;

/// Accuracy with the 2.5th and 97.5th percentile over 2,000 samples of patients drawn with replacement. Of few patients, or
/// where all slices are right or all wrong, every sample would be alike: there, Wilson's interval as if a patient were one
/// slice, right to the share that is.
pub(crate) fn bootstrap_by_patient(items: &[Judged], seed: u64) -> Share {
    let mut patients: Vec<(&str, usize, usize)> = Vec::new();
    for item in items {
        let index = patients
            .iter()
            .position(|(patient, ..)| *patient == item.patient)
            .unwrap_or_else(|| {
                patients.push((&item.patient, 0, 0));
                patients.len() - 1
            });
        patients[index].1 += usize::from(item.is_right());
        patients[index].2 += 1;
    }
    let share = |right: usize, count: usize| right as f64 / count.max(1) as f64;
    let right = items.iter().filter(|item| item.is_right()).count();
    if patients.len() < FEWEST_RESAMPLED || right == 0 || right == items.len() {
        let value = share(right, items.len());
        return wilson_share(value, patients.len());
    }
    let mut rng = StdRng::seed_from_u64(seed);
    let mut samples: Vec<f64> = (0..2000)
        .map(|_| {
            let (mut right, mut count) = (0, 0);
            for _ in 0..patients.len() {
                let (_, r, n) = patients[rng.random_range(0..patients.len())];
                right += r;
                count += n;
            }
            share(right, count)
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    Share {
        value: share(right, items.len()),
        low: samples[50],
        high: samples[1949],
    }
}

/// Mean over the classes present of the mean negative log-likelihood: what training chooses its epoch by.
pub fn balanced_log_loss(items: &[Judged]) -> f64 {
    balanced_log_loss_of(items.iter().map(|item| (item, true)))
}

/// As [`balanced_log_loss`], where of a diseased item that isn't to be named (`false`) no more is asked than that it is diseased.
pub fn balanced_log_loss_of<'a>(items: impl IntoIterator<Item = (&'a Judged, bool)>) -> f64 {
    let mut sums = [(0.0, 0usize); 3];
    for (item, named) in items {
        let p = if named || item.label == Class::Healthy {
            item.probabilities.of(item.label)
        } else {
            item.probabilities.of(Class::Pneumonia) + item.probabilities.of(Class::Covid)
        };
        let p = f64::from(p).max(1e-7);
        sums[item.label.index()].0 -= p.ln();
        sums[item.label.index()].1 += 1;
    }
    let means: Vec<f64> = sums
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(sum, count)| sum / *count as f64)
        .collect();
    means.iter().sum::<f64>() / means.len().max(1) as f64
}

/// Where [`fit_temperature`] looks.
pub const TEMPERATURES: [f32; 2] = [0.25, 4.0];

/// Whether a temperature lies at an end of where it was looked for: the best one may lie beyond.
pub fn is_at_an_end(temperature: f32) -> bool {
    TEMPERATURES
        .iter()
        .any(|end| (temperature / end).ln().abs() < 1e-3)
}

/// The temperature that minimises [`balanced_log_loss_of`], by golden-section search in [`TEMPERATURES`] on a log scale. Of every
/// item its logits, its label, and whether that is to be named.
pub fn fit_temperature(logits: &[([f32; 3], Class, bool)]) -> f32 {
    let loss = |log_temperature: f64| {
        let t = log_temperature.exp() as f32;
        let items: Vec<(Judged, bool)> = logits
            .iter()
            .map(|(logits, label, named)| {
                let judged = Judged {
                    patient: String::new(),
                    label: *label,
                    probabilities: Probabilities::from_logits(logits.map(|l| l / t)),
                };
                (judged, *named)
            })
            .collect();
        balanced_log_loss_of(items.iter().map(|(item, named)| (item, *named)))
    };
    let ratio = (5.0f64.sqrt() - 1.0) / 2.0;
    let [mut low, mut high] = TEMPERATURES.map(|end| f64::from(end).ln());
    for _ in 0..40 {
        let (a, b) = (high - ratio * (high - low), low + ratio * (high - low));
        if loss(a) < loss(b) { high = b } else { low = a }
    }
    f64::midpoint(low, high).exp() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(patient: &str, label: Class, p: [f32; 3]) -> Judged {
        Judged {
            patient: patient.into(),
            label,
            probabilities: Probabilities::new(p).expect("probabilities"),
        }
    }

    fn items() -> Vec<Judged> {
        vec![
            item("a", Class::Healthy, [0.8, 0.1, 0.1]),
            item("a", Class::Healthy, [0.4, 0.5, 0.1]),
            item("b", Class::Pneumonia, [0.1, 0.7, 0.2]),
            item("c", Class::Covid, [0.2, 0.2, 0.6]),
            item("c", Class::Covid, [0.1, 0.3, 0.6]),
            item("c", Class::Covid, [0.5, 0.1, 0.4]),
        ]
    }

    #[test]
    fn a_disease_that_is_not_named_is_asked_for_as_disease() {
        let items = items();
        let all = |named| balanced_log_loss_of(items.iter().map(|item| (item, named)));
        assert_eq!(all(true), balanced_log_loss(&items));
        let mean = |of: &[f64]| -of.iter().map(|p| p.ln()).sum::<f64>() / of.len() as f64;
        let expected = [mean(&[0.8, 0.4]), mean(&[0.9]), mean(&[0.8, 0.9, 0.5])];
        assert!((all(false) - expected.iter().sum::<f64>() / 3.0).abs() < 1e-6);
        // Nobody loses by the name of what isn't named.
        let logits =
            |pneumonia: f32| [([0.0, pneumonia, 3.0 - pneumonia], Class::Pneumonia, false)];
        let [one, other] = [0.0, 3.0].map(|pneumonia| fit_temperature(&logits(pneumonia)));
        assert!((one - other).abs() < 1e-3, "{one} {other}");
    }

    #[test]
    fn what_is_taken_for_healthy_is_wrong_whether_named_or_not() {
        let covid = |p: [f32; 3]| Judged {
            patient: "p".into(),
            label: Class::Covid,
            probabilities: Probabilities::new(p).expect("probabilities"),
        };
        // More diseased than not, and healthy all the same.
        let missed = covid([0.46, 0.27, 0.27]);
        assert!(!missed.asked(true).is_right() && !missed.asked(false).is_right());
        let other = covid([0.3, 0.4, 0.3]);
        assert!(!other.asked(true).is_right() && other.asked(false).is_right());
        assert_eq!(other.asked(false).confidence(), other.confidence());
    }

    #[test]
    fn counts_recall_and_precision_match_a_count_by_hand() {
        let level = clustered_level(&items(), 1);
        assert_eq!(level.confusion, [[1, 1, 0], [0, 1, 0], [1, 0, 2]]);
        assert_eq!(level.recall, [Some(0.5), Some(1.0), Some(2.0 / 3.0)]);
        assert_eq!(level.precision, [Some(0.5), Some(0.5), Some(1.0)]);
        assert!((level.balanced_accuracy - (0.5 + 1.0 + 2.0 / 3.0) / 3.0).abs() < 1e-12);
        assert!(
            level.accuracy.low <= level.accuracy.value
                && level.accuracy.value <= level.accuracy.high
        );
    }

    #[test]
    fn a_temperature_at_the_end_of_the_range_is_known_as_such() {
        // Always right: the colder the better.
        let right = fit_temperature(&[([2.0, 0.0, 0.0], Class::Healthy, true)]);
        assert!(is_at_an_end(right), "{right}");
        // Always wrong: the warmer the better.
        let wrong = fit_temperature(&[([2.0, 0.0, 0.0], Class::Covid, true)]);
        assert!(is_at_an_end(wrong) && wrong > right, "{wrong}");
        assert!(!is_at_an_end(0.85) && !is_at_an_end(3.9));
    }

    #[test]
    fn wilson_matches_published_values() {
        // Newcombe 1998, table I, method 3: 81/263 and 15/148.
        let share = wilson(81, 263);
        assert!((share.low - 0.2553).abs() < 1e-4 && (share.high - 0.3662).abs() < 1e-4);
        let share = wilson(15, 148);
        assert!((share.low - 0.0624).abs() < 1e-4 && (share.high - 0.1605).abs() < 1e-4);
    }

    #[test]
    fn calibration_error_of_a_known_case() {
        // Confidences .8 .5 .7 .6 .6 .5; right 1 0 1 1 1 0. Bins: .5: |0 − 1.0|, .6: |2 − 1.2|, .7: |1 − .7|, .8: |1 − .8|.
        assert!(
            (crate::curves::reliability(&items(), 1).error - (1.0 + 0.8 + 0.3 + 0.2) / 6.0).abs()
                < 1e-6
        );
    }

    #[test]
    fn the_temperature_of_overconfident_logits_is_above_one() {
        let logits: Vec<([f32; 3], Class, bool)> = (0..100)
            .map(|i| {
                let label = if i % 4 == 0 {
                    Class::Covid
                } else {
                    Class::Healthy
                };
                ([6.0, -20.0, 0.0], label, true)
            })
            .collect();
        // Class-balanced, both errors and hits weigh the same: the best answer is an even one, the warmest allowed.
        assert!(fit_temperature(&logits) > 3.5);
        let sure: Vec<_> = Class::ALL
            .into_iter()
            .map(|class| {
                let mut logits = [0.0; 3];
                logits[class.index()] = 1.0;
                (logits, class, true)
            })
            .collect();
        assert!(fit_temperature(&sure) < 0.3);
    }
}
