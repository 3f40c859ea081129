//! The WASM entry point: hydrates the pages that the server rendered.

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the page. Called by the script that `HydrationScripts` puts into every page.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(lungsight_app::App);
}
