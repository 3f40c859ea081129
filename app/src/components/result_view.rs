//! An analysis as a page: the patient's result, a table of slices, what failed, the report.

use leptos::html::{Div, Input};
use leptos::prelude::*;
use leptos_meta::Title;

use super::caution::Caution;
use super::class_bars::ClassBars;
use super::heat_scale::HeatScale;
use super::layers::Layers;
use crate::analysis::{Analysis, PatientResult, SliceAnalysis, SliceError, SliceResult};
use crate::words::{class_title, count, minute, sentence};

/// How strongly the heatmap covers the slice at first, in per cent; `style/60-result.css` starts with the same.
const OPACITY_PERCENT: u8 = 60;

/// The whole result.
#[component]
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
        <Title text="Result"/>
        <h1>"Result"</h1>
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
        <p class="quiet"><a href=api rel="external">"This result as JSON"</a></p>
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

/// Roles are given in full: on phones the rows are laid out as cards, and browsers then forget that it is a table.
#[component]
fn SliceTable(slices: Vec<(usize, SliceAnalysis)>) -> impl IntoView {
    (!slices.is_empty()).then(|| {
        let rows = slices
            .into_iter()
            .map(|(number, slice)| view! { <SliceRow number slice/> });
        view! {
            <table role="table" class="slice-table">
                <caption class="unseen">"Result per slice"</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Image"</th>
                        <th role="columnheader" scope="col">"Picture and heatmap"</th>
                        <th role="columnheader" scope="col">"Predicted type"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows.collect_view()}</tbody>
            </table>
        }
    })
}

#[component]
fn SliceRow(
    /// The slice's place among the files that were sent, from 1.
    number: usize,
    slice: SliceAnalysis,
) -> impl IntoView {
    let SliceAnalysis {
        name,
        predicted,
        probabilities,
        inconclusive,
        slice,
        heatmap,
        layers,
        ..
    } = slice;
    let alt = format!("Slice {name}");
    let heat_alt = format!("Heatmap of what spoke for {}", class_title(predicted));
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">
                <span class="slice-number">{number}</span>
                " "
                <span class="slice-name">{name}</span>
            </th>
            <td role="cell">
                <div class="overlay">
                    <img class="overlay-slice" src=slice alt=alt/>
                    <img class="overlay-heat" src=heatmap alt=heat_alt/>
                </div>
            </td>
            <td role="cell">
                <ClassBars predicted probabilities inconclusive/>
                <Layers link=layers/>
            </td>
        </tr>
    }
    .into_any()
}
