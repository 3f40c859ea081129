//! `cargo xtask check-api`: the running server held to its own OpenAPI document, with Schemathesis.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::oha::Form;
use crate::process::{Outcome, run, stage, target_directory};
use crate::served::Served;
use crate::tools;

/// Requests for each operation and phase.
const EXAMPLES: &str = "60";

/// A client that asks as often as it can is no finding.
const WITHOUT_RATE: [&str; 2] = ["--rate", "0"];

/// Not held to: what is random is hardly ever a picture, and a form with a random file is refused though it is one.
const NOT_CHECKED: &str = "positive_data_acceptance";

/// First with ids that nobody knows, then with that of an analysis. Fails on findings.
pub fn check() -> Outcome {
    let schemathesis = stage("Schemathesis", tools::schemathesis)?;
    let served = stage("start", || Served::start_with(&WITHOUT_RATE))?;
    let folder = target_directory()?.join("xtask-check-api");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let unknown = written(&folder, "unknown.toml", "")?;
    stage("unknown ids", || {
        schemathesis_run(&schemathesis, &served, &unknown)
    })?;
    let id = analysis(&served)?;
    let parameters = format!("[parameters]\n\"path.id\" = \"{id}\"\n\"path.number\" = 0\n");
    let known = written(&folder, "known.toml", &parameters)?;
    stage("an analysis", || {
        schemathesis_run(&schemathesis, &served, &known)
    })
}

fn schemathesis_run(program: &Path, served: &Served, config: &Path) -> Outcome {
    run(Command::new(program)
        .arg("--config-file")
        .arg(config)
        .arg("run")
        .arg(format!("{}/api/openapi.json", served.url))
        .args(["--max-examples", EXAMPLES, "--exclude-checks", NOT_CHECKED])
        // The same requests each time; that few of what it thinks of fit an id that is given is no finding.
        .args([
            "--generation-deterministic",
            "--suppress-health-check",
            "all",
        ])
        .args(["--request-timeout", "30", "--continue-on-failure"]))
}

fn written(folder: &Path, name: &str, text: &str) -> Result<PathBuf, String> {
    let path = folder.join(name);
    std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(path)
}

/// The id of an analysis of an example.
fn analysis(served: &Served) -> Result<String, String> {
    let form = Form::of(&[served.get("/examples/covid-1.png")?])?;
    let made = served.post("/api/v1/analyses", &form)?;
    let made: serde_json::Value =
        serde_json::from_slice(&made).map_err(|e| format!("the analysis: {e}"))?;
    let id = made["id"].as_str();
    id.map(str::to_owned).ok_or("the analysis has no id".into())
}
