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
    use lungsight_app::analysis::SliceAnalysis;
    use lungsight_imaging::Probabilities;
    use lungsight_network::PatientRule;

    use super::*;

    fn info(least_probability: f32) -> EngineInfo {
        EngineInfo {
            device: "cpu: test".to_owned(),
            device_note: None,
            model: "test 0000".to_owned(),
            network: Vec::new(),
            patient_rule: PatientRule::Mean,
            least_probability,
            usual_batch: 1,
        }
    }

    fn read(by_class: [f32; 3], inconclusive: Option<Inconclusive>) -> SliceResult {
        let probabilities = Probabilities::new(by_class).expect("a sum of 1");
        SliceResult::Read(SliceAnalysis {
            name: "a.png".to_owned(),
            predicted: probabilities.most_likely(),
            probabilities,
            inconclusive,
            threshold: None,
            position_mm: None,
            slice: String::new(),
            mask: String::new(),
            heatmap: String::new(),
            region: String::new(),
            layers: String::new(),
        })
    }

    fn near(share: Option<f32>, expected: f32) -> bool {
        share.is_some_and(|share| (share - expected).abs() < 1e-5)
    }

    #[test]
    fn key_slices_are_those_that_pull_most() {
        let numbers = [0, 2, 3, 5];
        assert_eq!(key_slices(&numbers, &[0.1, -0.2, 0.3, 0.0]), [3, 0]);
        let many: Vec<usize> = (0..20).collect();
        let influences: Vec<f32> = many.iter().map(|number| *number as f32).collect();
        assert_eq!(key_slices(&many, &influences), [19, 18, 17, 16, 15, 14]);
    }

    #[test]
    fn slices_without_a_say_count_in_nothing() {
        let unlike = read([0.9, 0.05, 0.05], Some(Inconclusive::Unlike));
        let results = [
            unlike.clone(),
            unlike.clone(),
            unlike,
            read([0.1, 0.1, 0.8], None),
            read([0.2, 0.1, 0.7], None),
        ];
        let extent = |dense, hot| {
            Some(Extent {
                lungs: 100,
                dense,
                hot,
            })
        };
        let extents = [
            extent(100, 100),
            extent(100, 100),
            extent(100, 100),
            extent(20, 50),
            extent(20, 50),
        ];
        let result = patient(&results, &extents, &info(0.8)).expect("two slices with a say");
        assert_eq!(result.predicted, Class::Covid);
        let covid = result.probabilities.of(Class::Covid);
        assert!(near(Some(covid), 0.75), "{covid}");
        assert_eq!(result.inconclusive, Some(Inconclusive::TooClose));
        assert_eq!(result.interval, None, "two slices are too few for one");
        assert_eq!(result.key_slices, [3]);
        assert!(near(result.heat_share, 0.5), "{:?}", result.heat_share);
        assert!(near(result.dense_share, 0.2), "{:?}", result.dense_share);

        let sure = patient(&results, &extents, &info(0.7)).expect("two slices with a say");
        assert_eq!(sure.inconclusive, None);
        assert_eq!(patient(&results[..3], &extents[..3], &info(0.7)), None);
    }

    #[test]
    fn heat_of_slices_taken_for_another_class_is_left_out() {
        let results = [read([0.1, 0.0, 0.9], None), read([0.6, 0.0, 0.4], None)];
        let extents = [(20, 50), (40, 100)].map(|(dense, hot)| {
            Some(Extent {
                lungs: 100,
                dense,
                hot,
            })
        });
        let result = patient(&results, &extents, &info(0.0)).expect("slices with a say");
        assert_eq!(result.predicted, Class::Covid);
        assert!(near(result.heat_share, 0.25), "{:?}", result.heat_share);
        assert!(near(result.dense_share, 0.3), "{:?}", result.dense_share);
    }
}
