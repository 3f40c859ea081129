//! Checks on real slices, which are never part of the repository.

use std::path::Path;
use std::process::Command;

use crate::process::{Outcome, cargo, run, target_directory};

/// Where real slices lie, if they do.
pub const DATA: &str = "../shared/data";

/// Dice and lesion recall per volume, pictures that are no chest CT, slices per source without lungs.
pub fn masks() -> Outcome {
    if !Path::new(DATA).is_dir() {
        println!("skipped: {DATA} is not there");
        return Ok(());
    }
    // Built with the whole workspace, as everything is, so that no dependency is compiled twice.
    run(cargo().args([
        "build",
        "--workspace",
        "--exclude=lungsight-client",
        "--example=check_masks",
    ]))?;
    let program = target_directory()?.join("debug/examples/check_masks");
    run(Command::new(program).arg(DATA))
}
