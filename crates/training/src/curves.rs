//! Curves behind the figures: receiver operating characteristic, reliability, coverage.

use lungsight_imaging::Class;
use serde::{Deserialize, Serialize};

use crate::metrics::{Judged, Share, bootstrap_by_patient};

/// One class against the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Roc {
    /// Area under the curve: the probability that an item of the class gets a higher probability of the class than one
    /// of another class, ties counted half (Mann–Whitney; Hanley and McNeil 1982).
    pub area: f64,
    /// (false positive rate, true positive rate) from (0, 0) to (1, 1), one for each distinct probability.
    pub points: Vec<(f64, f64)>,
}

/// `None` unless there are items of the class and of others.
pub fn roc(items: &[Judged], class: Class) -> Option<Roc> {
    let mut scored: Vec<(f32, bool)> = items
        .iter()
        .map(|item| (item.probabilities.of(class), item.label == class))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = scored.iter().filter(|(_, of_class)| *of_class).count();
    let negatives = scored.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let mut points = vec![(0.0, 0.0)];
    let (mut right, mut wrong, mut area) = (0usize, 0usize, 0.0);
    for tied in scored.chunk_by(|a, b| a.0 == b.0) {
        let new = tied.iter().filter(|(_, of_class)| *of_class).count();
        let others = tied.len() - new;
        area += others as f64 * (right as f64 + new as f64 / 2.0);
        right += new;
        wrong += others;
        points.push((
            wrong as f64 / negatives as f64,
            right as f64 / positives as f64,
        ));
    }
    Some(Roc {
        area: area / (positives * negatives) as f64,
        points,
    })
}

/// How far stated confidence is from the share that is right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// Expected calibration error over ten equal bins (Guo et al. 2017, arXiv 1706.04599).
    pub error: f64,
    /// Bins that hold something, by confidence.
    pub bins: Vec<Bin>,
}

/// Items of about the same confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Items.
    pub count: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// The share of them that is right, its interval by resampling their patients.
    pub right: Share,
}

/// Bins slices by the probability of their most likely class. A patient's are alike, so the intervals come from resampling
/// patients, as those of [`clustered_level`](crate::metrics::clustered_level).
pub fn reliability(items: &[Judged], seed: u64) -> Reliability {
    let mut binned = [(); 10].map(|()| Vec::new());
    for item in items {
        binned[((item.confidence() * 10.0) as usize).min(9)].push(item.clone());
    }
    let mut off = 0.0;
    let mut bins = Vec::new();
    for within in binned.iter().filter(|within| !within.is_empty()) {
        let sum: f64 = within.iter().map(Judged::confidence).sum();
        let right = within.iter().filter(|item| item.is_right()).count();
        off += (right as f64 - sum).abs();
        bins.push(Bin {
            count: within.len(),
            confidence: sum / within.len() as f64,
            right: bootstrap_by_patient(within, seed),
        });
    }
    Reliability {
        error: off / items.len().max(1) as f64,
        bins,
    }
}

/// What is left when the least confident items are set aside.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Covered {
    /// Share of items answered.
    pub coverage: f64,
    /// Share of those that is right.
    pub accuracy: f64,
    /// The least confidence among them.
    pub threshold: f64,
}

/// Accuracy against coverage, most confident items first, at every twentieth of the items (El-Yaniv and Wiener 2010).
pub fn coverage(items: &[Judged]) -> Vec<Covered> {
    let mut sorted: Vec<&Judged> = items.iter().collect();
    sorted.sort_by(|a, b| b.confidence().total_cmp(&a.confidence()));
    let mut curve = Vec::new();
    for part in 1..=20 {
        let count = sorted.len() * part / 20;
        if count == 0 {
            continue;
        }
        let answered = &sorted[..count];
        let right = answered.iter().filter(|item| item.is_right()).count();
        curve.push(Covered {
            coverage: count as f64 / sorted.len() as f64,
            accuracy: right as f64 / count as f64,
            threshold: answered[count - 1].confidence(),
        });
    }
    curve
}

#[cfg(test)]
mod tests {
    use lungsight_imaging::Probabilities;

    use super::*;

    /// Twelve patients, every other one right, all as sure.
    fn items(slices_each: usize) -> Vec<Judged> {
        let patients = (0..12).flat_map(|patient| std::iter::repeat_n(patient, slices_each));
        patients
            .map(|patient| Judged {
                patient: patient.to_string(),
                label: [Class::Healthy, Class::Covid][patient % 2],
                probabilities: Probabilities::new([0.75, 0.15, 0.1]).expect("probabilities"),
            })
            .collect()
    }

    #[test]
    fn more_slices_of_the_same_patients_make_no_bin_surer() {
        let one = reliability(&items(1), 1);
        let twenty = reliability(&items(20), 1);
        let [of_one, of_twenty] = [&one, &twenty].map(|reliability| {
            assert_eq!(reliability.bins.len(), 1);
            assert!((reliability.error - 0.25).abs() < 1e-6);
            reliability.bins[0]
        });
        assert_eq!((of_one.count, of_twenty.count), (12, 240));
        let wide = |bin: Bin| bin.right.high - bin.right.low;
        assert!((wide(of_one) - wide(of_twenty)).abs() < 1e-9);
        assert!(wide(of_one) > 0.4, "{of_one:?}");
    }
}
