//! Whether stated confidence is earned.

use leptos::prelude::*;

use super::shares::{percent, with_interval};
use crate::evaluation::{Bin, Calibration};
use crate::words::thousands;

mod text {
    use super::*;

    pub const CAPTION: &str = "Slices by how sure the network was";
    pub const SURE: &str = "Sure";
    pub const SLICES: &str = "Slices";
    pub const RIGHT: &str = "Right";

    pub fn error(calibration: &Calibration) -> String {
        let points = |share: f64| format!("{:.1}", share * 100.0);
        format!(
            "Who is 80 % sure should be right in 80 %. Here the two are apart by {} points on average (expected \
             calibration error), and by {} before the logits were divided by the temperature, {:.2}.",
            points(calibration.after.error),
            points(calibration.before.error),
            calibration.temperature,
        )
    }
}

/// The calibration error, and the share right for each degree of confidence.
#[component]
pub fn CalibrationTable(calibration: Calibration) -> impl IntoView {
    let row = |bin: &Bin| {
        view! {
            <tr>
                <th scope="row">{percent(bin.confidence)}</th>
                <td>{thousands(bin.count)}</td>
                <td>{with_interval(bin.right)}</td>
            </tr>
        }
    };
    view! {
        <p>{text::error(&calibration)}</p>
        <table class="numbers">
            <caption>{text::CAPTION}</caption>
            <thead>
                <tr>
                    <th scope="col">{text::SURE}</th>
                    <th scope="col">{text::SLICES}</th>
                    <th scope="col">{text::RIGHT}</th>
                </tr>
            </thead>
            <tbody>{calibration.after.bins.iter().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}
