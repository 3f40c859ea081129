//! A patient's result, and what it stands on.

use leptos::prelude::*;

use crate::analysis::PatientResult;
use crate::components::class_bars::ClassBars;
use crate::texts::{common, result};
use crate::words::{self, percent, stem};

/// The class with its probabilities, the slices that carried it, and plain figures.
#[component]
pub fn Patient(
    patient: PatientResult,
    /// The names of all files, in the order in which `patient` counts them.
    names: Vec<String>,
    /// How many slices it comes from.
    slices: usize,
    /// Hears which slice, from 1, is to be looked at, before the browser goes there.
    on_look: impl Fn(usize) + Copy + 'static,
) -> impl IntoView {
    let PatientResult {
        predicted,
        probabilities,
        inconclusive,
        interval,
        key_slices,
        heat_share,
        dense_share,
    } = patient;
    let key: Vec<_> = key_slices
        .into_iter()
        .map(|place| {
            let number = place + 1;
            let name = names.get(place).map_or_else(|| number.to_string(), |name| stem(name).to_owned());
            view! { <a href=format!("#slice-{number}") rel="external" on:click=move |_| on_look(number)>{name}</a> " " }
        })
        .collect();
    let has_figures = heat_share.is_some() || dense_share.is_some();
    let interval =
        interval.map(|ends| view! { <p class="quiet">{words::interval(predicted, ends)}</p> });
    view! {
        <section class="patient" aria-labelledby="patient-heading">
            <h2 id="patient-heading">{result::patient()}</h2>
            <ClassBars predicted probabilities inconclusive/>
            <p class="quiet">{result::taken_together(common::slices(slices))}</p>
            {interval}
            {(!key.is_empty()).then(|| view! { <p class="key-slices">{result::key_slices()} {key}</p> })}
            {has_figures.then(|| view! {
                <details>
                    <summary>{result::stands_on()}</summary>
                    {heat_share.map(|share| view! { <p>{result::heat_takes(percent(share))}</p> })}
                    {dense_share.map(|share| view! { <p>{result::dense_takes(percent(share))}</p> })}
                </details>
            })}
        </section>
    }
}
