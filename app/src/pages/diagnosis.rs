//! Online diagnosis: from files to a result.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::components::alive::Alive;
use crate::components::downloads::Downloads;
use crate::islands::diagnosis::DiagnosisForm;
use crate::locale::path;
use crate::request;
use crate::texts::{diagnosis, pacs};

/// The page.
#[component]
pub fn Diagnosis() -> impl IntoView {
    let example = use_query_map().with_untracked(|query| query.get("example"));
    let backend = request::backend();
    let has_pacs = backend.as_ref().is_some_and(|backend| backend.has_pacs());
    let (most_slices, most_pixels) = backend.map_or((usize::MAX, u64::MAX), |backend| {
        (backend.most_slices(), backend.most_pixels())
    });
    view! {
        <Title text=diagnosis::title()/>
        <h1>{diagnosis::title()}</h1>
        <p class="lead">{diagnosis::lead()}</p>
        {has_pacs.then(|| view! {
            <p><a class="button plain" href=path("/pacs") rel="external">{pacs::title()}</a></p>
        })}
        <DiagnosisForm example most_slices most_pixels/>
        <p class="quiet">
            {diagnosis::nothing_leaves()}
            <a href=path("/risk")>{diagnosis::about_the_risk()}</a>
            {diagnosis::nothing_leaves_after()}
        </p>
        <Downloads/>
        <Alive/>
    }
}
