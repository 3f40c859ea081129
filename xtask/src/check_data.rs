//! Checks on real slices, which are never part of the repository.

use std::path::Path;
use std::process::Command;

use crate::process::{Outcome, cargo, run, target_directory};

/// Where real slices lie, if they do.
pub const DATA: &str = "../shared/data";

/// What pydicom and nibabel make of the series there. Named here, not by the program: it may have been built from a clone that
/// is elsewhere now.
const REFERENCE: &str = "crates/series/tests/reference.json";

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
    run(Command::new(programs.join("check_series")).args([DATA, "--reference", REFERENCE]))?;
    run(Command::new(programs.join("check_masks")).arg(DATA))
}
