//! Checks and timings on real slices, which are never part of the repository.

use std::path::Path;
use std::process::Command;

use crate::process::{Outcome, cargo, run};

const DATA: &str = "../shared/data";
const PEER: &str = "../shared/tools/peer_mask.py";

/// Dice and lesion recall per volume, pictures that are no chest CT, slices per source without lungs.
pub fn masks() -> Outcome {
    if !Path::new(DATA).is_dir() {
        println!("skipped: {DATA} is not there");
        return Ok(());
    }
    run(cargo().args([
        "run",
        "--package=lungsight-imaging",
        "--example=check_masks",
        "--",
        DATA,
    ]))
}

/// Our six steps, then OpenCV's, on the same slices.
pub fn bench() -> Outcome {
    run(cargo().args(["bench", "--package=lungsight-imaging", "--profile=dev"]))?;
    let folder = Path::new(DATA).join("masks/vol1");
    let Ok(listing) = std::fs::read_dir(&folder) else {
        println!("OpenCV skipped: {} is not there", folder.display());
        return Ok(());
    };
    let mut slices: Vec<_> = listing
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "jpg"))
        .collect();
    slices.sort();
    slices.truncate(40);
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    run(Command::new(python).arg(PEER).args(slices))
}
