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
    let is_storable = in_archive == Some(InArchive::Storable);
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
            {in_archive.and_then(told)}
            {(!weak.is_empty()).then(|| view! {
                <p role="note" class="notice">
                    {weak.into_iter().map(|line| view! { {line} " " }).collect_view()}
                    <a href=path("/introduction")>{result::how_often_right()}</a>
                </p>
            })}
            <ResultView analysis is_storable/>
            <Alive/>
        }
        .into_any(),
        None => view! { <Unknown/> }.into_any(),
    }
}

/// That the result is in the archive that the series came from, or on its way; nothing where it may be stored still.
fn told(state: InArchive) -> Option<impl IntoView> {
    let text = match state {
        InArchive::Storable => return None,
        InArchive::BeingStored => pacs::being_stored().to_owned(),
        InArchive::Stored { files } => pacs::stored(files),
    };
    Some(view! { <p role="status" class="notice">{text}</p> })
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
