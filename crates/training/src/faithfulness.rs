//! Do heatmaps show what decides? Deletion and insertion (Petsiuk et al. 2018, arXiv 1806.07421), and the share of heat
//! that lies in lesions drawn by radiologists.

mod curves;
mod lesions;
mod maps;
mod order;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lungsight_network::Classifier;
use serde::{Deserialize, Serialize};

use crate::dataset;
use crate::masks::{self, Annotated};
use crate::prepare::Prepared;
use crate::split::{Part, Split};

use curves::deletion_and_insertion;
use lesions::lesion_shares;
pub use table::table;

/// What `faithfulness` writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Faithfulness {
    /// Name and checksum of the weights.
    pub model: String,
    /// Slices for deletion and insertion, one of a patient.
    pub slices: usize,
    /// Annotated slices of patients of the validation part, with a lesion of at least one lung pixel in a hundred: what is shown
    /// is chosen by them. In files without `annotated_test`, of those of the test part too.
    pub annotated: usize,
    /// The same of the test part, by which nothing is to be chosen; `None` in files from before the two were told apart.
    #[serde(default)]
    pub annotated_test: Option<usize>,
    /// By map: the one that is shown, the fused one, one of each level, and a random order of pixels to compare with.
    pub maps: BTreeMap<String, MapFigures>,
}

/// Figures of one kind of heatmap.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MapFigures {
    /// Mean probability of the predicted class while the hottest pixels go first; smaller is better.
    pub deletion: f64,
    /// Mean probability while the hottest pixels come first; larger is better.
    pub insertion: f64,
    /// (share of lung pixels changed, mean probability): deletion.
    pub deletion_curve: Vec<(f64, f64)>,
    /// The same for insertion.
    pub insertion_curve: Vec<(f64, f64)>,
    /// Mean share of the heat in the lungs that lies in lesions, over slices with any heat; `None` for the random order.
    pub lesion_share: Option<f64>,
    /// The same for random round regions of the lesions' size in the same lungs.
    pub random_share: Option<f64>,
    /// How many slices had any heat, over which both shares are means; 0 in files from before it was kept.
    #[serde(default)]
    pub lesion_slices: usize,
    /// The three of the test part, reported apart; `None` where there are none.
    #[serde(default)]
    pub test: Option<LesionShares>,
}

/// How much of the heat in the lungs lies in lesions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct LesionShares {
    /// Mean share over slices with any heat.
    pub lesion: f64,
    /// The same for random round regions of the lesions' size in the same lungs.
    pub random: f64,
    /// How many slices had any heat.
    pub slices: usize,
}

/// Measures both: on one slice of each patient of the split's validation part, evenly picked, and on annotated slices of the
/// validation part and, apart, of the test part.
///
/// # Errors
/// When a file is faulty, the device fails, or the validation part has no slice.
pub fn measure(
    classifier: &Classifier,
    dataset: &Path,
    split: &Split,
    most: usize,
    masks: Option<&Path>,
) -> Result<Faithfulness, String> {
    let (index, slices) = dataset::read(dataset)?;
    split.check(&index.rows)?;
    let chosen = one_of_each_patient(&slices, split, most);
    if chosen.is_empty() {
        return Err("no slice of the part validation to change".into());
    }
    let mut maps = deletion_and_insertion(classifier, &chosen)?;
    let [annotated, annotated_test] = match masks {
        Some(list) => add_lesion_shares(&mut maps, classifier, list, split)?,
        None => [0, 0],
    };
    Ok(Faithfulness {
        model: classifier.model(),
        slices: chosen.len(),
        annotated,
        annotated_test: Some(annotated_test),
        maps,
    })
}

/// The first slice of `most` patients of the validation part at most, evenly picked.
fn one_of_each_patient<'a>(
    slices: &'a [Prepared],
    split: &Split,
    most: usize,
) -> Vec<&'a Prepared> {
    let mut seen = BTreeSet::new();
    let one_each: Vec<&Prepared> = slices
        .iter()
        .filter(|slice| split.patients[&slice.row.patient] == Part::Validation)
        .filter(|slice| seen.insert(&slice.row.patient))
        .collect();
    evenly(one_each.len(), most)
        .map(|index| one_each[index])
        .collect()
}

/// Adds what a list's lesions make of the maps, and tells how many slices had a lesion large enough: of the validation part,
/// and of the test part.
///
/// # Errors
/// A faulty list, another split than the list's, and those of [`lesion_shares`].
fn add_lesion_shares(
    maps: &mut BTreeMap<String, MapFigures>,
    classifier: &Classifier,
    list: &Path,
    split: &Split,
) -> Result<[usize; 2], String> {
    let items = masks::read(list)?;
    let rows: Vec<_> = items.iter().map(Annotated::row).collect();
    split.check(&rows)?;
    let shares_of = |part| lesion_shares(classifier, list, &of_part(&items, split, part));
    let (validation, shares) = shares_of(Part::Validation)?;
    for (kind, shares) in shares {
        let figures = maps.entry(kind).or_default();
        figures.lesion_share = Some(shares.lesion);
        figures.random_share = Some(shares.random);
        figures.lesion_slices = shares.slices;
    }
    let (test, shares) = shares_of(Part::Test)?;
    for (kind, shares) in shares {
        maps.entry(kind).or_default().test = Some(shares);
    }
    Ok([validation, test])
}

/// The annotated slices of a part's patients.
fn of_part<'a>(items: &'a [Annotated], split: &Split, part: Part) -> Vec<&'a Annotated> {
    let is_of = |item: &&Annotated| split.patients.get(&item.patient) == Some(&part);
    items.iter().filter(is_of).collect()
}

/// `most` of `count` places at most, evenly spaced.
fn evenly(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let taken = count.min(most);
    (0..taken).map(move |number| number * count / taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_slices_as_asked_for_are_evenly_picked() {
        let picked = |count, most| evenly(count, most).collect::<Vec<_>>();
        assert_eq!(picked(61, 60).len(), 60);
        assert_eq!(picked(6, 3), [0, 2, 4]);
        assert_eq!(picked(3, 60), [0, 1, 2]);
        assert_eq!(picked(0, 60), Vec::<usize>::new());
        assert_eq!(picked(3, 0), Vec::<usize>::new());
    }

    #[test]
    fn each_annotated_slice_is_of_its_patients_part() {
        let item = |patient: &str| Annotated {
            slice: patient.into(),
            lung: "lung".into(),
            lesion: "lesion".into(),
            patient: patient.into(),
            label: lungsight_imaging::Class::Covid,
            lesion_px: 300,
            lesions_turned: false,
            line: 2,
        };
        let items = ["a", "b", "c"].map(item);
        let parts = [Part::Train, Part::Validation, Part::Test];
        let patients = items.iter().map(|item| item.patient.clone()).zip(parts);
        let split = Split {
            seed: 1,
            shares: [8, 1, 1],
            patients: patients.collect(),
        };
        let of = |part| of_part(&items, &split, part);
        assert_eq!(of(Part::Validation), [&items[1]]);
        assert_eq!(of(Part::Test), [&items[2]]);
    }

    #[test]
    fn files_from_before_the_parts_were_told_apart_are_read() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../weights/faithfulness.json");
        let shipped: Faithfulness = crate::run::read_json(&path).expect("the shipped figures");
        assert!(shipped.annotated > 0 && shipped.maps.contains_key(maps::SHOWN));
    }
}
