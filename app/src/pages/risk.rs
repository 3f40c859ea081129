//! The page risk.

use leptos::prelude::*;

/// The page.
#[component]
pub fn Risk() -> impl IntoView {
    view! { <h1>"Risk"</h1> }
}
