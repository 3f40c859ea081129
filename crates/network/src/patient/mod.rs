//! One result from a patient's slices.

mod support;

use lungsight_imaging::{Class, Probabilities};
use serde::{Deserialize, Serialize};

/// How a patient's slices are combined; training chooses it on validation patients and writes it into the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatientRule {
    /// The mean of all slices' probabilities.
    #[default]
    Mean,
    /// The mean of their logarithms, normalised: the slices as independent witnesses of equal weight.
    LogMean,
    /// The mean over the third of the slices that look least healthy, at least two (top-k mean pooling): a series of a
    /// diseased patient has healthy slices too.
    LeastHealthyThird,
    /// The same with a tenth.
    LeastHealthyTenth,
}

impl PatientRule {
    /// All there are.
    pub const ALL: [Self; 4] = [
        Self::Mean,
        Self::LogMean,
        Self::LeastHealthyThird,
        Self::LeastHealthyTenth,
    ];

    /// The patient's probabilities; `None` without slices.
    pub fn combine(self, slices: &[Probabilities]) -> Option<Probabilities> {
        match self {
            Self::Mean => mean(slices),
            Self::LogMean => {
                let sum = |class| {
                    slices
                        .iter()
                        .map(|slice| slice.of(class).max(1e-7).ln())
                        .sum::<f32>()
                };
                let count = slices.len().max(1) as f32;
                let logits = Class::ALL.map(|class| sum(class) / count);
                (!slices.is_empty()).then(|| Probabilities::from_logits(logits))
            }
            Self::LeastHealthyThird => mean(&least_healthy(slices, 3)),
            Self::LeastHealthyTenth => mean(&least_healthy(slices, 10)),
        }
    }
}

impl std::fmt::Display for PatientRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Mean => "mean over all slices",
            Self::LogMean => "mean logarithm over all slices",
            Self::LeastHealthyThird => "mean over the least healthy third of the slices",
            Self::LeastHealthyTenth => "mean over the least healthy tenth of the slices",
        })
    }
}

fn mean(slices: &[Probabilities]) -> Option<Probabilities> {
    if slices.is_empty() {
        return None;
    }
    let mean = Class::ALL
        .map(|class| slices.iter().map(|slice| slice.of(class)).sum::<f32>() / slices.len() as f32);
    Probabilities::new(mean)
}

/// One in `part` slices, rounded up, at least two where there are two.
fn least_healthy(slices: &[Probabilities], part: usize) -> Vec<Probabilities> {
    let mut sorted = slices.to_vec();
    sorted.sort_by(|a, b| a.of(Class::Healthy).total_cmp(&b.of(Class::Healthy)));
    sorted.truncate(slices.len().div_ceil(part).max(2));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slices() -> Vec<Probabilities> {
        let healthy = Probabilities::new([0.9, 0.05, 0.05]).expect("probabilities");
        let covid = Probabilities::new([0.1, 0.1, 0.8]).expect("probabilities");
        [vec![healthy; 8], vec![covid; 2]].concat()
    }

    #[test]
    fn a_few_diseased_slices_decide_where_the_rule_looks_for_them() {
        let predicted =
            PatientRule::ALL.map(|rule| rule.combine(&slices()).map(|p| p.most_likely()));
        let (healthy, covid) = (Some(Class::Healthy), Some(Class::Covid));
        assert_eq!(predicted[0], healthy);
        assert_eq!(predicted[1], healthy);
        assert_eq!(predicted[3], covid);
    }

    #[test]
    fn every_rule_leaves_one_slice_as_it_is_and_needs_one() {
        for rule in PatientRule::ALL {
            let one = &slices()[..1];
            let combined = rule.combine(one).expect("one slice");
            assert!((combined.of(Class::Healthy) - 0.9).abs() < 1e-5, "{rule}");
            assert_eq!(rule.combine(&[]), None);
        }
    }

    #[test]
    fn a_third_and_a_tenth_are_rounded_up_and_of_the_least_healthy() {
        // The healthiest first, so that the order they come in cannot be what counts.
        let slices: Vec<_> = (0..10)
            .rev()
            .map(|at| at as f32 / 10.0)
            .map(|healthy| Probabilities::new([healthy, 0.0, 1.0 - healthy]).expect("a sum of 1"))
            .collect();
        // Four of ten, and two where a tenth is one: 0.0 to 0.3, and 0.0 and 0.1.
        for (rule, expected) in [
            (PatientRule::LeastHealthyThird, 0.15),
            (PatientRule::LeastHealthyTenth, 0.05),
        ] {
            let healthy = rule.combine(&slices).expect("slices").of(Class::Healthy);
            assert!((healthy - expected).abs() < 1e-5, "{rule}: {healthy}");
        }
    }
}
