//! Series of the house's picture archive.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::locale::path;
use crate::pacs::{Listed, PacsSeries};
use crate::pages::not_found::NoSuchPage;
use crate::request::not_stored;
use crate::texts::pacs as text;

/// The page; what it lists comes from context, and there is no such page where nothing does: no archive is named.
#[component]
pub fn PacsPage() -> impl IntoView {
    match use_context::<Listed>() {
        Some(listed) => view! { <Found listed/> }.into_any(),
        None => view! { <NoSuchPage/> }.into_any(),
    }
}

#[component]
fn Found(listed: Listed) -> impl IntoView {
    not_stored();
    let Listed { asked, series } = listed;
    view! {
        <Title text=text::title()/>
        <h1>{text::title()}</h1>
        <p class="lead">{text::lead()}</p>
        <form method="post" action=path("/pacs") class="search" role="search" data-noroute>
            <label class="field"><span>{text::name()}</span><input type="search" name="name" value=asked.name autocomplete="off"/></label>
            <label class="field"><span>{text::id()}</span><input type="search" name="id" value=asked.id autocomplete="off"/></label>
            <label class="field"><span>{text::date()}</span><input type="date" name="date" value=asked.date/></label>
            <button class="button">{text::search()}</button>
        </form>
        {match series {
            Err(reason) => view! {
                <p role="alert" class="notice bad">{text::unanswered()} <span lang="en">{reason}</span></p>
            }.into_any(),
            Ok(series) if series.is_empty() => view! { <p role="status">{text::none()}</p> }.into_any(),
            Ok(series) => view! { <SeriesTable series/> }.into_any(),
        }}
    }
}

#[component]
fn SeriesTable(series: Vec<PacsSeries>) -> impl IntoView {
    let row = |series: PacsSeries| {
        let what = match series.description.as_str() {
            "" => series.patient_name.clone(),
            description => format!("{description}, {}", series.patient_name),
        };
        let is_blank = series.description.is_empty();
        view! {
            <tr role="row">
                <th role="rowheader" scope="row">
                    {series.patient_name} " " <span class="quiet">{series.patient_id}</span>
                </th>
                <td role="cell">{day(&series.date)}</td>
                <td role="cell" class:blank=is_blank>{series.description}</td>
                <td role="cell" class="number" data-unit=text::images_unit()>{series.instances}</td>
                <td role="cell">
                    <form method="post" action=path("/pacs/series")>
                        <input type="hidden" name="study" value=series.study/>
                        <input type="hidden" name="series" value=series.series/>
                        <button class="button small" aria-label=text::analyse_of(what)>{text::analyse()}</button>
                    </form>
                </td>
            </tr>
        }
    };
    view! {
        <div class="pacs-scroll" tabindex="0" role="region" aria-label=text::found()>
            <table role="table" class="pacs-table">
                <caption class="unseen">{text::found()}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{text::patient()}</th>
                        <th role="columnheader" scope="col">{text::date()}</th>
                        <th role="columnheader" scope="col">{text::description()}</th>
                        <th role="columnheader" scope="col">{text::images()}</th>
                        <th role="columnheader" scope="col"><span class="unseen">{text::analyse()}</span></th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{series.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// `20261126` as `2026-11-26`; anything else as it is.
fn day(date: &str) -> String {
    match (date.get(..4), date.get(4..6), date.get(6..8)) {
        (Some(year), Some(month), Some(day)) if date.len() == 8 => format!("{year}-{month}-{day}"),
        _ => date.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days_are_written_as_people_do() {
        assert_eq!(day("20261126"), "2026-11-26");
        assert_eq!(day(""), "");
        assert_eq!(day("2026"), "2026");
    }
}
