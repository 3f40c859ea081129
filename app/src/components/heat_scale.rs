//! The colours of the heatmap, from the code that paints it.

use leptos::prelude::*;
use lungsight_imaging::colour::inferno;

use crate::texts::common;

/// How many patches the scale is drawn with.
const PATCHES: u8 = 32;

/// A strip from no to much influence.
#[component]
pub fn HeatScale() -> impl IntoView {
    let patch = |index: u8| {
        let [red, green, blue] = inferno(f32::from(index) / f32::from(PATCHES - 1));
        let fill = format!("#{red:02x}{green:02x}{blue:02x}");
        // A little wider than one, so that no seam shows.
        view! { <rect x=index.to_string() width="1.1" height="1" fill=fill></rect> }
    };
    view! {
        <p class="heat-scale">
            <span>{common::little()}</span>
            <svg viewBox="0 0 32 1" preserveAspectRatio="none" role="img" aria-label=common::colour_scale()>
                {(0..PATCHES).map(patch).collect_view()}
            </svg>
            <span>{common::much()}</span>
        </p>
    }
}
