//! Development: rebuild and reload at every change.

use crate::process::{Outcome, cargo, run};
use crate::tools;

/// `cargo leptos watch`, configured in the root manifest.
pub fn watch() -> Outcome {
    tools::wasm_target()?;
    tools::cargo_leptos()?;
    run(cargo().args(["leptos", "watch"]))
}
