//! Evaluate, count, faithfulness, cues, figures.

use std::path::Path;

use lungsight_training::counts::Counts;
use lungsight_training::cues::{Change, Cues};
use lungsight_training::evaluate::Evaluation;
use lungsight_training::faithfulness::Faithfulness;
use lungsight_training::recipe::Recipe;
use lungsight_training::run::read_json;

use crate::common::{refused, succeed};

/// Three patients of the test part, and what is said of each slice.
pub fn a_part_is_evaluated(folder: &Path) {
    succeed(
        folder,
        "evaluate --manifest slices.csv --split split.json --part test --device cpu --out new/test.json --slices judged.csv",
    );
    std::fs::rename(folder.join("new/test.json"), folder.join("test.json")).expect("written");
    let judged = std::fs::read_to_string(folder.join("judged.csv")).expect("written");
    assert_eq!(judged.lines().count(), 4, "three slices and the columns");
    let unknown = refused(
        folder,
        "evaluate --manifest slices.csv --device cpu --apart-note mild",
    );
    assert!(unknown.contains("--apart-note \"mild\""), "{unknown}");
    let evaluation: Evaluation = read_json(&folder.join("test.json")).expect("figures");
    // A patient all of whose slices are unlike those learned from has no result.
    let patients = evaluation.patients.count + evaluation.abstention.patients_unlike;
    assert_eq!((evaluation.slices.count, patients), (3, 3));
}

/// One patient per class in each.
pub fn the_parts_are_counted(folder: &Path) {
    succeed(folder, "count --dataset dataset --split split.json");
    let counts: Counts = read_json(&folder.join("weights/dataset.json")).expect("numbers");
    let recipe: Recipe = read_json(&folder.join("weights/training.json")).expect("the recipe");
    assert_eq!(counts.split_sha256, recipe.split_sha256);
    for part in [&counts.train, &counts.validation, &counts.test] {
        for count in part.classes {
            assert_eq!((count.patients, count.slices), (1, 1));
        }
    }
}

/// On one slice.
pub fn every_kind_of_map_is_measured(folder: &Path) {
    succeed(
        folder,
        "faithfulness --dataset dataset --split split.json --most 1 --device cpu --out faith.json",
    );
    let faithfulness: Faithfulness = read_json(&folder.join("faith.json")).expect("figures");
    assert_eq!(faithfulness.slices, 1);
    assert_eq!(
        faithfulness.maps.len(),
        6,
        "shown, fused, three levels, random"
    );
}

/// Of the pneumonia and covid patients alone.
pub fn cues_are_changed(folder: &Path) {
    succeed(
        folder,
        "cues --dataset dataset --split split.json --device cpu --out cues.json",
    );
    let cues: Cues = read_json(&folder.join("cues.json")).expect("figures");
    assert_eq!((cues.patients, cues.learned_from), (4, 2));
    for called in &cues.called {
        let of = [called.pneumonia_as_covid.of, called.covid_as_pneumonia.of];
        assert!(
            called.change == Change::Against || of == [2, 2],
            "{called:?}"
        );
    }
}

/// Of what was evaluated and measured.
pub fn figures_are_drawn(folder: &Path) {
    succeed(
        folder,
        "figures --evaluation test.json --faithfulness faith.json --out figures",
    );
    let figure = std::fs::read_to_string(folder.join("figures/confusion-patients.svg"));
    assert!(figure.expect("drawn").starts_with("<svg"));
}
