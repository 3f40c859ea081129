//! `cargo xtask test`: everything that is held to on every machine, needing no GPU and no data.

use std::path::Path;
use std::process::Command;

use crate::process::{Outcome, cargo, run, stage};
use crate::served::{self, Served};
use crate::{site, tools};

/// All tests, each stage with its time.
pub fn all() -> Outcome {
    stage("format", || run(cargo().args(["fmt", "--all", "--check"])))?;
    stage("Orthanc", tools::orthanc)?;
    stage("PostgreSQL", tools::postgresql)?;
    let vulkan = stage("software Vulkan", tools::software_vulkan)?;
    stage("tests in Rust", || {
        let mut tests = cargo();
        tests.args(["test", "--workspace", "--exclude=lungsight-client"]);
        if vulkan {
            tests.env("LUNGSIGHT_TEST_GPU", "1");
        }
        run(&mut tests)
    })?;
    stage("lints", || {
        run(cargo().args([
            "clippy",
            "--workspace",
            "--exclude=lungsight-client",
            "--all-targets",
            "--",
            "--deny=warnings",
        ]))
    })?;
    end_to_end()
}

/// The pages in a real browser against the real server.
pub fn end_to_end() -> Outcome {
    site::build()?;
    stage("Node packages", tools::node_packages)?;
    let chromium = stage("browser", tools::chromium)?;
    // Most servers have no archive beside them; the pages of one that has are tested on a second server. The archive is
    // the tests' own, started by them (end2end/support/pacs.ts).
    let served = stage("start", Served::start)?;
    let archive = served::free_address()?;
    let dicomweb = format!("http://{archive}/dicom-web");
    let beside_archive = stage("start beside an archive", || {
        Served::start_with(&["--dicomweb", &dicomweb])
    })?;
    stage("tests in the browser", || {
        let mut playwright = playwright(&served, chromium.as_deref());
        playwright
            .env("LUNGSIGHT_PACS_URL", &beside_archive.url)
            .env("LUNGSIGHT_DICOMWEB_PORT", archive.port().to_string());
        run(&mut playwright)
    })
}

/// What a series takes in a browser; printed, since machines are noisy.
pub fn measure_series() -> Outcome {
    site::build()?;
    tools::node_packages()?;
    let chromium = tools::chromium()?;
    let served = Served::start()?;
    run(playwright(&served, chromium.as_deref()).args(["--config", "measure.config.ts"]))
}

fn playwright(served: &Served, chromium: Option<&Path>) -> Command {
    let mut playwright = Command::new(tools::executable("npx"));
    playwright
        .args(["playwright", "test"])
        .current_dir("end2end")
        .env("LUNGSIGHT_URL", &served.url);
    if let Some(program) = chromium {
        playwright.env("CHROMIUM_PATH", program);
    }
    playwright
}
