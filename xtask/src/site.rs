//! The browser's part: WASM modules, their JavaScript, style sheet and public files, in `dist/site`.
//!
//! Done here rather than with cargo-leptos, which takes longer to install than everything else takes to build; the
//! wasm-bindgen used is a library of the version in Cargo.lock, so the two can't differ.

use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_bindgen_cli_support::Bindgen;

use crate::process::{Outcome, cargo, output, run, stage, target_directory};
use crate::{compress, tools};

/// The site's folder, as the server knows it.
pub const SITE: &str = "dist/site";

/// A WASM module of the site: its package, and the name of its files.
struct Module {
    package: &'static str,
    /// The pages ask for the client's by name (LEPTOS_OUTPUT_NAME), `worker.js` and `reader.js` for the workers'.
    name: &'static str,
    /// The script that starts it.
    script: &'static str,
}

const MODULES: [Module; 3] = [
    Module {
        package: "lungsight-client",
        name: "lungsight",
        script: "app/client/start.js",
    },
    Module {
        package: "lungsight-worker",
        name: "masking",
        script: "app/worker/worker.js",
    },
    Module {
        package: "lungsight-reader",
        name: "reading",
        script: "app/reader/reader.js",
    },
];

/// What rustc's WASM uses. All of wasm-opt's features would let it write what no browser reads yet.
const WASM_FEATURES: [&str; 8] = [
    "bulk-memory",
    "bulk-memory-opt",
    "call-indirect-overlong",
    "multivalue",
    "mutable-globals",
    "nontrapping-float-to-int",
    "reference-types",
    "sign-ext",
];

/// Builds what changed.
///
/// The files that a build makes lie in `pkg/<fingerprint>`, so that browsers may keep them for good; `pkg/build` tells the
/// server which folder it is.
pub fn build() -> Outcome {
    tools::wasm_target()?;
    let target = target_directory()?;
    stage("browser part (WASM)", || {
        // One after the other: together, each would get the features of all.
        MODULES.iter().try_for_each(|module| {
            run(cargo()
                .args(["build", "--package", module.package])
                .args(["--target=wasm32-unknown-unknown", "--profile=wasm"]))
        })
    })?;
    let made = target.join("xtask-site");
    create(&made)?;
    for module in &MODULES {
        let file = format!("{}.wasm", module.package.replace('-', "_"));
        let built = target.join("wasm32-unknown-unknown/wasm").join(file);
        if is_older(&made.join(format!("{}.wasm", module.name)), &built) {
            let title = format!("wasm-bindgen and wasm-opt ({})", module.name);
            stage(&title, || bind(module, &built, &made, &target))?;
        }
        let script = Path::new(module.script);
        copy(script, &made.join(script.file_name().unwrap_or_default()))?;
    }
    join_styles(Path::new("style"), &made.join("lungsight.css"))?;

    let site = Path::new(SITE);
    let fingerprint = fingerprint(&[&made, Path::new("public")])?;
    let pkg = site.join("pkg");
    let folder = pkg.join(&fingerprint);
    if !folder.join("lungsight.wasm.br").exists() {
        clear(&pkg)?;
        copy_folder(&made, &folder)?;
        stage("compressing", || compress::folder(&folder))?;
    }
    write(&pkg.join("build"), fingerprint.as_bytes())?;
    copy_folder(Path::new("public"), site)?;
    // What is kept for offline use names the build.
    for file in ["sw.js", "offline.html"] {
        let path = site.join(file);
        let text =
            std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        write(&path, text.replace("BUILD", &fingerprint).as_bytes())?;
    }
    Ok(())
}

/// Of everything in the folders, and of the commit that the server's pages come from: browsers fetch what they keep for
/// offline use anew when it changes.
fn fingerprint(folders: &[&Path]) -> Result<String, String> {
    let mut hasher = std::hash::DefaultHasher::new();
    for folder in folders {
        let mut paths = files(folder)?;
        paths.retain(|path| path.is_file());
        paths.sort();
        for path in paths {
            path.file_name().hash(&mut hasher);
            std::fs::read(&path)
                .map_err(|e| format!("{}: {e}", path.display()))?
                .hash(&mut hasher);
        }
    }
    let commit = output(Command::new("git").args(["rev-parse", "HEAD"])).unwrap_or_default();
    commit.hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

fn bind(module: &Module, built: &Path, made: &Path, target: &Path) -> Outcome {
    let name = module.name;
    let scratch = target.join("xtask-bindgen").join(name);
    create(&scratch)?;
    Bindgen::new()
        .input_path(built)
        .out_name(name)
        .web(true)
        .and_then(|bindgen| {
            bindgen
                .typescript(false)
                .remove_name_section(true)
                .generate(&scratch)
        })
        .map_err(|e| format!("wasm-bindgen: {e:#}"))?;
    let bound = scratch.join(format!("{name}_bg.wasm"));
    let small = scratch.join("small.wasm");
    let optimised = tools::wasm_opt(&target.join("xtask-tools")).is_some_and(|program| {
        let result = run(Command::new(program)
            .args(["-Oz"])
            .args(WASM_FEATURES.map(|feature| format!("--enable-{feature}")))
            .arg("-o")
            .arg(&small)
            .arg(&bound));
        if let Err(reason) = &result {
            println!("{reason}: the WASM stays larger than it need be");
        }
        result.is_ok()
    });
    let script = format!("{name}.js");
    copy(&scratch.join(&script), &made.join(&script))?;
    let snippets = scratch.join("snippets");
    if snippets.is_dir() {
        copy_folder(&snippets, &made.join("snippets"))?;
    }
    // Last: its time tells whether all of this is up to date.
    copy(
        if optimised { &small } else { &bound },
        &made.join(format!("{name}.wasm")),
    )
}

/// One style sheet, the parts in order of their names.
pub fn join_styles(folder: &Path, out: &Path) -> Outcome {
    if let Some(parent) = out.parent() {
        create(parent)?;
    }
    let mut parts = files(folder)?;
    parts.retain(|path| path.extension().is_some_and(|extension| extension == "css"));
    parts.sort();
    let mut joined = String::new();
    for part in parts {
        joined +=
            &std::fs::read_to_string(&part).map_err(|e| format!("{}: {e}", part.display()))?;
    }
    std::fs::write(out, joined).map_err(|e| format!("{}: {e}", out.display()))
}

/// Removes what earlier builds left.
pub fn clear(folder: &Path) -> Outcome {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{}: {e}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Outcome {
    std::fs::write(path, bytes).map_err(|e| format!("{}: {e}", path.display()))
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) -> Outcome {
    create(to)?;
    for path in files(from)? {
        let Some(name) = path.file_name() else {
            continue;
        };
        let out = to.join(name);
        if path.is_dir() {
            copy_folder(&path, &out)?;
        } else {
            copy(&path, &out)?;
        }
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let listing = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    listing
        .map(|entry| entry.map(|entry| entry.path()).map_err(|e| e.to_string()))
        .collect()
}

fn create(folder: &Path) -> Outcome {
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))
}

/// Copies a file.
pub fn copy(from: &Path, to: &Path) -> Outcome {
    std::fs::copy(from, to)
        .map(drop)
        .map_err(|e| format!("{} to {}: {e}", from.display(), to.display()))
}

/// Whether `made` is missing or older than `source`.
fn is_older(made: &Path, source: &Path) -> bool {
    let time = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified()).ok();
    time(made) < time(source)
}
