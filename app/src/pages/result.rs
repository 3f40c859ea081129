//! The result of one analysis.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::backend::InArchive;
use crate::components::alive::Alive;
use crate::components::caution::Caution;
use crate::components::evaluation::weaknesses;
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
    let in_archive = backend
        .as_ref()
        .and_then(|(backend, id)| backend.in_archive(id));
    let evaluation = backend
        .as_ref()
        .and_then(|(backend, _)| backend.evaluation());
    let weak = evaluation.as_ref().map_or_else(Vec::new, weaknesses);
    let analysis = backend.and_then(|(backend, id)| backend.analysis(&id));
    match analysis {
        Some(analysis) => view! {
            <Title text=result::title()/>
            <h1>{result::title()}</h1>
            <Caution/>
            {in_archive.map(|state| view! { <Store id=analysis.id.clone() state/> })}
            {(!weak.is_empty()).then(|| view! {
                <p role="note" class="notice">
                    {weak.into_iter().map(|line| view! { {line} " " }).collect_view()}
                    <a href=path("/introduction")>{result::how_often_right()}</a>
                </p>
            })}
            <ResultView analysis/>
            <Alive/>
        }
        .into_any(),
        None => view! { <Unknown/> }.into_any(),
    }
}

/// Puts the result into the archive that the series came from, once, and says that it is there.
#[component]
fn Store(id: String, state: InArchive) -> impl IntoView {
    let notice = |text: String| view! { <p role="status" class="notice">{text}</p> }.into_any();
    match state {
        InArchive::Storable => view! {
            <form method="post" action=path(&format!("/diagnosis/{id}/store")) class="store">
                <button class="button plain">{pacs::store()}</button>
                <p class="quiet">{pacs::store_lead()}</p>
            </form>
        }
        .into_any(),
        InArchive::BeingStored => notice(pacs::being_stored().to_string()),
        InArchive::Stored { files } => notice(pacs::stored(files).to_string()),
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
