//! Train by what other weights think, and the mean of both.

use lungsight_network::manifest::Manifest;
use lungsight_training::recipe::Recipe;
use lungsight_training::run::{read_json, write_json};
use lungsight_training::statistics::BATCHES;

use crate::common::{TRAIN, refused, succeed, with_slices};

#[test]
fn what_weights_think_is_taught_beside_the_label() {
    let temporary = with_slices();
    let folder = temporary.path();
    succeed(folder, "split --manifest slices.csv --out split.json");
    succeed(folder, "preprocess --manifest slices.csv --out dataset");
    succeed(folder, &format!("{TRAIN} --schedule 64x1 --out first"));
    succeed(folder, "export --run first --name first --out weights");
    let alone = refused(folder, &format!("{TRAIN} --teach-share 0.5 --out run"));
    assert!(alone.contains("--teacher"), "{alone}");

    let taught = format!("{TRAIN} --schedule 64x2 --teacher weights --teach-share 0.5");
    succeed(folder, &format!("{taught} --out whole"));
    succeed(folder, &format!("{taught} --out run --stop-after 1"));
    let path = folder.join("weights/manifest.json");
    let manifest: Manifest = read_json(&path).expect("manifest");
    let warmer = Manifest {
        temperature: manifest.temperature * 2.0,
        ..manifest.clone()
    };
    write_json(&path, &warmer).expect("write");
    let other = refused(folder, &format!("{taught} --out run"));
    assert!(other.contains("the teacher 1 has changed"), "{other}");
    write_json(&path, &manifest).expect("write");
    succeed(folder, &format!("{taught} --out run"));
    let best = |run: &str| std::fs::read(folder.join(run).join("best.safetensors")).expect("best");
    assert!(best("run") == best("whole"), "a stop changes the weights");
    succeed(
        folder,
        &format!("{TRAIN} --schedule 64x2 --out by-the-label"),
    );
    assert!(best("run") != best("by-the-label"), "nothing was taught");

    succeed(folder, "export --run run --name second --out student");
    let recipe: Recipe = read_json(&folder.join("student/training.json")).expect("the recipe");
    assert_eq!(
        (recipe.teachers, recipe.teach_share),
        (vec![manifest.title()], 0.5)
    );
    assert_eq!((recipe.mean_with, recipe.statistics_batches), (None, 0));
    succeed(
        folder,
        "export --run run --mean-with weights --name mean --out mean",
    );
    let recipe: Recipe = read_json(&folder.join("mean/training.json")).expect("the recipe");
    assert_eq!(
        (recipe.mean_with, recipe.statistics_batches),
        (Some(manifest.title()), BATCHES)
    );

    succeed(
        folder,
        "split --manifest slices.csv --seed 2 --out other.json",
    );
    let taught = taught.replace("split.json", "other.json");
    let other = refused(folder, &format!("{taught} --out other"));
    assert!(other.contains("another split"), "{other}");
    let mut fewer = manifest;
    fewer.classes.pop();
    write_json(&path, &fewer).expect("write");
    let other = refused(folder, &format!("{taught} --out other"));
    assert!(
        other.contains("weights/manifest.json") && other.contains("classes"),
        "{other}"
    );
    assert!(!folder.join("other").exists(), "refused before it starts");
}
