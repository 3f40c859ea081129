//! The caution that goes with every result.

use leptos::prelude::*;

use crate::locale::path;
use crate::texts::common;

/// Says that a result is no diagnosis.
#[component]
pub fn Caution() -> impl IntoView {
    view! {
        <p role="note" class="notice caution">
            <strong>{common::research_tool()}</strong>
            {common::no_diagnosis()}
            <a href=path("/risk")>{common::about_the_risk()}</a>
        </p>
    }
}
