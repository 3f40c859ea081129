//! The result of one analysis.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::components::alive::Alive;
use crate::islands::result_view::ResultView;
use crate::locale::path;
use crate::request;
use crate::texts::{pacs, result};

/// The page `/diagnosis/{id}`.
#[component]
pub fn ResultPage() -> impl IntoView {
    request::not_stored();
    let id = use_params_map().with_untracked(|params| params.get("id"));
    let backend = request::backend().zip(id);
    let is_storable = backend
        .as_ref()
        .is_some_and(|(backend, id)| backend.is_storable(id));
    let stored = use_query_map().with_untracked(|query| query.get("stored")?.parse::<usize>().ok());
    let analysis = backend.and_then(|(backend, id)| backend.analysis(&id));
    match analysis {
        Some(analysis) => view! {
            <Title text=result::title()/>
            <h1>{result::title()}</h1>
            {stored.map(|files| view! { <p role="status" class="notice">{pacs::stored(files)}</p> })}
            {is_storable.then(|| view! { <Store id=analysis.id.clone()/> })}
            <ResultView analysis/>
            <Alive/>
        }
        .into_any(),
        None => view! { <Unknown/> }.into_any(),
    }
}

/// Puts the result into the archive that the series came from; not there while that goes on, and once it is done.
#[component]
fn Store(id: String) -> impl IntoView {
    view! {
        <form method="post" action=path(&format!("/diagnosis/{id}/store")) class="store">
            <button class="button plain">{pacs::store()}</button>
            <p class="quiet">{pacs::store_lead()}</p>
        </form>
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
