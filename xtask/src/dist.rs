//! `cargo xtask dist`: what is put on a server, as a folder and as an archive.
//!
//! The binary is the one that the tests ran, stripped: arithmetic that overflows stops a request there, not only here. What
//! takes the time is compiled at the highest level in either profile.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::process::{Outcome, is_there, output, run, stage};
use crate::{served, site};

/// Beside the site.
const FOLDER: &str = "dist/lungsight";

/// Beside binary, site and weights.
const PAPERS: [&str; 11] = [
    "README.md",
    "ARCHITECTURE.md",
    "BENCHMARKS.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "deny.toml",
    "deploy/lungsight.service",
    "deploy/without-gpu.conf",
    "deploy/Containerfile",
    "deploy/compose.yaml",
    "deploy/DEPLOYING.md",
];

/// Builds everything and puts it together.
pub fn dist() -> Outcome {
    site::build()?;
    let program = served::build()?;
    let folder = Path::new(FOLDER);
    site::clear(folder)?;
    site::copy_folder(Path::new("weights"), &folder.join("weights"))?;
    site::copy_folder(Path::new(site::SITE), &folder.join("site"))?;
    for paper in PAPERS.map(Path::new) {
        site::copy(paper, &folder.join(paper.file_name().unwrap_or_default()))?;
    }
    let binary = folder.join(program.file_name().unwrap_or_default());
    site::copy(&program, &binary)?;
    if is_there("strip") {
        run(Command::new("strip").arg(&binary))?;
    } else {
        println!("strip is not there: the binary stays larger than it need be");
    }
    let archive = stage("archive", || pack(folder))?;
    for path in [&binary, &archive] {
        println!("{}: {:.1} MB", path.display(), megabytes(path)?);
    }
    Ok(())
}

/// `dist/lungsight-VERSION-TARGET.tar.gz`, with one folder in it.
fn pack(folder: &Path) -> Result<PathBuf, String> {
    let version = output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("rustc names no host")?;
    let archive = PathBuf::from(format!(
        "dist/lungsight-{}-{host}.tar.gz",
        env!("CARGO_PKG_VERSION")
    ));
    let wrong = |e: std::io::Error| format!("{}: {e}", archive.display());
    let file = File::create(&archive).map_err(wrong)?;
    let mut tar = tar::Builder::new(GzEncoder::new(file, Compression::default()));
    tar.append_dir_all("lungsight", folder).map_err(wrong)?;
    let packed = tar.into_inner().map_err(wrong)?;
    packed.finish().map_err(wrong)?;
    Ok(archive)
}

fn megabytes(path: &Path) -> Result<f64, String> {
    let meta = fs::metadata(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(meta.len() as f64 / 1e6)
}
