//! The result of one analysis.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::components::alive::Alive;
use crate::islands::result_view::ResultView;
use crate::request;

/// The page `/diagnosis/{id}`.
#[component]
pub fn ResultPage() -> impl IntoView {
    request::not_stored();
    let id = use_params_map().with_untracked(|params| params.get("id"));
    let analysis = request::backend()
        .zip(id)
        .and_then(|(backend, id)| backend.analysis(&id));
    match analysis {
        Some(analysis) => view! {
            <Title text="Result"/>
            <h1>"Result"</h1>
            <ResultView analysis/>
            <Alive/>
        }
        .into_any(),
        None => view! { <Unknown/> }.into_any(),
    }
}

/// There is no such analysis, or no longer.
#[component]
fn Unknown() -> impl IntoView {
    request::not_found();
    view! {
        <Title text="No such result"/>
        <h1>"No such result"</h1>
        <p class="lead">
            "There is no analysis with this address. Results are kept for a while only; after that, or when the server \
             was started again, the slices have to be analysed once more."
        </p>
        <p><a class="button" href="/diagnosis">"Analyse slices"</a></p>
    }
}
