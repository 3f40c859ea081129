//! The page diagnosis.

use leptos::prelude::*;

/// What the user has chosen so far; kept while the user looks at other pages.
#[derive(Clone)]
pub struct Session;

impl Session {
    pub fn new() -> Self {
        Self
    }
}

/// The page.
#[component]
pub fn Diagnosis() -> impl IntoView {
    view! { <h1>"Diagnosis"</h1> }
}
