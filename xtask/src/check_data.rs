//! Checks on real slices, which are never part of the repository.

use std::path::Path;

use crate::process::{Outcome, cargo, run};

/// Where real slices lie, if they do.
pub const DATA: &str = "../shared/data";

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
