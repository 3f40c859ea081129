//! The form.

use leptos::ev;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::DragEvent;

use super::entry_row::EntryRow;
use super::send::Send;
use super::series::{Chosen, SeriesList};
use super::session::Session;
use crate::browser::{files, folders};
use crate::locale::path;
use crate::texts::{diagnosis, series};

/// What the file dialog offers; what is chosen otherwise is looked at and refused with a reason.
const ACCEPT: &str = "image/png,image/jpeg,image/bmp,image/tiff,.png,.jpg,.jpeg,.bmp,.tif,.tiff";

/// The same with a script: DICOM files often have no extension, so that nothing can be left out.
const ACCEPT_ALIVE: &str = "";

/// The id of the file input.
pub const FILES: &str = "files";

/// The way from files to a result.
#[island]
pub fn DiagnosisForm(
    /// An example of this site to begin with, by its name.
    example: Option<String>,
    /// Slices that one request may have.
    most_slices: usize,
    /// Pixels that all of them may have together.
    most_pixels: u64,
) -> impl IntoView {
    let session = Session::new(most_slices, most_pixels);
    provide_context(session);
    let input = NodeRef::<Input>::new();
    let one_patient = NodeRef::<Input>::new();
    let hydrated = RwSignal::new(false);
    let take_chosen = move || {
        if let Some(input) = input.get_untracked() {
            session.add(files::take_chosen(&input));
        }
    };
    Effect::new(move |_| {
        hydrated.set(true);
        // What was chosen and ticked before the page became alive.
        take_chosen();
        if let Some(one_patient) = one_patient.get_untracked() {
            session.one_patient.set(one_patient.checked());
        }
        if let Some(example) = example.clone() {
            session.add_example(example);
        }
        let paste = window_event_listener(ev::paste, move |event| {
            session.add(files::transferred(event.clipboard_data()));
        });
        // Beside the box, too: the browser would leave the page for the file.
        let over = window_event_listener(ev::dragover, |event| event.prevent_default());
        let drop = window_event_listener(ev::drop, move |event| {
            event.prevent_default();
            // The browser forgets what was dropped when this function returns: all is asked for before.
            let dropped = folders::dropped(event.data_transfer());
            spawn_local(async move { session.add_found(folders::files(dropped).await) });
        });
        on_cleanup(move || {
            paste.remove();
            over.remove();
            drop.remove();
        });
    });
    view! {
        <form
            class="diagnosis"
            method="post"
            action=path("/diagnosis")
            enctype="multipart/form-data"
            on:submit=move |event| event.prevent_default()
        >
            <FilePicker input hydrated on_choice=take_chosen/>
            <p class="choice" hidden=move || matches!(session.shelf.chosen.get(), Chosen::Series(_))>
                // Its own state holds: set from here, a tick from before the page became alive would be taken away.
                <input
                    node_ref=one_patient
                    type="checkbox"
                    id="one-patient"
                    name="grouping"
                    value="patient"
                    disabled=move || session.is_busy()
                    on:change=move |event| {
                        session.changed();
                        session.one_patient.set(event_target_checked(&event));
                    }
                />
                <label for="one-patient">{diagnosis::one_patient()}</label>
            </p>
            <Show
                when=move || hydrated.get()
                fallback=|| view! { <p><button class="button" type="submit">{diagnosis::analyse()}</button></p> }
            >
                // Above the list: the steps of a slice open by themselves and would push the buttons from under a finger.
                <Send session/>
                <SeriesList session/>
                <Show when=move || session.has_drawing()>
                    <p role="note" class="notice">{diagnosis::drawing()}</p>
                </Show>
                <ol class="entries" aria-label=diagnosis::chosen_files()>
                    <For each=move || session.entries.get() key=|entry| entry.id let:entry>
                        <EntryRow entry session/>
                    </For>
                </ol>
            </Show>
        </form>
    }
}

/// The file input, which is also a place to drop files on.
#[component]
fn FilePicker(
    input: NodeRef<Input>,
    /// Whether dropping and pasting work.
    hydrated: RwSignal<bool>,
    on_choice: impl Fn() + 'static,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let dragging = RwSignal::new(false);
    let allow_drop = move |event: DragEvent| {
        event.prevent_default();
        dragging.set(true);
    };
    let has_files = move || {
        let is_empty =
            session.entries.with(Vec::is_empty) && session.shelf.series.with(Vec::is_empty);
        !is_empty
    };
    let folder = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if let Some(folder) = folder.get() {
            // Known to all browsers by this name, and to no standard.
            let _ = folder.set_attribute("webkitdirectory", "");
        }
    });
    view! {
        <div
            class="picker"
            class:dragging=move || dragging.get()
            class:has-files=has_files
            on:dragover=allow_drop
            on:dragleave=move |_| dragging.set(false)
            on:drop=move |_| dragging.set(false)
        >
            <label for=FILES>{diagnosis::slices()}</label>
            <input
                node_ref=input
                type="file"
                id=FILES
                name="slice"
                multiple
                accept=move || if hydrated.get() { ACCEPT_ALIVE } else { ACCEPT }
                required=move || !hydrated.get()
                aria-describedby="files-hint"
                disabled=move || session.is_busy()
                on:change=move |_| on_choice()
            />
            <p id="files-hint" class="quiet">
                {diagnosis::kinds()}
                {move || hydrated.get().then(diagnosis::drop_or_paste)}
            </p>
            <Show when=move || hydrated.get()>
                <p class="quiet">{series::kinds()}</p>
                <label class="button plain folder">
                    {series::choose_folder()}
                    <input
                        node_ref=folder
                        type="file"
                        multiple
                        disabled=move || session.is_busy()
                        on:change=move |_| {
                            if let Some(folder) = folder.get_untracked() {
                                session.add(files::take_chosen(&folder));
                            }
                        }
                    />
                </label>
            </Show>
        </div>
    }
}
