//! One chosen file in the list: what it is, what was found, and its steps on demand.

use std::sync::Arc;

use leptos::prelude::*;
use lungsight_masking::Masked;
use send_wrapper::SendWrapper;
use web_sys::File;

use super::entry::{Entry, EntryState};
use super::form::FILES;
use super::session::Session;
use crate::browser::page;
use crate::components::slice_canvas::SliceCanvas;
use crate::islands::masking::Masking;
use crate::texts::diagnosis;
use crate::words::{file_size, no_lungs, unreadable};

/// One row of the list of files.
#[component]
pub fn EntryRow(entry: Entry, session: Session) -> impl IntoView {
    let Entry {
        id,
        name,
        bytes,
        state,
        file,
        wanted,
        ..
    } = entry;
    let thumbnail = Memo::new({
        let state = state.clone();
        move |_| state.with(|state| read(state).map(|masked| Arc::new(masked.thumbnail.clone())))
    });
    let is_open = move || session.open.get() == Some(id);
    let toggle = move |_| session.open.set((!is_open()).then_some(id));
    let note = {
        let state = state.clone();
        move || state.with(note_on)
    };
    let is_bad = {
        let state = state.clone();
        move || {
            state.with(|state| {
                !matches!(state, EntryState::Waiting)
                    && read(state).is_none_or(|masked| masked.lungs.is_err())
            })
        }
    };
    let panel = format!("steps-{id}");
    let steps_of = name.clone();
    let remove_label = diagnosis::remove_file(&name);
    let remove = move |_| {
        let beside = session.remove(id);
        page::keep_focus(beside.map_or_else(|| FILES.to_owned(), remove_id));
    };
    view! {
        <li class="entry" class:bad=is_bad>
            <div class="entry-line">
                <div class="thumbnail">
                    {move || thumbnail.get().map(|picture| view! { <SliceCanvas picture label=""/> })}
                </div>
                <div class="entry-text">
                    <span class="entry-name">{name}</span>
                    <span class="entry-size quiet">{file_size(bytes)}</span>
                    <span class="entry-note">{note}</span>
                </div>
                <Show when=move || thumbnail.with(Option::is_some)>
                    <button
                        type="button"
                        class="button plain"
                        aria-expanded=move || is_open().to_string()
                        aria-label={
                            let name = steps_of.clone();
                            move || if is_open() { diagnosis::hide_steps_of(&name) } else { diagnosis::show_steps_of(&name) }
                        }
                        aria-controls=panel.clone()
                        on:click=toggle
                    >
                        {move || if is_open() { diagnosis::hide_steps() } else { diagnosis::show_steps() }}
                    </button>
                </Show>
                <button
                    type="button"
                    class="button plain"
                    id=remove_id(id)
                    aria-label=remove_label
                    disabled=move || session.is_busy()
                    on:click=remove
                >
                    {diagnosis::remove()}
                </button>
            </div>
            <div id=format!("steps-{id}")>
                <Show when=move || is_open() && thumbnail.with(Option::is_some)>
                    <Steps id file=file.clone() state=state.clone() wanted=wanted.clone() session/>
                </Show>
            </div>
        </li>
    }
}

fn remove_id(id: u32) -> String {
    format!("remove-{id}")
}

/// The steps of the entry that is open.
#[component]
fn Steps(
    id: u32,
    file: SendWrapper<File>,
    state: ArcRwSignal<EntryState>,
    wanted: ArcRwSignal<Option<u8>>,
    session: Session,
) -> impl IntoView {
    let on_change = Arc::new(move |masked: Masked| {
        // It may have been taken off the list meanwhile.
        if !session.has(id) {
            return;
        }
        session.changed();
        state.set(EntryState::Read(Box::new(masked)));
    });
    view! { <Masking file wanted=Some(wanted) on_change=Some(on_change) disabled=Signal::derive(move || session.is_busy())/> }
}

fn read(state: &EntryState) -> Option<&Masked> {
    match state {
        EntryState::Read(masked) => Some(masked),
        EntryState::Waiting | EntryState::Unreadable(_) => None,
    }
}

/// What became of the file so far.
fn note_on(state: &EntryState) -> String {
    match state {
        EntryState::Waiting => diagnosis::reading().to_owned(),
        EntryState::Unreadable(reason) => unreadable(reason),
        EntryState::Read(masked) => match (&masked.lungs, masked.set_threshold()) {
            (Err(none), _) => no_lungs(*none),
            (Ok(_), None) => diagnosis::lungs_found().to_owned(),
            (Ok(_), Some(_)) => diagnosis::lungs_found_moved().to_owned(),
        },
    }
}
