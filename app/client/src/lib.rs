//! The WASM entry point: brings the islands of a page to life.

#![recursion_limit = "512"]

use wasm_bindgen::prelude::wasm_bindgen;
// The islands are exported by name.
use lungsight_app as _;

/// Prepares for the islands. Called by the script that `HydrationScripts` puts into every page that has some.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
