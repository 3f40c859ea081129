//! What the manifest states about results, chosen on validation patients alone: how a patient's slices are combined, and
//! when there is no result.

use lungsight_imaging::{Class, Probabilities};
use lungsight_network::PatientRule;
use lungsight_network::typicality::Typical;

use crate::evaluate::by_patient;
use crate::metrics::{Judged, balanced_log_loss_of, level};
use crate::prepare::Prepared;

/// Share of validation slices that may be called unlike the training slices.
const UNLIKE: f64 = 0.01;

/// Balanced accuracy that the answered validation slices shall reach.
const ANSWERED_RIGHT: f64 = 0.95;

/// Share of validation slices that must be answered, whatever that costs.
const LEAST_COVERAGE: f64 = 0.85;

/// Below it the most likely class is hardly more likely than another: never a result.
const EVEN_ODDS: f64 = 0.45;

/// At most two slices of every patient: what is typical must not be one patient's.
pub fn typical_slices(slices: &[Prepared]) -> Vec<&Prepared> {
    let mut of_patient = std::collections::HashMap::<&str, usize>::new();
    slices
        .iter()
        .filter(|slice| {
            let seen = of_patient.entry(&slice.row.patient).or_default();
            *seen += 1;
            *seen <= 2
        })
        .collect()
}

/// The distance that one validation slice in a hundred exceeds.
pub fn farthest(typical: &Typical, validation: &[Vec<f32>]) -> f32 {
    let mut distances: Vec<f32> = validation.iter().map(|f| typical.distance(f)).collect();
    distances.sort_by(f32::total_cmp);
    let at = (distances.len() as f64 * (1.0 - UNLIKE)) as usize;
    distances
        .get(at.min(distances.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f32::INFINITY)
}

/// The least probability of a result: the smallest at which the slices that are answered are right as often as wanted,
/// balanced over the classes, but never so large that too few are answered.
pub fn least_probability(validation: &[Judged]) -> f32 {
    let mut confidences: Vec<f64> = validation.iter().map(Judged::confidence).collect();
    confidences.sort_by(f64::total_cmp);
    let most = ((1.0 - LEAST_COVERAGE) * confidences.len() as f64) as usize;
    let mut chosen = EVEN_ODDS;
    for threshold in std::iter::once(EVEN_ODDS).chain(confidences.into_iter().take(most + 1)) {
        chosen = threshold.max(EVEN_ODDS);
        let answered: Vec<Judged> = validation
            .iter()
            .filter(|item| item.confidence() >= chosen)
            .cloned()
            .collect();
        if balanced_over(&answered, validation) >= ANSWERED_RIGHT {
            break;
        }
    }
    // Rounded down, so that the manifest is readable and the slice that decided is still answered.
    ((chosen * 1000.0).floor() / 1000.0) as f32
}

/// Mean recall over the classes of `all`: one of which nothing is answered is not found at all.
fn balanced_over(answered: &[Judged], all: &[Judged]) -> f64 {
    let of = level(all).recall;
    let recall = level(answered).recall;
    let present = of.iter().flatten().count().max(1);
    recall.iter().flatten().sum::<f64>() / present as f64
}

/// A rule with its figures on validation patients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rated {
    /// The rule.
    pub rule: PatientRule,
    /// Mean recall of the classes.
    pub balanced_accuracy: f64,
    /// Mean over the classes of the log loss.
    pub log_loss: f64,
}

/// All rules, the best first: by balanced accuracy, then by log loss. Every patient counts twice, as it is and
/// [`in_a_series`]. `named`: whether the disease of a patient is asked for by name.
pub fn rate_rules(validation: &[Judged], named: impl Fn(&str) -> bool) -> Vec<Rated> {
    let validation = [validation, &in_a_series(validation)].concat();
    let named = |item: &Judged| named(item.patient.trim_end_matches(IN_A_SERIES));
    let mut rated: Vec<Rated> = PatientRule::ALL
        .into_iter()
        .map(|rule| {
            let patients = by_patient(&validation, rule);
            let asked: Vec<Judged> = patients
                .iter()
                .map(|item| item.asked(named(item)))
                .collect();
            Rated {
                rule,
                balanced_accuracy: level(&asked).balanced_accuracy,
                log_loss: balanced_log_loss_of(patients.iter().map(|item| (item, named(item)))),
            }
        })
        .collect();
    rated.sort_by(|a, b| {
        b.balanced_accuracy
            .total_cmp(&a.balanced_accuracy)
            .then(a.log_loss.total_cmp(&b.log_loss))
    });
    rated
}

/// Healthy slices of other patients that each slice is put among, as in a whole series.
const COMPANY: usize = 2;

/// After the name of a patient who is.
const IN_A_SERIES: &str = ", in a series";

/// Every patient among healthy slices of other patients: a whole series of somebody diseased is mostly such slices, while
/// validation's patients have a few slices each, picked because they show something.
fn in_a_series(validation: &[Judged]) -> Vec<Judged> {
    let mut patients = std::collections::BTreeMap::<&str, Vec<&Judged>>::new();
    for item in validation {
        patients.entry(&item.patient).or_default().push(item);
    }
    let healthy: Vec<&Judged> = validation
        .iter()
        .filter(|item| item.label == Class::Healthy)
        .collect();
    let mut company = healthy.iter().copied().cycle();
    let mut series = Vec::new();
    for (patient, own) in patients {
        let is_other = |item: &&Judged| item.patient != patient;
        if !healthy.iter().any(is_other) {
            continue;
        }
        let others = company.by_ref().filter(is_other).take(COMPANY * own.len());
        series.extend(own.iter().copied().chain(others).map(|item| Judged {
            patient: format!("{patient}{IN_A_SERIES}"),
            label: own[0].label,
            probabilities: item.probabilities,
        }));
    }
    series
}

/// Slices with their logits, as judged items at this temperature.
pub fn judged(logits: &[[f32; 3]], slices: &[&Prepared], temperature: f32) -> Vec<Judged> {
    logits
        .iter()
        .zip(slices)
        .map(|(logits, slice)| Judged {
            patient: slice.row.patient.clone(),
            label: slice.row.label,
            probabilities: Probabilities::from_logits(logits.map(|l| l / temperature)),
        })
        .collect()
}

/// Features with the index of their slice's class, as [`Typical::of`] takes them.
pub fn labelled(features: Vec<Vec<f32>>, slices: &[&Prepared]) -> Vec<(Vec<f32>, usize)> {
    features
        .into_iter()
        .zip(slices.iter().map(|slice| slice.row.label.index()))
        .collect()
}

/// Number of classes.
pub const CLASSES: usize = Class::ALL.len();

#[cfg(test)]
mod tests {
    use super::*;

    fn item(label: Class, p: [f32; 3]) -> Judged {
        Judged {
            patient: format!("{label}{p:?}"),
            label,
            probabilities: Probabilities::new(p).expect("probabilities"),
        }
    }

    #[test]
    fn the_least_probability_sets_doubtful_mistakes_aside() {
        let mut items: Vec<Judged> = (0..98)
            .map(|i| match Class::ALL[i % 3] {
                Class::Healthy => item(Class::Healthy, [0.9, 0.05, 0.05]),
                Class::Pneumonia => item(Class::Pneumonia, [0.05, 0.9, 0.05]),
                Class::Covid => item(Class::Covid, [0.05, 0.05, 0.9]),
            })
            .collect();
        assert_eq!(least_probability(&items), 0.45, "nothing to set aside");
        items.extend(vec![item(Class::Covid, [0.35, 0.5, 0.15]); 6]);
        let least = least_probability(&items);
        assert!(least > 0.5 && least <= 0.9, "{least}");
        let few_of_a_class: Vec<Judged> = (0..20)
            .map(|i| match i {
                0 | 1 => item(Class::Pneumonia, [0.2, 0.2, 0.6]),
                _ => item(Class::Covid, [0.05, 0.05, 0.9]),
            })
            .collect();
        let silenced: Vec<Judged> = few_of_a_class[2..].to_vec();
        assert!(balanced_over(&silenced, &few_of_a_class) <= 0.5);
    }

    #[test]
    fn what_is_not_asked_sets_nothing_aside() {
        let mut items = vec![
            item(Class::Healthy, [0.9, 0.05, 0.05]),
            item(Class::Pneumonia, [0.05, 0.9, 0.05]),
        ];
        items.extend(vec![item(Class::Covid, [0.1, 0.5, 0.4]); 20]);
        let asked: Vec<Judged> = items.iter().map(|item| item.asked(false)).collect();
        assert_eq!(least_probability(&asked), 0.45);
        assert!(least_probability(&items) >= 0.5);
    }

    #[test]
    fn a_series_has_the_patient_s_slices_and_twice_as_many_healthy_ones_of_others() {
        let mut items = vec![item(Class::Covid, [0.1, 0.1, 0.8]); 2];
        items.push(item(Class::Healthy, [0.9, 0.05, 0.05]));
        let series = in_a_series(&items);
        assert_eq!(series.len(), 6, "the only healthy patient has no company");
        assert!(series.iter().all(|item| item.label == Class::Covid));
        let rated = rate_rules(&items, |_| true);
        let of = |rule| {
            rated
                .iter()
                .find(|rated| rated.rule == rule)
                .expect("all rules")
        };
        let third = of(PatientRule::LeastHealthyThird).balanced_accuracy;
        assert!(third > of(PatientRule::Mean).balanced_accuracy);
        // Under the other name it is found as well where none is asked for, alone and in company.
        for item in items.iter_mut().filter(|item| item.label == Class::Covid) {
            item.label = Class::Pneumonia;
        }
        let best = |named: bool| rate_rules(&items, |_| named)[0].balanced_accuracy;
        assert_eq!((best(true), best(false)), (0.5, 1.0));
    }

    #[test]
    fn the_best_rule_comes_first() {
        // One patient with a single diseased slice among nine healthy ones.
        let mut items = vec![item(Class::Covid, [0.1, 0.1, 0.8])];
        items.extend(vec![item(Class::Covid, [0.7, 0.1, 0.2]); 9]);
        items.iter_mut().for_each(|item| item.patient = "p".into());
        let rated = rate_rules(&items, |_| true);
        assert_eq!(rated.len(), PatientRule::ALL.len());
        assert_eq!(rated[0].rule, PatientRule::LeastHealthyTenth);
        let worse = rated[1..].iter();
        assert!(worse.clone().all(|other| other.balanced_accuracy < 1.0));
        assert_eq!(rated[0].balanced_accuracy, 1.0);
    }
}
