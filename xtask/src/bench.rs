//! Timings beside what a user would take instead, in one run on one machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::check_data::DATA;
use crate::process::{Outcome, cargo, run};
use crate::served;

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

/// The network on the GPU: time to ready cold and warm, time per slice, agreement with the CPU on real slices where they are
/// at hand; then PyTorch on the same GPU.
pub fn gpu() -> Outcome {
    let program = served::build()?;
    let slices = real_slices();
    for what in ["first start", "second start"] {
        println!("== {what}");
        let mut measure = Command::new(&program);
        measure.args(["measure", "--device=gpu"]).args(&slices);
        run(&mut measure).map_err(|reason| format!("no figures without a GPU: {reason}"))?;
    }
    peer("peer_network.py", &["--pyramid", "128"].map(PathBuf::from))
}

/// Slices from all over the data, where it is there.
fn real_slices() -> Vec<PathBuf> {
    const SLICES: usize = 200;
    let manifest = Path::new(DATA).join("slices.csv");
    let rows = std::fs::read_to_string(manifest).unwrap_or_default();
    let paths: Vec<&str> = rows
        .lines()
        .skip(1)
        .filter_map(|row| row.split(',').next())
        .collect();
    let step = (paths.len() / SLICES).max(1);
    let chosen = paths.iter().step_by(step).take(SLICES);
    chosen.map(|path| Path::new(DATA).join(path)).collect()
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
