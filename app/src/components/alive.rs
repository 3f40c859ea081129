//! What brings a page's islands to life.

use leptos::prelude::*;

/// Loads the WASM; stands once on a page that has islands, after them. Pages without islands load none.
#[component]
pub fn Alive() -> impl IntoView {
    use_context::<LeptosOptions>().map(|options| view! { <HydrationScripts options islands=true/> })
}
