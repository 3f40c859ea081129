//! The page images.

use leptos::prelude::*;

/// The page.
#[component]
pub fn Images() -> impl IntoView {
    view! { <h1>"Images"</h1> }
}
