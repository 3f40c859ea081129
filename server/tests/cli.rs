//! The built binary: what it writes and how it exits.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::slice_png;
use lungsight_imaging::{Limits, SegmentOptions, decode, decode_mask, segment};

fn lungsight(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lungsight"))
        .args(arguments)
        .output()
        .expect("the binary starts")
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn folder_with(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, content).expect("written");
    }
    folder
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().expect("UTF-8").to_owned()
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn mask_writes_the_mask_and_the_steps() {
    let png = slice_png(3);
    let folder = folder_with(&[("a.b.png", png.clone())]);
    let (slice, out) = (
        path(folder.path(), "a.b.png"),
        path(folder.path(), "deep/out"),
    );
    let done = lungsight(&["mask", &slice, "--out", &out]);
    assert!(done.status.success(), "{}", words(&done.stderr));
    assert_eq!(names_in(Path::new(&out)), ["a.b.mask.png", "a.b.steps.png"]);
    let limits = Limits::default();
    let slice = decode(&png, &limits).expect("a slice");
    let written = fs::read(Path::new(&out).join("a.b.mask.png")).expect("the mask");
    assert_eq!((written[24], written[25]), (1, 0), "1-bit grey");
    let expected = segment(&slice, &SegmentOptions::default());
    assert_eq!(
        decode_mask(&written, &slice, &limits).as_ref(),
        Ok(expected.lungs().expect("lungs"))
    );
}

#[test]
fn each_bad_file_has_its_reason_and_the_good_ones_are_done() {
    let good = slice_png(1);
    let files = [
        ("good.png", good.clone()),
        ("text.png", b"text".to_vec()),
        ("zero.png", Vec::new()),
        ("half.png", good[..good.len() / 2].to_vec()),
        ("folder/x.png", good),
    ];
    let folder = folder_with(&files);
    let at = |name: &str| path(folder.path(), name);
    let out = at("out");
    let inputs = [
        "good.png",
        "text.png",
        "zero.png",
        "half.png",
        "folder",
        "missing.png",
    ]
    .map(at);
    let mut arguments = vec!["mask", "--out", &out];
    arguments.extend(inputs.iter().map(String::as_str));
    let done = lungsight(&arguments);
    assert_eq!(done.status.code(), Some(1));
    let stderr = words(&done.stderr);
    for (name, reason) in [
        ("text.png", "not an image"),
        ("zero.png", "empty"),
        ("half.png", "truncated"),
        ("folder", "is a folder"),
        ("missing.png", "cannot be read"),
    ] {
        assert!(
            stderr
                .lines()
                .any(|line| line.contains(name) && line.contains(reason)),
            "{name}: {stderr}"
        );
    }
    assert_eq!(
        names_in(Path::new(&out)),
        ["good.mask.png", "good.steps.png"]
    );
}

#[test]
fn equal_names_do_not_overwrite_each_other() {
    let folder = folder_with(&[("a/x.png", slice_png(1)), ("b/x.png", slice_png(2))]);
    let at = |name: &str| path(folder.path(), name);
    let out = at("out");
    let done = lungsight(&["mask", &at("a/x.png"), &at("b/x.png"), "--out", &out]);
    assert!(done.status.success());
    assert!(
        words(&done.stderr).contains("x-2"),
        "{}",
        words(&done.stderr)
    );
    assert_eq!(
        names_in(Path::new(&out)),
        ["x-2.mask.png", "x-2.steps.png", "x.mask.png", "x.steps.png"]
    );
}

#[test]
fn wrong_usage_and_missing_weights_fail_with_a_reason() {
    assert_eq!(lungsight(&["mask", "--out", "x"]).status.code(), Some(2));
    assert_eq!(
        lungsight(&["serve", "--queue-slices", "0"]).status.code(),
        Some(2)
    );
    let empty = tempfile::tempdir().expect("a folder");
    let weights = empty.path().to_str().expect("UTF-8");
    let folder = folder_with(&[("a.png", slice_png(1))]);
    let done = lungsight(&[
        "diagnose",
        &path(folder.path(), "a.png"),
        "--weights",
        weights,
        "--device",
        "cpu",
    ]);
    assert_eq!(done.status.code(), Some(1));
    assert!(
        words(&done.stderr).contains("the network could not be loaded"),
        "{}",
        words(&done.stderr)
    );
    let served = lungsight(&[
        "serve",
        "--addr",
        "127.0.0.1:0",
        "--weights",
        weights,
        "--device",
        "cpu",
    ]);
    assert_eq!(served.status.code(), Some(1));
    assert!(
        words(&served.stderr).contains("the network cannot be used"),
        "{}",
        words(&served.stderr)
    );
}

#[test]
fn diagnose_fails_where_there_is_nothing_to_read() {
    let folder = folder_with(&[]);
    let (empty, weights) = (path(folder.path(), "."), weights());
    let weights = weights.to_str().expect("UTF-8");
    let diagnose = ["diagnose", &empty, "--weights", weights, "--device", "cpu"];
    let done = lungsight(&diagnose);
    assert_eq!(done.status.code(), Some(1), "{}", words(&done.stdout));
    assert!(words(&done.stderr).contains("no file could be read"));
}

/// The repository's weights; tests run in their package's folder.
fn weights() -> PathBuf {
    Path::new("../weights")
        .canonicalize()
        .expect("weights are part of the repository")
}

#[test]
fn diagnose_answers_as_the_api_does_and_writes_its_files() {
    let files = [
        ("a/x.png", slice_png(1)),
        ("b/x.png", slice_png(2)),
        ("bad.png", b"text".to_vec()),
    ];
    let weights = weights();
    let folder = folder_with(&files);
    let at = |name: &str| path(folder.path(), name);
    let (out, report) = (at("out"), at("report.docx"));
    let weights = weights.to_str().expect("UTF-8");
    let done = lungsight(&[
        "diagnose",
        &at("a/x.png"),
        &at("bad.png"),
        &at("b/x.png"),
        "--json",
        "--patient",
        "--report",
        &report,
        "--heatmaps",
        &out,
        "--weights",
        weights,
        "--device",
        "cpu",
    ]);
    assert_eq!(done.status.code(), Some(1), "{}", words(&done.stderr));
    assert!(words(&done.stderr).contains("bad.png: not an image"));
    let analysis: lungsight_app::analysis::Analysis =
        serde_json::from_slice(&done.stdout).expect("the API's JSON");
    let json: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert!(analysis.patient.is_some());
    assert_eq!(json["slices"][1]["status"], 415);
    for (number, name) in [(0, "x"), (2, "x-2")] {
        assert!(json["slices"][number]["predicted"].is_string());
        for kind in ["heatmap", "mask"] {
            let link = json["slices"][number][kind].as_str().expect("a link");
            assert_eq!(link, path(Path::new(&out), &format!("{name}.{kind}.png")));
            assert!(Path::new(link).exists());
        }
        assert!(Path::new(&out).join(format!("{name}.overlay.png")).exists());
    }
    assert!(fs::read(&report).expect("the report").starts_with(b"PK"));
}
