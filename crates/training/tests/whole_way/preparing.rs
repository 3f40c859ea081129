//! Split and preprocess.

use std::path::Path;
use std::process::{Command, Stdio};

use lungsight_imaging::{Finding, Mask, PhantomOptions, encode_png_grey, encode_png_mask, phantom};

use crate::common::{refused, succeed, with_slices};

/// The archives hold what was prepared.
pub fn slices_become_a_dataset_and_archives(folder: &Path) {
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
    let temporary = with_slices();
    let folder = temporary.path();
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
    let temporary = with_slices();
    let folder = temporary.path();
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
fn one_picture_of_two_patients_is_refused() {
    let temporary = with_slices();
    let folder = temporary.path();
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
    let temporary = with_slices();
    let folder = temporary.path();
    std::fs::write(folder.join("3.png"), b"no picture").expect("write");
    std::fs::write(folder.join("7.png"), b"").expect("write");
    let reason = refused(folder, "preprocess --manifest slices.csv --out dataset");
    assert!(reason.contains("line 5: 3.png"), "{reason}");
    assert!(reason.contains("line 9: 7.png"), "{reason}");
    assert!(!folder.join("dataset").exists());
}
