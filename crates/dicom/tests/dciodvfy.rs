//! The files as dicom3tools' verifier sees them, where it is installed (Debian: `dicom3tools`).

mod common;

use std::io::ErrorKind;
use std::process::Command;

use common::{files, origin, read_series, results, series_files};
use lungsight_dicom::{File, Patient};

/// What the verifier says; `None` where there is none, which in CI is a failure.
fn verify(folder: &std::path::Path, file: &File) -> Option<String> {
    let path = folder.join(&file.name);
    std::fs::write(&path, &file.bytes).expect("a temporary folder is written to");
    let output = match Command::new("dciodvfy").arg("-new").arg(&path).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!is_ci, "dciodvfy is not installed");
            return None;
        }
        output => output.expect("the verifier runs"),
    };
    Some(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_verifier_finds_no_errors() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let series = read_series(series_files(3));
    let bare = origin(&series);
    let named = bare.clone().with_patient(Patient {
        name: "Phantom^Ärmel".into(),
        id: "P1".into(),
    });
    for origin in [None, Some(&bare), Some(&named)] {
        for file in files(&results(3), origin) {
            let Some(said) = verify(folder.path(), &file) else {
                println!("skipped: dciodvfy is not installed");
                return;
            };
            let lines: Vec<&str> = said.lines().filter(|line| line.contains("Error")).collect();
            assert_eq!(lines, [""; 0], "{}: {said}", file.name);
            // It names what it took the file for, so that a file it could not read doesn't pass for a good one.
            let kind = if file.name == "report.dcm" {
                "ComprehensiveSR"
            } else {
                "SCImage"
            };
            assert!(said.contains(kind), "{}: {said}", file.name);
        }
    }
}
