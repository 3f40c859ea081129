//! The probabilities of the three classes as bars with names and numbers.

use leptos::prelude::*;
use lungsight_imaging::{Class, Probabilities};

use crate::words::{class_title, percent};

/// What was predicted, then a bar per class, in the order of the classes.
#[component]
pub fn ClassBars(predicted: Class, probabilities: Probabilities) -> impl IntoView {
    let bar = move |class: Class| {
        let probability = probabilities.of(class);
        let row = format!("bar {}", class.name());
        view! {
            <div class=row class:chosen=class == predicted>
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
        <p class=format!("predicted {}", predicted.name())>{class_title(predicted)}</p>
        <dl class="bars">{Class::ALL.map(bar).collect_view()}</dl>
    }
    .into_any()
}
