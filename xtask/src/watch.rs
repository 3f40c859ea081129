//! Development: rebuild and reload at every change.

use std::path::Path;

use crate::process::{Outcome, cargo, run};
use crate::{site, tools};

/// `cargo leptos watch`, configured in the root manifest. It takes one style sheet: ours are joined when it starts.
pub fn watch() -> Outcome {
    site::join_styles(Path::new("style"), Path::new("target/style.css"))?;
    tools::wasm_target()?;
    tools::cargo_leptos()?;
    run(cargo().args(["leptos", "watch"]))
}
