//! The page for addresses that lead nowhere.

use leptos::prelude::*;

use crate::load;

/// The page, with status 404.
#[component]
pub fn NotFound() -> impl IntoView {
    load::not_found();
    view! { <h1>"No such page"</h1> }
}
