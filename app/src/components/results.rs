//! What the weights in use reach, as their evaluation drew it.

use leptos::prelude::*;

use crate::request;
use crate::texts::{Text, figures as text};

/// The figures that are shown, in this order, with what they say.
const FIGURES: [(&str, Text); 8] = [
    ("confusion-patients", text::confusion_patients),
    ("confusion-slices", text::confusion_slices),
    ("roc-patients", text::roc_patients),
    ("roc-slices", text::roc_slices),
    ("calibration", text::calibration),
    ("coverage", text::coverage),
    ("sources", text::sources),
    ("deletion", text::deletion),
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
            let says = says();
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
            <h2 id="figures">{text::heading()}</h2>
            <p>{text::measured(backend.model())}</p>
            <div class="figures">{figures}</div>
        }
    })
}
