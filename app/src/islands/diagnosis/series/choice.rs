//! The list of series: what each is, what is odd about it, its viewer, and which one is sent.

use leptos::prelude::*;

use super::choosing::Choosing;
use super::gather::format_name;
use super::kept::Kept;
use super::shelf::{Chosen, Fate, ReadSeries};
use super::viewer::Viewer;
use crate::browser::offline::is_offline;
use crate::browser::page;
use crate::components::series_notes::SeriesNotes;
use crate::islands::diagnosis::form::FILES;
use crate::islands::diagnosis::session::Session;
use crate::series_words::refusal;
use crate::texts::{common, series as text};
use crate::words::spacing;

/// Everything that has come of files that are no pictures; nothing where there were none.
#[component]
pub fn SeriesList(session: Session) -> impl IntoView {
    let shelf = session.shelf;
    let is_several = move || {
        let pictures = session.entries.with(|entries| !entries.is_empty());
        shelf.series.with(Vec::len) + usize::from(pictures) > 1
    };
    view! {
        <Show when=move || shelf.failed.get()>
            <p role="alert" class="notice bad">{if is_offline() { text::failed_offline() } else { text::failed() }}</p>
        </Show>
        {move || not_read(session)}
        {move || {
            let noted: Vec<_> = shelf.batches.get().into_iter().flat_map(|batch| batch.notes).collect();
            view! { <SeriesNotes notes=noted/> }
        }}
        <Show when=is_several>
            <fieldset class="what-is-sent">
                <legend>{text::what_is_sent()}</legend>
                <Show when=move || session.entries.with(|entries| !entries.is_empty())>
                    <Choice session what=Chosen::Pictures title=text::send_pictures().to_owned()/>
                </Show>
                <For each=move || shelf.series.get() key=|series| series.view.index let:series>
                    <Choice session what=Chosen::Series(series.view.index) title=text::send(series.number)/>
                </For>
            </fieldset>
        </Show>
        <For each=move || shelf.series.get() key=|series| series.view.index let:series>
            <Card series session/>
        </For>
    }
}

#[component]
fn Choice(session: Session, what: Chosen, title: String) -> impl IntoView {
    let id = match what {
        Chosen::Pictures => "send-pictures".to_owned(),
        Chosen::Series(index) => format!("send-series-{index}"),
    };
    view! {
        <p class="choice">
            <input
                type="radio"
                name="what-is-sent"
                id=id.clone()
                disabled=move || session.is_busy()
                prop:checked=move || session.shelf.chosen.get() == what
                on:change=move |_| {
                    session.changed();
                    session.shelf.choose(what);
                }
            />
            <label for=id>{title}</label>
        </p>
    }
}

/// One series.
#[component]
fn Card(series: ReadSeries, session: Session) -> impl IntoView {
    let view = &series.view;
    let size = text::size(common::slices(view.slices()), view.width, view.height);
    let spacing = view.spacing_mm.map(|mm| text::spacing(spacing(mm)));
    let index = view.index;
    let most = session.most_of(view);
    let (fates, kept) = (series.fates.clone(), series.kept.clone());
    let looked_at = RwSignal::new(view.slices() / 2);
    let heading = format!("series-{}", series.number);
    view! {
        <section class="series" aria-labelledby=heading>
            <div class="series-line">
                <h2 id=format!("series-{}", series.number)>{text::series(series.number)}</h2>
                <p class="quiet">{format_name(view.format)} {common::colon()} {size} {spacing}</p>
                <button
                    type="button"
                    class="button plain small"
                    id=remove_id(index)
                    disabled=move || session.is_busy()
                    on:click=move |_| {
                        session.changed();
                        let beside = session.shelf.remove(index);
                        page::keep_focus(beside.map_or_else(|| FILES.to_owned(), remove_id));
                    }
                >
                    {text::remove(series.number)}
                </button>
            </div>
            <SeriesNotes notes=view.notes.clone()/>
            <Viewer series=series.clone() shelf=session.shelf looked_at/>
            <Choosing series=series.clone() session looked_at/>
            {move || strip(&fates.get(), &kept.read(), most)}
        </section>
    }
}

fn remove_id(index: usize) -> String {
    format!("remove-series-{index}")
}

/// Files that gave nothing; those with the same reason together, since a folder may hold hundreds.
fn not_read(session: Session) -> Option<impl IntoView> {
    /// Names that are shown of files with the same reason.
    const NAMES: usize = 5;
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    let batches = session.shelf.batches.get();
    for file in batches.into_iter().flat_map(|batch| batch.refused) {
        let reason = refusal(&file.reason);
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(file.name),
            None => reasons.push((reason, vec![file.name])),
        }
    }
    let lines: Vec<_> = reasons
        .into_iter()
        .map(|(reason, names)| {
            let more = names.len().saturating_sub(NAMES);
            let more = (more > 0).then(|| format!(" (+{more})"));
            let names = names[..names.len().min(NAMES)].join(common::list_comma());
            view! { <li><strong>{names}{more}</strong> {common::colon()} {reason}</li> }
        })
        .collect();
    (!lines.is_empty()).then(|| {
        view! {
            <div role="alert" class="notice bad">
                <p>{text::not_read()}</p>
                <ul>{lines}</ul>
            </div>
        }
    })
}

/// A line with a mark for each slice, once the series has been sent or slices of it are left out by hand.
fn strip(fates: &[Fate], kept: &Kept, most: usize) -> Option<impl IntoView + use<>> {
    let is_sent = !fates.is_empty();
    if !is_sent && kept.left_out() == 0 {
        return None;
    }
    let fates = match is_sent {
        true => fates.to_vec(),
        false => kept.wanted(most),
    };
    let count =
        |is: fn(&Fate) -> bool| common::slices(fates.iter().filter(|fate| is(fate)).count());
    let sent = count(|fate| *fate == Fate::Sent);
    let told = match is_sent {
        true => {
            let left_out = count(|fate| matches!(fate, Fate::LeftOut(_) | Fate::ByHand));
            text::fates_are(sent, left_out)
        }
        false => text::fates_will_be(sent, count(|fate| *fate == Fate::ByHand)),
    };
    let skipped = fates.iter().filter(|fate| **fate == Fate::Skipped).count();
    let skipped = (skipped > 0).then(|| text::fates_skipped(common::slices(skipped)));
    let marks: Vec<_> = fates
        .iter()
        .enumerate()
        .map(|(at, fate)| {
            let class = match fate {
                Fate::Sent => "sent",
                Fate::Skipped => "skipped",
                Fate::LeftOut(_) | Fate::ByHand => "left-out",
            };
            view! { <rect class=class x=at.to_string() y="0" width="1" height="10"></rect> }
        })
        .collect();
    Some(view! {
        <figure class="fates">
            <svg viewBox=format!("0 0 {} 10", fates.len()) preserveAspectRatio="none" role="img" aria-label=text::fates()>
                {marks}
            </svg>
            <figcaption class="quiet">{told} {skipped}</figcaption>
        </figure>
    })
}
