//! The page home.

use leptos::prelude::*;

/// The page.
#[component]
pub fn Home() -> impl IntoView {
    view! { <h1>"Home"</h1> }
}
