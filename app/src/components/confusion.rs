//! What items are against what they were taken for, as a table.

use leptos::prelude::*;
use lungsight_imaging::Class;

use super::shares::percent;
use crate::evaluation::Level;
use crate::texts::evaluation as text;
use crate::words::class_title;

/// Steps of the tint; the style sheet has a class for each.
const TINTS: usize = 5;

/// Rows: what it is. Columns: what it was taken for. Every cell has its count and its share of the row, which tints it too.
#[component]
pub fn ConfusionTable(
    level: Level,
    /// What is counted, such as "120 patients".
    #[prop(into)]
    caption: String,
) -> impl IntoView {
    let heading = |class: Class| view! { <th scope="col">{class_title(class)}</th> };
    let row = |class: Class| {
        let cells = level.confusion[class.index()];
        let of_class = level.of(class);
        view! {
            <tr>
                <th scope="row">{class_title(class)}</th>
                {cells.map(|count| cell(count, of_class)).collect_view()}
            </tr>
        }
    };
    view! {
        <table class="confusion">
            <caption>{caption}</caption>
            <thead>
                <tr>
                    <td></td>
                    <th scope="colgroup" colspan="3">{text::taken_for()}</th>
                </tr>
                <tr>
                    <th scope="col">{text::in_truth()}</th>
                    {Class::ALL.map(heading).collect_view()}
                </tr>
            </thead>
            <tbody>{Class::ALL.map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn cell(count: usize, of_class: usize) -> impl IntoView {
    let share = (of_class > 0).then(|| count as f64 / of_class as f64);
    view! {
        <td class=format!("tint-{}", tint(share))>
            <span>{count}</span>
            {share.map(|share| view! { <small>{percent(share)}</small> })}
        </td>
    }
}

/// 0 for nothing, then evenly up to [`TINTS`] for all.
fn tint(share: Option<f64>) -> usize {
    let share = share.unwrap_or(0.0).clamp(0.0, 1.0);
    (share * TINTS as f64).ceil() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tints_follow_the_share_of_the_row() {
        assert_eq!(
            [None, Some(0.0), Some(0.01), Some(0.5), Some(1.0)].map(tint),
            [0, 0, 1, 3, 5]
        );
    }

    #[test]
    fn a_cell_says_its_count_and_share() {
        let html = cell(62, 68).to_html();
        assert!(html.contains("tint-5") && html.contains("62"), "{html}");
        assert!(html.contains("91.2\u{a0}%"), "{html}");
        let html = cell(0, 0).to_html();
        assert!(html.contains("tint-0") && !html.contains('%'), "{html}");
    }
}
