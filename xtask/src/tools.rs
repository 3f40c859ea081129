//! What the commands need beyond cargo, installed where missing.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Outcome, cargo, is_there, output, run, target_directory};

/// npm's package with wasm-opt, pinned.
const BINARYEN: &str = "binaryen@132.0.0";

/// cargo-leptos, for `watch` alone. Newer ones ask for a newer rustc than the pinned one.
const CARGO_LEPTOS: &str = "0.3.10";

/// cargo-fuzz, for `fuzz` alone.
const CARGO_FUZZ: &str = "0.13.2";

/// oha, for `bench-serve` and `soak` alone.
const OHA: &str = "1.16.0";

/// Schemathesis, for `check-api` alone.
const SCHEMATHESIS: &str = "4.32.5";

/// The standard library for WASM.
pub fn wasm_target() -> Outcome {
    const TARGET: &str = "wasm32-unknown-unknown";
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let library = Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET);
    if library.is_dir() {
        return Ok(());
    }
    println!("installing the Rust target {TARGET}");
    run(Command::new("rustup").args(["target", "add", TARGET]))
}

/// wasm-opt: the machine's own, or npm's. `None`, with a message, where neither can be had: the site works without it,
/// its WASM is only larger.
pub fn wasm_opt(tools: &Path) -> Option<PathBuf> {
    let own = PathBuf::from("wasm-opt");
    if is_there(&own) {
        return Some(own);
    }
    let installed = tools.join("node_modules/.bin").join(executable("wasm-opt"));
    if is_there(&installed) {
        return Some(installed);
    }
    if !is_there(npm()) {
        println!("neither wasm-opt nor npm is there: the WASM stays larger than it need be");
        return None;
    }
    println!("installing {BINARYEN} (wasm-opt) into {}", tools.display());
    let install = std::fs::create_dir_all(tools)
        .map_err(|e| e.to_string())
        .and_then(|()| {
            run(Command::new(npm())
                .args([
                    "install",
                    "--no-audit",
                    "--no-fund",
                    "--loglevel=error",
                    "--prefix",
                ])
                .arg(tools)
                .arg(BINARYEN))
        });
    match install {
        Ok(()) => Some(installed),
        Err(reason) => {
            println!("{reason}: the WASM stays larger than it need be");
            None
        }
    }
}

/// The browser tests' Node packages, as locked.
pub fn node_packages() -> Outcome {
    if !is_there(npm()) {
        install_debian(&["nodejs", "npm"])?;
    }
    let folder = Path::new("end2end");
    let installed = folder.join("node_modules/.package-lock.json");
    let is_newer = |a: &Path, b: &Path| {
        let time = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified()).ok();
        time(a) >= time(b)
    };
    if installed.is_file() && is_newer(&installed, &folder.join("package-lock.json")) {
        return Ok(());
    }
    println!("installing the browser tests' Node packages");
    run(Command::new(npm())
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
        .current_dir(folder))
}

/// A Chromium to test with: the machine's, Debian's, or Playwright's own (`None`: Playwright knows where).
pub fn chromium() -> Result<Option<PathBuf>, String> {
    let given = std::env::var_os("CHROMIUM_PATH").map(PathBuf::from);
    let known = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ]
    .map(PathBuf::from);
    let found = |candidates: Vec<PathBuf>| {
        candidates
            .into_iter()
            .find_map(|program| absolute(&program))
    };
    if let Some(program) = found(given.into_iter().chain(known.clone()).collect()) {
        return Ok(Some(program));
    }
    if install_debian(&["chromium"]).is_ok() {
        return Ok(found(known.to_vec()));
    }
    println!("installing Playwright's Chromium");
    run(Command::new(executable("npx"))
        .args(["playwright", "install", "--with-deps", "chromium"])
        .current_dir("end2end"))?;
    Ok(None)
}

/// cargo-leptos, built where missing (about 20 minutes on two cores).
pub fn cargo_leptos() -> Outcome {
    if is_there("cargo-leptos") {
        return Ok(());
    }
    println!("installing cargo-leptos {CARGO_LEPTOS}; this takes a while");
    run(cargo()
        .args([
            "install",
            "cargo-leptos",
            "--locked",
            "--features",
            "no_downloads",
        ])
        .args(["--version", CARGO_LEPTOS]))
}

/// cargo-fuzz, built where missing (about a minute).
pub fn cargo_fuzz() -> Outcome {
    if is_there("cargo-fuzz") {
        return Ok(());
    }
    println!("installing cargo-fuzz {CARGO_FUZZ}");
    run(cargo().args(["install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ]))
}

/// The load generator, built where missing (about ten minutes).
pub fn oha() -> Outcome {
    if is_there("oha") {
        return Ok(());
    }
    println!("installing oha {OHA}");
    run(cargo()
        .args(["install", "oha", "--locked", "--version", OHA])
        .args(["--no-default-features", "--features=rustls"]))
}

/// An Orthanc with its DICOMweb plugin and a verifier of DICOM files, for the tests of `crates/dicom` and
/// `server/tests/pacs.rs`: Debian's. Where they can't be had, those tests say that they are skipped; in CI (`CI=true`) they fail.
pub fn orthanc() -> Outcome {
    let is_installed = |path: &str| Path::new(path).is_file();
    let server = "/usr/sbin/Orthanc";
    let plugin = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";
    let had_server = is_installed(server);
    if had_server && is_installed(plugin) && is_installed("/usr/bin/dciodvfy") {
        return Ok(());
    }
    if let Err(reason) = install_debian(&["orthanc", "orthanc-dicomweb", "dicom3tools"]) {
        println!("{reason}: exchange with an Orthanc is not tested");
        return Ok(());
    }
    // Debian starts it as a service where services are started; the tests start one of their own.
    if !had_server && let Err(reason) = run(as_root("service").args(["orthanc", "stop"])) {
        println!("{reason}: an Orthanc may be running");
    }
    Ok(())
}

/// Schemathesis, in a Python environment of its own below the target directory.
pub fn schemathesis() -> Result<PathBuf, String> {
    let environment = target_directory()?.join(format!("xtask-schemathesis-{SCHEMATHESIS}"));
    let programs = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let program = programs.join("schemathesis");
    if is_there(&program) {
        return Ok(program);
    }
    println!("installing schemathesis {SCHEMATHESIS}");
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    run(Command::new(python).args(["-m", "venv"]).arg(&environment))?;
    run(Command::new(programs.join("pip"))
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .arg(format!("schemathesis=={SCHEMATHESIS}")))?;
    Ok(program)
}

/// Mesa's Vulkan for processors, on which the kernels for GPUs are tested; `false` where it cannot be had: those tests are passed
/// over then, unless there is another adapter.
pub fn software_vulkan() -> Result<bool, String> {
    let is_there = || {
        let drivers = std::fs::read_dir("/usr/share/vulkan/icd.d").into_iter();
        let mut names = drivers.flatten().flatten().map(|file| file.file_name());
        names.any(|name| name.to_string_lossy().starts_with("lvp_icd"))
    };
    if !is_there()
        && let Err(reason) = install_debian(&["mesa-vulkan-drivers", "libvulkan1"])
    {
        println!("{reason}: kernels for GPUs are tested where wgpu finds an adapter");
    }
    Ok(is_there())
}

/// PostgreSQL's programs: the tests start a server of their own.
pub fn postgresql() -> Outcome {
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut debian = debian.flatten().map(|version| version.path());
    if debian.any(|version| version.join("bin/postgres").is_file()) || is_there("postgres") {
        return Ok(());
    }
    if cfg!(target_os = "macos") {
        return Err("please install PostgreSQL: brew install postgresql".into());
    }
    install_debian(&["postgresql"])
}

/// Debian's packages, where we may install them.
fn install_debian(packages: &[&str]) -> Outcome {
    if !is_there("apt-get") {
        return Err(format!("please install {}", packages.join(" and ")));
    }
    println!("installing {} with apt-get", packages.join(" and "));
    let apt = |arguments: &[&str]| {
        run(as_root("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update", "-qq"])?;
    apt(&[&["install", "-y", "-qq"], packages].concat())
}

/// A program with root's rights, by sudo if we are somebody else.
fn as_root(program: &str) -> Command {
    if output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    sudo.args(["-n", program]);
    sudo
}

/// The program's path, if it is on the search path or already a path to a file.
fn absolute(program: &Path) -> Option<PathBuf> {
    if program.is_absolute() {
        return program.is_file().then(|| program.to_owned());
    }
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// npm's name here.
pub fn npm() -> String {
    executable("npm")
}

/// The name of a Node tool: a batch file on Windows.
pub fn executable(name: &str) -> String {
    if cfg!(windows) {
        format!("{name}.cmd")
    } else {
        name.into()
    }
}
