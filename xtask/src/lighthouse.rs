//! `cargo xtask lighthouse`: Lighthouse's scores of the pages, as a phone on a slow line sees them.

use std::path::Path;
use std::process::Command;

use crate::process::{Outcome, run, stage, target_directory};
use crate::served::Served;
use crate::{site, tools};

/// Fetched by npm when it is first run.
const LIGHTHOUSE: &str = "lighthouse@12";

const PAGES: [&str; 4] = ["/", "/introduction", "/images", "/diagnosis"];

/// Prints the four scores of each page; fails only where they cannot be had, since machines are noisy.
pub fn scores() -> Outcome {
    site::build()?;
    let chromium = stage("browser", tools::chromium)?;
    let served = stage("start", Served::start)?;
    let report = target_directory()?.join("xtask-lighthouse.json");
    for page in PAGES {
        let mut lighthouse = Command::new(tools::executable("npx"));
        lighthouse
            .args(["--yes", LIGHTHOUSE, &format!("{}{page}", served.url)])
            .args([
                "--quiet",
                "--output=json",
                "--chrome-flags=--headless=new --no-sandbox",
            ])
            .arg(format!("--output-path={}", report.display()));
        if let Some(program) = &chromium {
            lighthouse.env("CHROME_PATH", program);
        }
        run(&mut lighthouse)?;
        println!("{page}: {}", read(&report)?);
    }
    Ok(())
}

/// `performance 97, accessibility 100, …`
fn read(report: &Path) -> Result<String, String> {
    let wrong = |reason: String| format!("{}: {reason}", report.display());
    let json = std::fs::read(report).map_err(|e| wrong(e.to_string()))?;
    let report: serde_json::Value =
        serde_json::from_slice(&json).map_err(|e| wrong(e.to_string()))?;
    let categories = report["categories"]
        .as_object()
        .ok_or("Lighthouse gave no scores")?;
    let scores = categories.iter().map(|(name, category)| {
        let score = category["score"].as_f64().unwrap_or_default() * 100.0;
        format!("{name} {score:.0}")
    });
    Ok(scores.collect::<Vec<_>>().join(", "))
}
