//! The browser's part: WASM, its JavaScript, style sheet and public files, in `dist/site`.
//!
//! Done here rather than with cargo-leptos, which takes longer to install than everything else takes to build; the
//! wasm-bindgen used is a library of the version in Cargo.lock, so the two can't differ.

use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_bindgen_cli_support::Bindgen;

use crate::process::{Outcome, cargo, output, run, stage, target_directory};
use crate::tools;

/// The site's folder, as the server knows it.
pub const SITE: &str = "dist/site";

/// Name of the files in `pkg`; the pages ask for it (LEPTOS_OUTPUT_NAME).
const NAME: &str = "lungsight";

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
pub fn build() -> Outcome {
    tools::wasm_target()?;
    let target = target_directory()?;
    stage("browser part (WASM)", || {
        run(cargo().args([
            "build",
            "--package=lungsight-client",
            "--target=wasm32-unknown-unknown",
            "--profile=wasm",
        ]))
    })?;
    let built = target.join("wasm32-unknown-unknown/wasm/lungsight_client.wasm");
    let pkg = Path::new(SITE).join("pkg");
    create(&pkg)?;
    if is_older(&pkg.join(format!("{NAME}.wasm")), &built) {
        stage("wasm-bindgen and wasm-opt", || bind(&built, &pkg, &target))?;
    }
    join_styles(Path::new("style"), &pkg.join(format!("{NAME}.css")))?;
    copy_folder(Path::new("public"), Path::new(SITE))?;
    name_the_build(Path::new(SITE))
}

/// Puts a fingerprint of the site's files, and of the commit that the server's pages come from, into the service worker:
/// browsers fetch what they keep for offline use anew when it changes.
fn name_the_build(site: &Path) -> Outcome {
    let worker = site.join("sw.js");
    let read = |path: &Path| std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()));
    let mut hasher = std::hash::DefaultHasher::new();
    let mut kept = files(&site.join("pkg"))?;
    kept.extend(files(site)?.into_iter().filter(|path| path.is_file()));
    kept.sort();
    for path in &kept {
        read(path)?.hash(&mut hasher);
    }
    let commit = output(Command::new("git").args(["rev-parse", "HEAD"])).unwrap_or_default();
    commit.hash(&mut hasher);
    let text = String::from_utf8(read(&worker)?).map_err(|e| format!("sw.js: {e}"))?;
    let named = text.replace("BUILD", &format!("{:016x}", hasher.finish()));
    std::fs::write(&worker, named).map_err(|e| format!("{}: {e}", worker.display()))
}

fn bind(built: &Path, pkg: &Path, target: &Path) -> Outcome {
    let scratch = target.join("xtask-bindgen");
    create(&scratch)?;
    Bindgen::new()
        .input_path(built)
        .out_name(NAME)
        .web(true)
        .and_then(|bindgen| {
            bindgen
                .typescript(false)
                .remove_name_section(true)
                .generate(&scratch)
        })
        .map_err(|e| format!("wasm-bindgen: {e:#}"))?;
    let bound = scratch.join(format!("{NAME}_bg.wasm"));
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
    copy(
        &scratch.join(format!("{NAME}.js")),
        &pkg.join(format!("{NAME}.js")),
    )?;
    let snippets = scratch.join("snippets");
    if snippets.is_dir() {
        copy_folder(&snippets, &pkg.join("snippets"))?;
    }
    // Last: its time tells whether all of this is up to date.
    copy(
        if optimised { &small } else { &bound },
        &pkg.join(format!("{NAME}.wasm")),
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

fn copy_folder(from: &Path, to: &Path) -> Outcome {
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

fn copy(from: &Path, to: &Path) -> Outcome {
    std::fs::copy(from, to)
        .map(drop)
        .map_err(|e| format!("{} to {}: {e}", from.display(), to.display()))
}

/// Whether `made` is missing or older than `source`.
fn is_older(made: &Path, source: &Path) -> bool {
    let time = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified()).ok();
    time(made) < time(source)
}
