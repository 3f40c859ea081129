//! The probabilities of the three classes as bars with names and numbers.

use leptos::prelude::*;
use lungsight_imaging::{Class, Probabilities};

use crate::analysis::Inconclusive;
use crate::words::{class_title, inconclusive_reason, percent, result_title};

/// What was predicted, or why nothing was, then a bar per class, in the order of the classes.
#[component]
pub fn ClassBars(
    predicted: Class,
    probabilities: Probabilities,
    inconclusive: Option<Inconclusive>,
) -> impl IntoView {
    let name = if inconclusive.is_some() {
        "inconclusive"
    } else {
        predicted.name()
    };
    let bar = move |class: Class| {
        let probability = probabilities.of(class);
        let row = format!("bar {}", class.name());
        view! {
            <div class=row class:chosen=inconclusive.is_none() && class == predicted>
                <dt>{class_title(class)}</dt>
                <dd>
                    <span class="bar-number">{percent(probability)}</span>
                    <svg class="bar-track" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                        <rect class="bar-fill" width=format!("{:.2}", probability * 100.0) height="6"></rect>
                    </svg>
                </dd>
            </div>
        }
    };
    view! {
        <p class=format!("predicted {name}")>{result_title(predicted, inconclusive)}</p>
        {inconclusive.map(|reason| view! { <p class="quiet">{inconclusive_reason(reason)}</p> })}
        <dl class="bars">{Class::ALL.map(bar).collect_view()}</dl>
    }
}
