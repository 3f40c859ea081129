//! The histogram of a slice with its threshold.

use std::fmt::Write;

use leptos::prelude::*;

use crate::texts::common;

/// The height of the plot in its own units; its width is 256, one unit per grey value.
const HEIGHT: f64 = 100.0;

/// How many pixels have each grey value, on a logarithmic scale: lungs and body are a small hump beside the background.
#[component]
pub fn Histogram(
    /// 256 counts.
    bins: Vec<u32>,
    /// Grey values up to this one are taken for air.
    #[prop(into)]
    threshold: Signal<u8>,
) -> impl IntoView {
    let label = move || common::histogram(threshold.get());
    let line = move || (f64::from(threshold.get()) + 1.0).to_string();
    view! {
        <svg class="histogram" viewBox="0 0 256 100" preserveAspectRatio="none" role="img" aria-label=label>
            <rect class="histogram-air" x="0" y="0" width=line height=HEIGHT.to_string()></rect>
            <path class="histogram-bins" d=outline(&bins)></path>
            <line class="histogram-threshold" x1=line x2=line y1="0" y2=HEIGHT.to_string()></line>
        </svg>
    }
}

/// The outline of the bars as an SVG path, from the left foot to the right one.
fn outline(bins: &[u32]) -> String {
    // At least 1: an empty histogram is drawn flat.
    let highest = bins.iter().copied().max().unwrap_or(0).max(1);
    let scale = HEIGHT / f64::from(highest).ln_1p();
    let mut path = format!("M0 {HEIGHT}");
    for &bin in bins {
        let top = HEIGHT - f64::from(bin).ln_1p() * scale;
        // Writing to a string cannot fail.
        let _ = write!(path, "V{top:.1}h1");
    }
    let _ = write!(path, "V{HEIGHT}Z");
    path
}

#[cfg(test)]
mod tests {
    use super::outline;

    #[test]
    fn the_highest_bar_reaches_the_top_and_an_empty_one_the_foot() {
        let mut bins = [0; 256];
        bins[0] = 1000;
        let path = outline(&bins);
        assert!(path.starts_with("M0 100V0.0h1V100.0h1"));
        assert_eq!(path.matches("h1").count(), 256);
    }

    #[test]
    fn an_empty_histogram_is_flat() {
        assert!(!outline(&[0; 256]).contains("NaN"));
    }
}
