//! Checks on real slices, which are never part of the repository.

use std::path::Path;
use std::process::Command;

use crate::process::{Outcome, cargo, run, target_directory};

/// Where real slices lie, if they do.
pub const DATA: &str = "../shared/data";

/// Series: every slice against pydicom and nibabel. Masks: Dice and lesion recall per volume, pictures that are no chest CT,
/// slices per source without lungs.
pub fn all() -> Outcome {
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
        "--example=check_series",
    ]))?;
    let programs = target_directory()?.join("debug/examples");
    run(Command::new(programs.join("check_series")).arg(DATA))?;
    run(Command::new(programs.join("check_masks")).arg(DATA))
}
