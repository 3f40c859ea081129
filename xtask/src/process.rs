//! Running other programs, and saying so.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What every step of xtask gives: nothing, or a sentence that says what failed.
pub type Outcome = Result<(), String>;

/// All paths are relative to the repository's root. Cargo names it when it starts us: with one target directory for
/// several clones, what was compiled in may be another clone's.
pub fn to_repository_root() -> Outcome {
    let package =
        std::env::var_os("CARGO_MANIFEST_DIR").ok_or("please start this with `cargo xtask`")?;
    let root = Path::new(&package).join("..");
    std::env::set_current_dir(&root).map_err(|e| format!("{}: {e}", root.display()))
}

/// Cargo, as it started us, without what it told us of our own package: ring's build script is run anew whenever that
/// changes, and with it goes everything from TLS to the server, in every other clone and after every `cargo build` by hand.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let of_package = ["CARGO_PKG_", "CARGO_MANIFEST_"];
        if of_package
            .iter()
            .any(|start| name.to_string_lossy().starts_with(start))
        {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Outcome {
    let shown = format!("{command:?}");
    let status = command.status().map_err(|e| format!("{shown}: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{shown}: {status}"))
    }
}

/// The standard output of a command that succeeds.
pub fn output(command: &mut Command) -> Result<String, String> {
    let shown = format!("{command:?}");
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("{shown}: {e}"))?;
    if !output.status.success() {
        return Err(format!("{shown}: {}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program starts.
pub fn is_there(program: impl AsRef<Path>) -> bool {
    Command::new(program.as_ref())
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Does a step, and says its name and how long it took.
pub fn stage<T>(name: &str, step: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    println!("== {name}");
    let began = Instant::now();
    let result = step();
    let verdict = if result.is_ok() { "done" } else { "FAILED" };
    println!(
        "== {name}: {verdict} in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    result
}

/// Where cargo puts what it builds.
pub fn target_directory() -> Result<PathBuf, String> {
    let metadata =
        output(cargo().args(["metadata", "--format-version=1", "--no-deps", "--offline"]))?;
    let key = "\"target_directory\":\"";
    metadata
        .split_once(key)
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(path, _)| PathBuf::from(path.replace("\\\\", "\\")))
        .ok_or_else(|| "cargo metadata names no target directory".into())
}
