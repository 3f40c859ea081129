//! The page for addresses that lead nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::frame::Framed;
use crate::request;

/// The page, with status 404. No route leads here, so it brings its frame along.
#[component]
pub fn NotFound() -> impl IntoView {
    request::not_found();
    view! {
        <Title text="No such page"/>
        <Framed>
            <h1>"No such page"</h1>
            <p class="lead">"This address leads nowhere. The menu leads to every page there is."</p>
            <p class="actions"><a class="button" href="/">"To the home page"</a></p>
        </Framed>
    }
}
