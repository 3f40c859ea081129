//! The page for addresses that lead nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::load;

/// The page, with status 404. It stands outside the frame: it belongs to no route.
#[component]
pub fn NotFound() -> impl IntoView {
    load::not_found();
    view! {
        <Title text="No such page"/>
        <main id="main" class="alone">
            <h1>"No such page"</h1>
            <p class="lead">"This address leads nowhere."</p>
            <p><a class="button" href="/">"To the home page"</a></p>
        </main>
    }
}
