//! `cargo xtask fuzz`: libFuzzer on everything that reads what others send (`fuzz/`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use crate::process::{Outcome, cargo, output, run, stage, target_directory};
use crate::tools;

/// A target with one of its corpora, and the limits that make a growth a finding.
struct Campaign {
    corpus: &'static str,
    target: &'static str,
    /// Longest input in bytes.
    longest: u32,
    /// Memory of the whole process in MiB; some 400 are the sanitizer's and the corpus's own.
    memory_mb: u32,
    /// The largest single allocation in MiB.
    allocation_mb: u32,
}

const fn campaign(
    corpus: &'static str,
    target: &'static str,
    longest: u32,
    memory_mb: u32,
    allocation_mb: u32,
) -> Campaign {
    Campaign {
        corpus,
        target,
        longest,
        memory_mb,
        allocation_mb,
    }
}

/// One target may have several corpora: the fuzzer finds its way from one picture format to another too rarely.
const CAMPAIGNS: [Campaign; 10] = [
    campaign("png", "decode", 4096, 1024, 128),
    campaign("jpeg", "decode", 8192, 1024, 128),
    campaign("bmp", "decode", 4096, 1024, 128),
    campaign("tiff", "decode", 8192, 1024, 128),
    campaign("mask", "decode_mask", 4096, 2048, 512),
    campaign("segment", "segment", 2048, 1024, 128),
    campaign("masker", "masker", 4096, 2048, 512),
    campaign("form", "form", 8192, 1024, 128),
    campaign("dicom", "dicom", 8192, 1024, 128),
    campaign("nifti", "nifti", 4096, 1024, 128),
];

/// What an input may take before it counts as stuck.
const TIMEOUT_S: u32 = 10;

/// Campaigns at a time: each keeps a core busy.
const AT_A_TIME: usize = 2;

/// Runs the campaigns; what fails is left in `fuzz/artifacts`.
pub fn fuzz(minutes: u64, corpora: &[String], keep: bool) -> Outcome {
    let known = CAMPAIGNS.map(|campaign| campaign.corpus);
    if let Some(unknown) = corpora.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("{unknown} is none of {}", known.join(", ")));
    }
    tools::cargo_fuzz()?;
    // Apart from the target directory of everything else: other flags would compile it anew each time.
    let target = target_directory()?.join("fuzz");
    stage("fuzz targets", || {
        run(cargo_fuzz(&target).args(["fuzz", "build"]))
    })?;
    let chosen: Vec<&Campaign> = CAMPAIGNS
        .iter()
        .filter(|campaign| corpora.is_empty() || corpora.iter().any(|name| name == campaign.corpus))
        .collect();
    let mut failed = Vec::new();
    for pair in chosen.chunks(AT_A_TIME) {
        thread::scope(|scope| {
            let running: Vec<_> = pair
                .iter()
                .map(|campaign| {
                    (
                        campaign,
                        scope.spawn(|| campaign.run(&target, minutes, keep)),
                    )
                })
                .collect();
            for (campaign, outcome) in running {
                let outcome = outcome
                    .join()
                    .unwrap_or_else(|_| Err("xtask panicked".into()));
                if let Err(reason) = outcome {
                    failed.push(format!("{}: {reason}", campaign.corpus));
                }
            }
        });
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(failed.join("\n"))
    }
}

impl Campaign {
    /// New inputs go to the target directory, the kept ones are read from the repository.
    fn run(&self, target: &Path, minutes: u64, keep: bool) -> Outcome {
        let kept = Path::new("fuzz/corpus").join(self.corpus);
        let found = target.join("found").join(self.corpus);
        let artifacts = Path::new("fuzz/artifacts").join(self.corpus);
        for folder in [&found, &artifacts] {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        let program = self.program(target)?;
        println!("{}: {minutes} min", self.corpus);
        let mut fuzzer = Command::new(&program);
        fuzzer
            .arg(format!("-max_total_time={}", minutes * 60))
            .arg(format!("-max_len={}", self.longest))
            .arg(format!("-rss_limit_mb={}", self.memory_mb))
            .arg(format!("-malloc_limit_mb={}", self.allocation_mb))
            .arg(format!("-timeout={TIMEOUT_S}"))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .args(["-verbosity=0", "-print_final_stats=1"])
            .args([&found, &kept]);
        run(&mut fuzzer)?;
        if keep {
            let mut merge = Command::new(&program);
            run(merge
                .args(["-merge=1", "-verbosity=0"])
                .args([&kept, &found]))?;
        }
        Ok(())
    }

    fn program(&self, target: &Path) -> Result<PathBuf, String> {
        let version = output(Command::new("rustc").arg("-vV"))?;
        let host = version
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .ok_or("rustc names no host")?;
        Ok(target.join(host).join("release").join(self.target))
    }
}

/// Sanitizers are for nightly compilers; the pinned one has them too when it is told to be one.
fn cargo_fuzz(target: &Path) -> Command {
    let mut command = cargo();
    command
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", target);
    command
}
