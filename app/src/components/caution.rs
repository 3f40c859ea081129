//! The caution that goes with every result.

use leptos::prelude::*;

/// Says that a result is no diagnosis.
#[component]
pub fn Caution() -> impl IntoView {
    view! {
        <p role="note" class="notice caution">
            <strong>"Research tool, not a medical device."</strong>
            " What it shows is no diagnosis and must not guide treatment. "
            <a href="/risk">"About the risk"</a>
        </p>
    }
}
