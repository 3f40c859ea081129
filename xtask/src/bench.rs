//! Timings beside what a user would take instead, in one run on one machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::check_data::DATA;
use crate::process::{Outcome, cargo, run};

const PEERS: &str = "../shared/tools";

/// The six steps on one real slice (a phantom where there is none), then OpenCV's on the same.
pub fn masks() -> Outcome {
    let slice = Path::new(DATA).join("masks/vol1/1_z024.jpg");
    let mut ours = criterion("segment");
    let is_there = slice.is_file();
    if is_there {
        let whole =
            std::fs::canonicalize(&slice).map_err(|e| format!("{}: {e}", slice.display()))?;
        ours.env("LUNGSIGHT_SLICE", whole);
    }
    run(&mut ours)?;
    if !is_there {
        println!("OpenCV skipped: {} is not there", slice.display());
        return Ok(());
    }
    peer("peer_mask.py", &[slice])
}

/// The network with random weights on the CPU, then in ONNX Runtime and PyTorch.
pub fn network() -> Outcome {
    run(&mut criterion("forward"))?;
    peer("peer_network.py", &["--pyramid", "128"].map(PathBuf::from))
}

/// A benchmark, built as the tests are: Burn is not compiled again for it.
fn criterion(name: &str) -> Command {
    let mut command = cargo();
    command.args([
        "bench",
        "--workspace",
        "--exclude=lungsight-client",
        "--profile=dev",
        "--bench",
        name,
    ]);
    command
}

fn peer(script: &str, arguments: &[PathBuf]) -> Outcome {
    let script = Path::new(PEERS).join(script);
    if !script.is_file() {
        println!("skipped: {} is not there", script.display());
        return Ok(());
    }
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    run(Command::new(python).arg(script).args(arguments))
}
