//! An analysis as a page: the patient's result, a table of slices, what failed, the report.

use leptos::html::{Div, Input};
use leptos::prelude::*;

use super::slice_table::SliceTable;
use crate::analysis::{Analysis, PatientResult, SliceError, SliceResult};
use crate::components::caution::Caution;
use crate::components::class_bars::ClassBars;
use crate::components::heat_scale::HeatScale;
use crate::words::{count, minute, sentence};

/// How strongly the heatmap covers the slice at first, in per cent; `style/60-result.css` starts with the same.
const OPACITY_PERCENT: u8 = 60;

/// The whole result.
#[island]
pub fn ResultView(analysis: Analysis) -> impl IntoView {
    let Analysis {
        id,
        created,
        device,
        model,
        slices,
        patient,
        ..
    } = analysis;
    let mut read = Vec::new();
    let mut failed = Vec::new();
    for (index, slice) in slices.into_iter().enumerate() {
        match slice {
            SliceResult::Read(slice) => read.push((index + 1, slice)),
            SliceResult::Failed(error) => failed.push(error),
        }
    }
    let api = format!("/api/v1/analyses/{id}");
    let stage = NodeRef::<Div>::new();
    view! {
        <Caution/>
        <dl class="facts">
            <div><dt>"Analysed"</dt><dd><time datetime=created.clone()>{minute(&created)}</time></dd></div>
            <div><dt>"Slices"</dt><dd>{count(read.len(), "slice")}</dd></div>
            <div><dt>"Model"</dt><dd>{model}</dd></div>
            <div><dt>"Device"</dt><dd>{device}</dd></div>
        </dl>
        <p class="actions">
            <a class="button" href=format!("{api}/report.docx") download rel="external">"Download Word report"</a>
            <a class="button plain" href="/diagnosis">"Analyse more slices"</a>
        </p>
        {patient.map(|patient| view! { <Patient patient slices=read.len()/> })}
        <Failed failed/>
        <div class="results" node_ref=stage>
            {(!read.is_empty()).then(|| view! { <HeatControls stage/> })}
            <SliceTable slices=read/>
        </div>
        <p class="quiet">
            "This result as "
            <a href=format!("{api}/results.csv") download rel="external">"CSV"</a>
            " or "
            <a href=api rel="external">"JSON"</a>
        </p>
    }.into_any()
}

#[component]
fn Patient(patient: PatientResult, slices: usize) -> impl IntoView {
    view! {
        <section class="patient" aria-labelledby="patient-heading">
            <h2 id="patient-heading">"Patient"</h2>
            <ClassBars
                predicted=patient.predicted
                probabilities=patient.probabilities
                inconclusive=patient.inconclusive
            />
            <p class="quiet">{format!("From {}, taken together.", count(slices, "slice"))}</p>
        </section>
    }
}

#[component]
fn Failed(failed: Vec<SliceError>) -> impl IntoView {
    (!failed.is_empty()).then(|| {
        let row = |file: SliceError| view! { <li><strong>{file.name}</strong> ": " {sentence(&file.error)}</li> };
        view! {
            <section class="notice bad" aria-labelledby="failed-heading">
                <h2 id="failed-heading">{format!("{} not analysed", count(failed.len(), "file"))}</h2>
                <ul>{failed.into_iter().map(row).collect_view()}</ul>
            </section>
        }
    })
}

/// Switch, opacity and scale of the heatmaps, for all slices at once. The switch works without a script.
#[component]
fn HeatControls(stage: NodeRef<Div>) -> impl IntoView {
    let slider = NodeRef::<Input>::new();
    let percent = RwSignal::new(OPACITY_PERCENT);
    let hydrated = RwSignal::new(false);
    Effect::new(move |_| hydrated.set(true));
    Effect::new(move |_| {
        if let Some(stage) = stage.get() {
            let opacity = f64::from(percent.get()) / 100.0;
            // Through the CSSOM: a style attribute would be blocked by the page's policy.
            let _ = web_sys::HtmlElement::style(&stage)
                .set_property("--heat-opacity", &opacity.to_string());
        }
    });
    let set = move |event| {
        if let Ok(value) = event_target_value(&event).parse() {
            percent.set(value);
        }
    };
    view! {
        <div class="heat-controls" role="group" aria-label="Heatmap">
            <p class="choice">
                <input type="checkbox" id="heat-shown" checked/>
                <label for="heat-shown">"Heatmap"</label>
            </p>
            <Show when=move || hydrated.get()>
                <label class="slider">
                    <span>"Opacity " <span class="value">{move || format!("{} %", percent.get())}</span></span>
                    <input
                        node_ref=slider
                        type="range"
                        min="0"
                        max="100"
                        prop:value=move || percent.get().to_string()
                        on:input=set
                    />
                </label>
            </Show>
            <HeatScale/>
        </div>
    }.into_any()
}
