//! The page introduction.

use leptos::prelude::*;

/// The page.
#[component]
pub fn Introduction() -> impl IntoView {
    view! { <h1>"Introduction"</h1> }
}
