//! The commands in order, on synthetic slices: split, preprocess, train, go on, export, the server's own loading,
//! evaluate, faithfulness, figures.

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use lungsight_imaging::{
    Class, Finding, Mask, PhantomOptions, encode_png_grey, encode_png_mask, phantom,
};
use lungsight_network::manifest::Manifest;
use lungsight_network::{Classifier, DeviceChoice};
use lungsight_training::counts::Counts;
use lungsight_training::cues::{Change, Cues};
use lungsight_training::evaluate::Evaluation;
use lungsight_training::faithfulness::Faithfulness;
use lungsight_training::recipe::{Leg, Recipe};
use lungsight_training::run::{State, read_json, write_json};
use lungsight_training::statistics::BATCHES;

/// Three patients per class, one slice each.
fn write_slices(folder: &Path) {
    let mut manifest = String::from("path,label,patient,source,masked,note\n");
    for patient in 0..9 {
        let label = Class::ALL[patient % 3];
        let finding = match label {
            Class::Healthy => Finding::None,
            Class::Pneumonia => Finding::LobarConsolidation,
            Class::Covid => Finding::GroundGlass,
        };
        let drawn = phantom(&PhantomOptions {
            side: 256,
            seed: patient as u64,
            finding,
            ..PhantomOptions::default()
        });
        let name = format!("{patient}.png");
        std::fs::write(folder.join(&name), encode_png_grey(&drawn.slice)).expect("slice");
        writeln!(manifest, "{name},{label},p{patient},phantom,no,").expect("line");
    }
    std::fs::write(folder.join("slices.csv"), manifest).expect("manifest");
}

fn trainer(folder: &Path, arguments: &str) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_lungsight-train"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("the trainer starts");
    println!("{}", String::from_utf8_lossy(&output.stdout));
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn succeed(folder: &Path, arguments: &str) {
    assert!(trainer(folder, arguments).status.success(), "{arguments}");
}

/// What the trainer says when it refuses.
fn refused(folder: &Path, arguments: &str) -> String {
    let output = trainer(folder, arguments);
    assert!(!output.status.success(), "{arguments}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const TRAIN: &str = "train --dataset dataset --split split.json --device cpu --frozen none --batch 3 --pyramid-width 8 --balance-names --even-grain 0.5";

#[test]
fn from_slices_to_weights_that_the_server_loads() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let folder = temporary.path();
    write_slices(folder);
    succeed(folder, "split --manifest slices.csv --out split.json");
    succeed(
        folder,
        "preprocess --manifest slices.csv --out dataset --archives download",
    );
    for archive in ["original-slices.zip", "masked-slices.zip"] {
        let file = std::fs::File::open(folder.join("download").join(archive)).expect("written");
        let archive = zip::ZipArchive::new(file).expect("an archive");
        assert_eq!(archive.len(), 10, "nine slices and their list");
    }

    succeed(folder, &format!("{TRAIN} --schedule 32x1,64x1 --out whole"));
    succeed(
        folder,
        &format!("{TRAIN} --schedule 32x1,64x1 --out run --stop-after 1"),
    );
    let state: State = read_json(&folder.join("run/state.json")).expect("state");
    assert_eq!(state.epochs_done, 1);
    succeed(folder, &format!("{TRAIN} --schedule 32x1,64x1 --out run"));
    for file in ["epoch-2/average.safetensors", "best.safetensors"] {
        let read = |run: &str| std::fs::read(folder.join(run).join(file)).expect("weights");
        assert!(
            read("run") == read("whole"),
            "{file} differs from that of a run without a stop"
        );
    }
    let losses = |run: &str| -> Vec<f64> {
        let state: State = read_json(&folder.join(run).join("state.json")).expect("state");
        state.history.iter().map(|epoch| epoch.train_loss).collect()
    };
    assert_eq!(losses("run"), losses("whole"));
    assert_eq!(losses("run").len(), 2);
    let none = refused(folder, &format!("{TRAIN} --put-lesions 0.2 --out other"));
    assert!(
        none.contains("--put-lesions") && none.contains("preprocess --annotated"),
        "{none}"
    );
    let other = refused(folder, &format!("{TRAIN} --schedule 32x3 --out run"));
    assert!(
        other.contains("other settings: --schedule was \"32x1,64x1\", now \"32x3\""),
        "{other}"
    );
    let again = trainer(
        folder,
        &format!("{TRAIN} --dataset ./dataset --schedule 32x1,64x1 --out run").replacen(
            "--dataset dataset ",
            "",
            1,
        ),
    );
    assert!(again.status.success(), "the same dataset, spelt otherwise");
    let told = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(
        told.contains("finished, 2 epochs: epoch 2 is the best") && told.contains("export --run"),
        "{told}"
    );

    succeed(folder, "export --run run --name synthetic --out weights");
    let other = refused(folder, "export --run run --name other --out weights");
    assert!(other.contains("--replace"), "{other}");
    let classifier = Classifier::load(&folder.join("weights"), DeviceChoice::Cpu).expect("loads");
    assert!(classifier.model().starts_with("synthetic "));
    let limits = classifier.manifest().limits.clone().expect("limits");
    assert!(limits.farthest.is_finite() && limits.least_probability >= 0.45);
    let recipe: Recipe = read_json(&folder.join("weights/training.json")).expect("the recipe");
    assert_eq!(recipe.model, classifier.model());
    let legs = [32, 64].map(|side| Leg { side, epochs: 1 });
    assert_eq!((recipe.schedule, recipe.best_epoch), (legs.into(), Some(2)));
    assert_eq!((recipe.slices_learned, recipe.slices_chosen_by), (3, 3));
    assert!(recipe.balance_names && recipe.even_grain == 0.5);
    drop(classifier);

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
    succeed(folder, "count --dataset dataset --split split.json");
    let counts: Counts = read_json(&folder.join("weights/dataset.json")).expect("numbers");
    assert_eq!(counts.split_sha256, recipe.split_sha256);
    for part in [&counts.train, &counts.validation, &counts.test] {
        for count in part.classes {
            assert_eq!((count.patients, count.slices), (1, 1));
        }
    }
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
    succeed(
        folder,
        "figures --evaluation test.json --faithfulness faith.json --out figures",
    );
    let figure = std::fs::read_to_string(folder.join("figures/confusion-patients.svg"));
    assert!(figure.expect("drawn").starts_with("<svg"));
}

#[test]
fn what_weights_think_is_taught_beside_the_label() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let folder = temporary.path();
    write_slices(folder);
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

#[test]
fn a_faulty_manifest_is_refused_before_anything_starts() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let folder = temporary.path();
    let text = "path,label,patient,source,masked,note\nmissing.png,covid,p1,s,no,\n";
    std::fs::write(folder.join("slices.csv"), text).expect("manifest");
    let reason = refused(folder, "split --manifest slices.csv --out split.json");
    assert!(reason.contains("line 2: no file missing.png"), "{reason}");
    assert!(!folder.join("split.json").exists());
}

#[test]
fn lesions_are_taken_from_a_list_and_refused_where_they_lie_outside_the_lungs() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let folder = temporary.path();
    write_slices(folder);
    let drawn = phantom(&PhantomOptions {
        side: 256,
        seed: 20,
        finding: Finding::GroundGlass,
        ..PhantomOptions::default()
    });
    let write = |name: &str, bytes: Vec<u8>| {
        std::fs::write(folder.join(name), bytes).expect("write");
    };
    write("v.png", encode_png_grey(&drawn.slice));
    write("lung.png", encode_png_mask(&drawn.lungs));
    write("lesion.png", encode_png_mask(&drawn.lesion));
    let list = "slice,lung,lesion,volume,lesion_px,patient\nv.png,lung.png,lesion.png,1,900,a\n";
    write("masks.csv", list.into());
    let preprocess = "preprocess --manifest slices.csv --annotated masks.csv --out dataset";
    succeed(folder, preprocess);
    let dataset = folder.join("dataset");
    let (index, _) = lungsight_training::dataset::read(&dataset).expect("a dataset");
    assert_eq!(index.rows[9].patient, "a");
    let lesions = lungsight_training::dataset::lesions(&dataset).expect("lesions");
    assert!(lesions[Path::new("v.png")].iter().any(|&lesion| lesion > 0));

    let outside = drawn.lungs.values().iter().map(|&lung| u8::from(lung == 0));
    let outside = Mask::new(256, 256, outside.collect()).expect("fits");
    write("lesion.png", encode_png_mask(&outside));
    let reason = refused(folder, preprocess);
    assert!(
        reason.contains("masks.csv: 0 % of the lesions") && reason.contains("lesions_turned"),
        "{reason}"
    );
    lungsight_training::dataset::read(&dataset).expect("as it was");
}

#[test]
fn whoever_reads_may_go_away() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let folder = temporary.path();
    write_slices(folder);
    let mut split = Command::new(env!("CARGO_BIN_EXE_lungsight-train"))
        .args(["split", "--manifest", "slices.csv", "--out", "split.json"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the trainer starts");
    drop(split.stdout.take());
    assert!(split.wait().expect("it ends").success());
    assert!(folder.join("split.json").is_file());
}

#[test]
fn two_classes_are_refused_before_anything_is_learned() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let folder = temporary.path();
    write_slices(folder);
    let list = std::fs::read_to_string(folder.join("slices.csv")).expect("manifest");
    let two: Vec<&str> = list
        .lines()
        .filter(|line| !line.contains(",pneumonia,"))
        .collect();
    std::fs::write(folder.join("slices.csv"), two.join("\n")).expect("manifest");
    let split = trainer(folder, "split --manifest slices.csv --out split.json");
    let told = String::from_utf8_lossy(&split.stderr).into_owned();
    assert_eq!(told.matches("no patient with").count(), 3, "{told}");
    succeed(folder, "preprocess --manifest slices.csv --out dataset");
    let reason = refused(folder, &format!("{TRAIN} --schedule 32x1 --out run"));
    assert!(
        reason.contains("no slice of pneumonia") && reason.contains("the part train"),
        "{reason}"
    );
    let reason = refused(
        folder,
        &format!("{TRAIN} --schedule 32x1 --out run --leave-out-note mild"),
    );
    assert!(reason.contains("--leave-out-note \"mild\""), "{reason}");
    assert!(!folder.join("run").exists(), "refused before it starts");
}

#[test]
fn one_picture_of_two_patients_is_refused() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let folder = temporary.path();
    write_slices(folder);
    std::fs::copy(folder.join("0.png"), folder.join("3.png")).expect("copied");
    let reason = refused(folder, "preprocess --manifest slices.csv --out dataset");
    assert!(
        reason.contains("0.png of patient p0, 3.png of patient p3"),
        "{reason}"
    );
    assert!(!folder.join("dataset").exists());
}

#[test]
fn pictures_that_cannot_be_read_are_named_all_at_once() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let folder = temporary.path();
    write_slices(folder);
    std::fs::write(folder.join("3.png"), b"no picture").expect("write");
    std::fs::write(folder.join("7.png"), b"").expect("write");
    let reason = refused(folder, "preprocess --manifest slices.csv --out dataset");
    assert!(reason.contains("line 5: 3.png"), "{reason}");
    assert!(reason.contains("line 9: 7.png"), "{reason}");
    assert!(!folder.join("dataset").exists());
}

#[test]
fn a_damaged_checkpoint_is_refused_and_kept() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let folder = temporary.path();
    write_slices(folder);
    succeed(folder, "split --manifest slices.csv --out split.json");
    succeed(folder, "preprocess --manifest slices.csv --out dataset");
    let train = format!("{TRAIN} --schedule 32x2 --out run");
    succeed(folder, &format!("{train} --stop-after 1"));
    for file in ["average.safetensors", "last.bpk", "optimiser.bpk"] {
        let path = folder.join("run/epoch-1").join(file);
        let whole = std::fs::read(&path).expect("checkpoint");
        std::fs::write(&path, &whole[..whole.len() / 2]).expect("write");
        let reason = refused(folder, &train);
        assert!(reason.contains(file), "{reason}");
        assert_eq!(
            std::fs::read(&path).expect("still there").len(),
            whole.len() / 2
        );
        std::fs::write(&path, whole).expect("write");
    }
    let best = folder.join("run/best.safetensors");
    let whole = std::fs::read(&best).expect("weights");
    std::fs::write(&best, &whole[..whole.len() / 2]).expect("write");
    let reason = refused(folder, "export --run run --name synthetic --out weights");
    assert!(reason.contains("best.safetensors"), "{reason}");
    assert!(!folder.join("weights").exists());
}
