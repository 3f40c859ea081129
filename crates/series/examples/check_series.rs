//! Holds every slice of real files to what pydicom and nibabel make of them (`tests/reference.py`).
//!
//! `cargo run -p lungsight-series --example check_series -- [DATA] [--reference JSON] [--time]`

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use lungsight_series::{Limits, Window, collect, hu_fingerprint};
use serde_json::Value;

fn main() -> ExitCode {
    let mut data = PathBuf::from("../shared/data");
    let mut reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference.json");
    let mut arguments = std::env::args().skip(1);
    let mut timed = false;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--reference" => reference = arguments.next().map(PathBuf::from).unwrap_or(reference),
            "--time" => timed = true,
            path => data = PathBuf::from(path),
        }
    }
    if !data.is_dir() {
        println!("skipped: {} is not there", data.display());
        return ExitCode::SUCCESS;
    }
    let text = fs::read_to_string(&reference).expect("the reference can be read");
    let expected: BTreeMap<String, Vec<Value>> =
        serde_json::from_str(&text).expect("the reference is a table of files");
    let mut failures = 0;
    let (mut slices, mut seconds) = (0, 0.0);
    for (name, entries) in &expected {
        let bytes = match fs::read(data.join(name)) {
            Ok(bytes) => bytes,
            Err(error) => {
                println!("{name}: {error}");
                failures += 1;
                continue;
            }
        };
        let started = Instant::now();
        let found = fingerprints(name, bytes);
        seconds += started.elapsed().as_secs_f64();
        slices += found.as_ref().map_or(0, Vec::len);
        failures += usize::from(!agrees(name, found, entries));
    }
    println!(
        "{slices} slices of {} files agree but for {failures} files",
        expected.len()
    );
    if timed {
        println!(
            "{:.2} ms a slice, fingerprint and window included",
            1000.0 * seconds / slices.max(1) as f64
        );
    }
    if failures == 0 && slices > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Width, height and fingerprint of each slice of one file, or why there are none.
fn fingerprints(name: &str, bytes: Vec<u8>) -> Result<Vec<(u32, u32, String)>, String> {
    let collected = collect([(name.to_owned(), bytes)], &Limits::default());
    if let Some(refused) = collected.refused.first() {
        return Err(refused.reason.to_string());
    }
    let series = collected.series.first().ok_or("no series")?;
    (0..series.slices().len())
        .map(|index| {
            let slice = series.decode(index).map_err(|error| error.to_string())?;
            let grey = Window::LUNG.apply(&slice);
            Ok((grey.width(), grey.height(), hu_fingerprint(&slice)))
        })
        .collect()
}

/// A file without slices in the reference must be refused; the reason is printed.
fn agrees(name: &str, found: Result<Vec<(u32, u32, String)>, String>, entries: &[Value]) -> bool {
    match found {
        Err(reason) => {
            println!("{name}: refused: {reason}");
            entries.is_empty()
        }
        Ok(found) => {
            let as_said = |(found, said): (&(u32, u32, String), &Value)| {
                said["width"] == found.0
                    && said["height"] == found.1
                    && said["sha256"] == found.2.as_str()
            };
            let agrees = found.len() == entries.len() && found.iter().zip(entries).all(as_said);
            if !agrees {
                println!("{name}: differs from the reference");
            }
            agrees
        }
    }
}
