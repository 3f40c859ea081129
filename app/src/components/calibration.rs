//! Whether stated confidence is earned.

use leptos::prelude::*;

use super::shares::{percent, with_interval};
use crate::evaluation::{Bin, Calibration};
use crate::texts::evaluation as text;
use crate::words::thousands;

/// The calibration error, and the share right for each degree of confidence.
#[component]
pub fn CalibrationTable(calibration: Calibration) -> impl IntoView {
    let [after, before] =
        [&calibration.after, &calibration.before].map(|reliability| reliability.error * 100.0);
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
        <p>{text::calibration_error(after, before, calibration.temperature)}</p>
        <table class="numbers">
            <caption>{text::by_confidence()}</caption>
            <thead>
                <tr>
                    <th scope="col">{text::sure()}</th>
                    <th scope="col">{text::slices()}</th>
                    <th scope="col">{text::right()}</th>
                </tr>
            </thead>
            <tbody>{calibration.after.bins.iter().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}
