//! One result from a patient's slices, and what it stands on.

use lungsight_app::analysis::{Inconclusive, PatientResult, SliceResult};
use lungsight_imaging::Class;

use crate::engine::EngineInfo;
use crate::record::Extent;

/// Slices that are named as those that carried the decision, at most.
const KEY_SLICES: usize = 6;

/// Slices unlike those the network knows have no say; where no slice has one, neither has the patient a result. `extents` are
/// those of `results`, as far as they were read.
pub fn patient(
    results: &[SliceResult],
    extents: &[Option<Extent>],
    info: &EngineInfo,
) -> Option<PatientResult> {
    let with_a_say = results.iter().enumerate();
    let (numbers, slices): (Vec<_>, Vec<_>) = with_a_say
        .filter_map(|(number, result)| {
            let slice = result.as_read().filter(|slice| slice.has_a_say())?;
            Some((number, slice.probabilities))
        })
        .unzip();
    let rule = info.patient_rule;
    let probabilities = rule.combine(&slices)?;
    let predicted = probabilities.most_likely();
    let unsure = probabilities.of(predicted) < info.least_probability;
    let influences = rule.influences(&slices, predicted);
    let shares = Shares::of(results, extents, &numbers, predicted);
    Some(PatientResult {
        predicted,
        probabilities,
        inconclusive: unsure.then_some(Inconclusive::TooClose),
        interval: rule.interval(&slices, predicted),
        key_slices: key_slices(&numbers, &influences),
        heat_share: shares.as_ref().map(|shares| shares.hot),
        dense_share: shares.as_ref().map(|shares| shares.dense),
    })
}

/// The slices without which the class would be least likely, the most important first; only such as speak for it.
fn key_slices(numbers: &[usize], influences: &[f32]) -> Vec<usize> {
    let mut pulling: Vec<_> = numbers
        .iter()
        .zip(influences)
        .filter(|(_, influence)| **influence > 0.0)
        .collect();
    pulling.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    pulling.truncate(KEY_SLICES);
    pulling.into_iter().map(|(number, _)| *number).collect()
}

/// Shares (0..=1) of the lungs' area over all slices that have a say.
struct Shares {
    hot: f32,
    dense: f32,
}

impl Shares {
    /// A slice that was taken for another class has heat, but none for this one.
    fn of(
        results: &[SliceResult],
        extents: &[Option<Extent>],
        numbers: &[usize],
        class: Class,
    ) -> Option<Self> {
        let slices = numbers.iter().filter_map(|number| {
            let slice = results.get(*number)?.as_read()?;
            Some((slice.predicted, (*extents.get(*number)?)?))
        });
        let (mut lungs, mut hot, mut dense) = (0, 0, 0);
        for (predicted, extent) in slices {
            lungs += extent.lungs;
            dense += extent.dense;
            if predicted == class {
                hot += extent.hot;
            }
        }
        (lungs > 0).then(|| Self {
            hot: hot as f32 / lungs as f32,
            dense: dense as f32 / lungs as f32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_slices_are_those_that_pull_most() {
        let numbers = [0, 2, 3, 5];
        assert_eq!(key_slices(&numbers, &[0.1, -0.2, 0.3, 0.0]), [3, 0]);
        let many: Vec<usize> = (0..20).collect();
        let influences: Vec<f32> = many.iter().map(|number| *number as f32).collect();
        assert_eq!(key_slices(&many, &influences), [19, 18, 17, 16, 15, 14]);
    }
}
