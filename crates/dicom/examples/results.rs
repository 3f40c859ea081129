//! Writes example results into a folder, for other programs to look at: alone, and as part of a synthetic original's study.
//!
//! `cargo run -p lungsight-dicom --example results -- FOLDER`

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::Path;

use common::{files, origin, read_series, results, series_files};
use lungsight_dicom::Patient;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: results FOLDER")?;
    let original = series_files(3);
    let patient = Patient {
        name: "Phantom^Ärmel".into(),
        id: "P1".into(),
    };
    let origin = origin(&read_series(original.clone())).with_patient(patient);
    for (name, origin) in [("alone", None), ("with-origin", Some(&origin))] {
        let folder = Path::new(&folder).join(name);
        std::fs::create_dir_all(&folder)?;
        for file in files(&results(3), origin) {
            std::fs::write(folder.join(file.name), file.bytes)?;
        }
    }
    Ok(())
}
