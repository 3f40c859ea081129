//! Online diagnosis: from files to a result.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::components::alive::Alive;
use crate::islands::diagnosis::DiagnosisForm;

/// The page.
#[component]
pub fn Diagnosis() -> impl IntoView {
    let example = use_query_map().with_untracked(|query| query.get("example"));
    view! {
        <Title text="Online diagnosis"/>
        <h1>"Online diagnosis"</h1>
        <p class="lead">
            "Choose axial chest CT slices. Lungsight finds the lungs, then tells healthy lungs, common pneumonia and \
             COVID-19 apart and shows where it looked."
        </p>
        <DiagnosisForm example/>
        <p class="quiet">
            "Until you press the button nothing leaves this device. What is sent, and what happens to it: "
            <a href="/risk">"about the risk"</a> "."
        </p>
        <Alive/>
    }
}
