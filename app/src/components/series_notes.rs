//! What is odd about a series, wherever it or its result is shown.

use leptos::prelude::*;
use lungsight_series::Note;

use crate::series_words::note;
use crate::texts::series as text;

/// A line for each note; nothing where there is none.
#[component]
pub fn SeriesNotes(notes: Vec<Note>) -> impl IntoView {
    let lines: Vec<_> = notes
        .iter()
        .map(|odd| view! { <li>{note(odd)}</li> })
        .collect();
    (!lines.is_empty()).then(|| {
        view! {
            <div class="notice series-notes" role="note" aria-label=text::about_the_series()>
                <ul>{lines}</ul>
            </div>
        }
    })
}
