//! What the weights in use reach, as their evaluation drew it.

use leptos::prelude::*;

use crate::locale::{Locale, locale};
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

/// What the names of figures in the page's language end with.
fn own_ending() -> &'static str {
    match locale() {
        Locale::English => "",
        Locale::Chinese => ".zh",
    }
}

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
            // Figures of earlier trainers are in English alone.
            let own = format!("{name}{}", own_ending());
            let name = if present.contains(&own) {
                own
            } else {
                name.to_owned()
            };
            let at = format!("/figures/{name}.svg");
            let picture = at.clone();
            view! {
                <figure>
                    <a href=at rel="external">
                        <img src=picture alt=says width="560" height="480" loading="lazy"/>
                    </a>
                    <figcaption>{says}</figcaption>
                </figure>
            }
        })
        .collect();
    let measured = backend
        .network()
        .map(|network| text::measured(network.model));
    (!figures.is_empty()).then(|| {
        view! {
            <h2 id="figures">{text::heading()}</h2>
            {measured.map(|measured| view! { <p>{measured}</p> })}
            <div class="figures">{figures}</div>
        }
    })
}
