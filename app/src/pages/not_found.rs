//! The page for addresses that lead nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::frame::Framed;
use crate::locale::path;
use crate::request;
use crate::texts::not_found;

/// The page, with status 404. No route leads here, so it brings its frame along.
#[component]
pub fn NotFound() -> impl IntoView {
    view! { <Framed><NoSuchPage/></Framed> }
}

/// The same in the frame of a route whose page this server does not have.
#[component]
pub fn NoSuchPage() -> impl IntoView {
    request::not_found();
    view! {
        <Title text=not_found::title()/>
        <h1>{not_found::title()}</h1>
        <p class="lead">{not_found::lead()}</p>
        <p class="actions"><a class="button" href=path("/")>{not_found::home()}</a></p>
    }
}
