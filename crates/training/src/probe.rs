//! Source probe: how well can the source of a slice be told from the network's features, among slices of one class? What
//! can be told beyond chance is look, not disease.

use std::collections::BTreeMap;

use lungsight_imaging::Class;
use serde::{Deserialize, Serialize};

/// The probe's result for one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Slices of this class alone.
    pub class: Class,
    /// Slices by source; sources with fewer than two patients are not probed.
    pub sources: BTreeMap<String, usize>,
    /// Mean over the sources of the share recognised.
    pub balanced_accuracy: f64,
    /// What guessing gives.
    pub chance: f64,
}

/// A slice as the probe sees it.
#[derive(Debug, Clone)]
pub struct Probed {
    /// Its class.
    pub label: Class,
    /// Its patient, whose other slices don't vote.
    pub patient: String,
    /// What is to be told.
    pub source: String,
    /// The network's pooled features.
    pub features: Vec<f32>,
}

/// Neighbours that vote.
const NEIGHBOURS: usize = 5;

/// The five nearest slices of other patients vote, each with the weight that makes all sources equally common among those that
/// can vote: a patient's own slices can't, and count for nothing. Features are standardised within
/// the class. `None` where fewer than two sources have two patients each.
pub fn probe(slices: &[Probed], class: Class) -> Option<Probe> {
    let mut patients: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for slice in slices.iter().filter(|slice| slice.label == class) {
        let known = patients.entry(&slice.source).or_default();
        if !known.contains(&slice.patient.as_str()) {
            known.push(&slice.patient);
        }
    }
    patients.retain(|_, known| known.len() >= 2);
    if patients.len() < 2 {
        return None;
    }
    let chosen: Vec<&Probed> = slices
        .iter()
        .filter(|slice| slice.label == class && patients.contains_key(slice.source.as_str()))
        .collect();
    let features = standardised(&chosen);
    let mut sources: BTreeMap<String, usize> = BTreeMap::new();
    for slice in &chosen {
        *sources.entry(slice.source.clone()).or_default() += 1;
    }
    let mut right: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, slice) in chosen.iter().enumerate() {
        let mut voters = sources.clone();
        for own in chosen.iter().filter(|own| own.patient == slice.patient) {
            if let Some(count) = voters.get_mut(&own.source) {
                *count -= 1;
            }
        }
        let mut others: Vec<(f32, usize)> = (0..chosen.len())
            .filter(|&other| chosen[other].patient != slice.patient)
            .map(|other| (distance(&features[index], &features[other]), other))
            .collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut votes: BTreeMap<&str, f64> = BTreeMap::new();
        for (_, other) in others.iter().take(NEIGHBOURS) {
            let source = chosen[*other].source.as_str();
            *votes.entry(source).or_default() += 1.0 / voters[source] as f64;
        }
        let told = votes.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
        if told.is_some_and(|(source, _)| source == slice.source) {
            *right.entry(&slice.source).or_default() += 1;
        }
    }
    let shares = sources
        .iter()
        .map(|(source, &count)| *right.get(source.as_str()).unwrap_or(&0) as f64 / count as f64);
    Some(Probe {
        class,
        balanced_accuracy: shares.sum::<f64>() / sources.len() as f64,
        chance: 1.0 / sources.len() as f64,
        sources,
    })
}

fn standardised(slices: &[&Probed]) -> Vec<Vec<f32>> {
    let length = slices.first().map_or(0, |slice| slice.features.len());
    let count = slices.len().max(1) as f32;
    let moment = |at: usize, of: &dyn Fn(f32) -> f32| {
        slices
            .iter()
            .map(|slice| of(slice.features[at]))
            .sum::<f32>()
            / count
    };
    let scale: Vec<(f32, f32)> = (0..length)
        .map(|at| {
            let mean = moment(at, &|v| v);
            (mean, moment(at, &|v| (v - mean).powi(2)).sqrt().max(1e-6))
        })
        .collect();
    let row = |slice: &&Probed| {
        slice
            .features
            .iter()
            .zip(&scale)
            .map(|(v, (mean, std))| (v - mean) / std)
            .collect()
    };
    slices.iter().map(row).collect()
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slices(apart: f32) -> Vec<Probed> {
        (0..60)
            .map(|i| Probed {
                label: Class::Healthy,
                patient: format!("p{}", i / 2),
                source: ["a", "b"][(i / 2) % 2].into(),
                features: vec![
                    apart * ((i / 2) % 2) as f32 + (i * 37 % 11) as f32 / 11.0,
                    (i * 53 % 13) as f32,
                ],
            })
            .collect()
    }

    #[test]
    fn sources_that_lie_apart_are_told_and_others_are_not() {
        let told = probe(&slices(50.0), Class::Healthy).expect("two sources");
        assert!(told.balanced_accuracy > 0.99, "{told:?}");
        let not_told = probe(&slices(0.0), Class::Healthy).expect("two sources");
        assert!(not_told.balanced_accuracy < 0.75, "{not_told:?}");
        assert_eq!(not_told.chance, 0.5);
    }

    #[test]
    fn a_patients_own_slices_take_nothing_from_the_others_votes() {
        let slice = |source: &str, patient: String, at: f32| Probed {
            label: Class::Healthy,
            patient,
            source: source.into(),
            features: vec![at],
        };
        // Nine slices of one patient of a and one of another; of b two of each of ten.
        let mut slices: Vec<Probed> = (0..9).map(|_| slice("a", "a1".into(), 0.0)).collect();
        slices.push(slice("a", "a2".into(), 0.0));
        slices.extend((0..20).map(|i| slice("b", format!("b{}", i / 2), 1.0)));
        // The nearest to a1's are a2's, the only one of a that votes, and four of b's twenty.
        let told = probe(&slices, Class::Healthy).expect("two sources");
        assert!(told.balanced_accuracy > 0.99, "{told:?}");
    }

    #[test]
    fn one_source_is_nothing_to_tell() {
        assert_eq!(probe(&slices(1.0)[..2], Class::Healthy), None);
        assert_eq!(probe(&slices(1.0), Class::Covid), None);
    }
}
