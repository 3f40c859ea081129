//! The page reference.

use leptos::prelude::*;

/// The page.
#[component]
pub fn Reference() -> impl IntoView {
    view! { <h1>"Reference"</h1> }
}
