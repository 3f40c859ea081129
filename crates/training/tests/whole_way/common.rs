//! Slices to begin with, and the trainer as a user starts it.

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output};

use lungsight_imaging::{Class, Finding, PhantomOptions, encode_png_grey, phantom};
use tempfile::TempDir;

/// Small and quick, but for the schedule and the folder of the run.
pub const TRAIN: &str = "train --dataset dataset --split split.json --device cpu --frozen none --batch 3 --pyramid-width 8 --balance-names --even-grain 0.5";

/// A folder with three patients per class, one slice each, and their manifest.
pub fn with_slices() -> TempDir {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let folder = temporary.path();
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
    temporary
}

/// What the trainer does with arguments that hold no spaces, in a folder.
pub fn trainer(folder: &Path, arguments: &str) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_lungsight-train"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("the trainer starts");
    println!("{}", String::from_utf8_lossy(&output.stdout));
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// What the trainer is to do without a complaint.
pub fn succeed(folder: &Path, arguments: &str) {
    assert!(trainer(folder, arguments).status.success(), "{arguments}");
}

/// What the trainer says when it refuses.
pub fn refused(folder: &Path, arguments: &str) -> String {
    let output = trainer(folder, arguments);
    assert!(!output.status.success(), "{arguments}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}
