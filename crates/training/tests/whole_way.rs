//! The four commands in order, on synthetic slices: split, train, train on, export, and the server's own loading.

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output};

use lungsight_imaging::{Class, Finding, PhantomOptions, encode_png_grey, phantom};
use lungsight_network::{Classifier, DeviceChoice};
use lungsight_training::evaluate::Evaluation;
use lungsight_training::run::{State, read_json};

/// Three patients per class, one slice each.
fn write_dataset(folder: &Path) {
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

fn trainer(folder: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_lungsight-train"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the trainer starts");
    println!("{}", String::from_utf8_lossy(&output.stdout));
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn succeed(folder: &Path, arguments: &[&str]) {
    assert!(trainer(folder, arguments).status.success(), "{arguments:?}");
}

#[test]
fn from_slices_to_weights_that_the_server_loads() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let folder = temporary.path();
    write_dataset(folder);
    succeed(
        folder,
        &["split", "--manifest", "slices.csv", "--out", "split.json"],
    );

    let train = |epochs: &'static str, copies: &'static str| {
        let settings = [
            "--manifest",
            "slices.csv",
            "--split",
            "split.json",
            "--device",
            "cpu",
        ];
        let run = [
            "--frozen", "--copies", copies, "--epochs", epochs, "--batch", "3", "--out", "run",
        ];
        trainer(folder, &[&["train"], &settings[..], &run[..]].concat())
    };
    assert!(train("1", "0").status.success());
    assert!(train("2", "0").status.success(), "goes on where it stopped");
    let state: State = read_json(&folder.join("run/state.json")).expect("state");
    assert_eq!((state.epochs_done, state.history.len()), (2, 2));
    assert!(
        state
            .history
            .iter()
            .all(|epoch| epoch.train_loss.is_finite())
    );
    let other = train("2", "1");
    assert!(!other.status.success(), "other settings are another run");
    assert!(String::from_utf8_lossy(&other.stderr).contains("other settings"));

    succeed(
        folder,
        &[
            "export",
            "--run",
            "run",
            "--name",
            "synthetic",
            "--out",
            "weights",
        ],
    );
    let classifier = Classifier::load(&folder.join("weights"), DeviceChoice::Cpu).expect("loads");
    assert!(classifier.model().starts_with("synthetic "));
    drop(classifier);

    let judged = [
        "--manifest",
        "slices.csv",
        "--split",
        "split.json",
        "--part",
        "test",
    ];
    let out = ["--device", "cpu", "--out", "test.json"];
    succeed(folder, &[&["evaluate"], &judged[..], &out[..]].concat());
    let evaluation: Evaluation = read_json(&folder.join("test.json")).expect("figures");
    assert_eq!((evaluation.slices.count, evaluation.patients.count), (3, 3));
}

#[test]
fn a_faulty_manifest_is_refused_before_anything_starts() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let text = "path,label,patient,source,masked,note\nmissing.png,covid,p1,s,no,\n";
    std::fs::write(temporary.path().join("slices.csv"), text).expect("manifest");
    let arguments = ["split", "--manifest", "slices.csv", "--out", "split.json"];
    let output = trainer(temporary.path(), &arguments);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 2: no file missing.png"));
    assert!(!temporary.path().join("split.json").exists());
}
