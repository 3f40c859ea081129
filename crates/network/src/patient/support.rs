//! How firmly a patient's result stands on the slices that it comes from.

use lungsight_imaging::{Class, Probabilities};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::PatientRule;

/// Resampled series that an interval is read from.
const RESAMPLES: usize = 1000;

/// The ends of an interval that holds 95 of 100 resampled series.
const TAILS: (f32, f32) = (0.025, 0.975);

/// Below so many slices resampling says nothing.
const LEAST_SLICES: usize = 5;

impl PatientRule {
    /// Between which probabilities of `class` the patient's result lies when its slices are drawn anew: the 2.5th and 97.5th
    /// percentile of the circular block bootstrap (Politis and Romano 1992), with blocks of ⌈∛n⌉ neighbouring slices, since
    /// neighbours are alike. It tells how much the result hangs on the slices at hand, not how often the network is right.
    /// `slices` are in the series' order; `None` for fewer than five. Equal for equal slices.
    pub fn interval(self, slices: &[Probabilities], class: Class) -> Option<[f32; 2]> {
        let count = slices.len();
        if count < LEAST_SLICES {
            return None;
        }
        let block = (count as f64).cbrt().ceil() as usize;
        let mut random = SmallRng::seed_from_u64(0);
        let mut drawn = Vec::with_capacity(count + block);
        let mut found: Vec<f32> = (0..RESAMPLES)
            .filter_map(|_| {
                drawn.clear();
                while drawn.len() < count {
                    let start = random.random_range(0..count);
                    drawn.extend((start..start + block).map(|at| slices[at % count]));
                }
                Some(self.combine(&drawn[..count])?.of(class))
            })
            .collect();
        found.sort_by(f32::total_cmp);
        let at = |tail: f32| found.get((tail * (found.len() - 1) as f32).round() as usize);
        Some([*at(TAILS.0)?, *at(TAILS.1)?])
    }

    /// By how much each slice raises the patient's probability of `class`: what it would lose without that slice. Negative
    /// where a slice speaks against the class; all 0 for a single slice.
    pub fn influences(self, slices: &[Probabilities], class: Class) -> Vec<f32> {
        let Some(whole) = self.combine(slices) else {
            return Vec::new();
        };
        let mut others = slices.to_vec();
        let without = (0..slices.len()).map(|at| {
            let left_out = others.remove(at);
            let rest = self.combine(&others);
            others.insert(at, left_out);
            rest.map_or(0.0, |rest| whole.of(class) - rest.of(class))
        });
        without.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probabilities(covid: f32) -> Probabilities {
        Probabilities::new([1.0 - covid, 0.0, covid]).expect("probabilities")
    }

    #[test]
    fn equal_slices_leave_nothing_open_and_unlike_ones_do() {
        let equal = vec![probabilities(0.7); 20];
        let [low, high] = PatientRule::Mean
            .interval(&equal, Class::Covid)
            .expect("twenty slices");
        assert!((low - 0.7).abs() < 1e-4 && (high - 0.7).abs() < 1e-4);

        let mixed: Vec<_> = (0..40)
            .map(|at| probabilities((at % 4) as f32 / 4.0))
            .collect();
        for rule in PatientRule::ALL {
            let [low, high] = rule.interval(&mixed, Class::Covid).expect("forty slices");
            let whole = rule.combine(&mixed).expect("slices").of(Class::Covid);
            assert!(
                low <= whole + 1e-4 && whole <= high + 1e-4,
                "{rule}: {low} {whole} {high}"
            );
            assert!(low >= 0.0 && high <= 1.0);
        }
        assert_eq!(PatientRule::Mean.interval(&equal[..4], Class::Covid), None);
    }

    #[test]
    fn slices_in_blocks_leave_more_open_than_the_same_slices_mixed() {
        let width = |slices: &[Probabilities]| {
            let [low, high] = PatientRule::Mean
                .interval(slices, Class::Covid)
                .expect("slices");
            high - low
        };
        let blocks: Vec<_> = (0..64)
            .map(|at| probabilities(if at < 32 { 0.0 } else { 1.0 }))
            .collect();
        let mixed: Vec<_> = (0..64).map(|at| probabilities((at % 2) as f32)).collect();
        assert!(width(&blocks) > 1.5 * width(&mixed));
    }

    #[test]
    fn the_slice_that_says_most_has_the_most_influence() {
        let slices = [0.1, 0.2, 0.9, 0.3].map(probabilities);
        let influences = PatientRule::Mean.influences(&slices, Class::Covid);
        let most = (0..4).max_by(|a, b| influences[*a].total_cmp(&influences[*b]));
        assert_eq!(most, Some(2));
        assert!(influences[0] < 0.0);
        assert_eq!(
            PatientRule::Mean.influences(&slices[..1], Class::Covid),
            [0.0]
        );
        assert!(PatientRule::Mean.influences(&[], Class::Covid).is_empty());
    }
}
