//! What the weights in use reach, as their evaluation drew it.

use leptos::prelude::*;

use crate::request;

/// The figures that are shown, in this order, with what they say.
const FIGURES: [(&str, &str); 8] = [
    (
        "confusion-patients",
        "Patients never seen in training: what they have (rows) and what they were taken for (columns).",
    ),
    ("confusion-slices", "The same for their single slices."),
    (
        "roc-patients",
        "Patients: how many of a class are found against how many others are taken for it, at every threshold.",
    ),
    ("roc-slices", "The same for slices."),
    (
        "calibration",
        "Whether stated confidence is earned: on the diagonal, 80 % sure means right in 80 %.",
    ),
    (
        "coverage",
        "Accuracy when the least certain slices are left without an answer.",
    ),
    (
        "sources",
        "Accuracy by source: a network that knows scanners rather than disease would fail here.",
    ),
    (
        "deletion",
        "Whether heatmaps show what decides: certainty while the hottest pixels are taken away.",
    ),
];

/// The section, or nothing where the weights came without figures.
#[component]
pub fn Results() -> impl IntoView {
    let backend = request::backend()?;
    let present = backend.figures();
    let figures: Vec<_> = FIGURES
        .into_iter()
        .filter(|(name, _)| present.iter().any(|figure| figure == name))
        .map(|(name, says)| {
            view! {
                <figure>
                    <a href=format!("/figures/{name}.svg") rel="external">
                        <img src=format!("/figures/{name}.svg") alt=says width="560" height="480" loading="lazy"/>
                    </a>
                    <figcaption>{says}</figcaption>
                </figure>
            }
        })
        .collect();
    (!figures.is_empty()).then(|| {
        view! {
            <h2>"The evaluation, drawn"</h2>
            <p>
                {format!(
                    "Measured with the weights in use ({}) on patients that training never saw. Other hospitals' scans \
                     look different, and results on them are worse.",
                    backend.model(),
                )}
            </p>
            <div class="figures">{figures}</div>
        }
    })
}
