//! The result of one analysis.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::components::alive::Alive;
use crate::islands::result_view::ResultView;
use crate::locale::path;
use crate::request;
use crate::texts::result;

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
            <Title text=result::title()/>
            <h1>{result::title()}</h1>
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
        <Title text=result::no_such()/>
        <h1>{result::no_such()}</h1>
        <p class="lead">{result::no_such_lead()}</p>
        <p><a class="button" href=path("/diagnosis")>{result::analyse_slices()}</a></p>
    }
}
