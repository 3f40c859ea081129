//! How files come onto the page: chosen, dropped, pasted.

use leptos::prelude::*;
use leptos::task::spawn_local;
use lungsight_imaging::is_picture_name;
use lungsight_masking::Request;
use send_wrapper::SendWrapper;
use web_sys::File;

use super::entry::{Entry, EntryState};
use super::phase::Phase;
use super::session::Session;
use crate::browser::folders::{Found, MOST_FILES};
use crate::browser::masker::mask;
use crate::browser::problem::Problem;
use crate::texts::diagnosis;

impl Session {
    /// Adds files: pictures, by their names, to the list, all others to the series, whose reader knows files by their bytes.
    pub fn add(self, files: Vec<File>) {
        if files.is_empty() || !self.begins_to_add() {
            return;
        }
        let (pictures, others): (Vec<File>, Vec<File>) = files
            .into_iter()
            .partition(|file| is_picture_name(&file.name()));
        self.add_pictures(pictures, false);
        if !others.is_empty() {
            spawn_local(async move {
                // Nothing is uploaded before it is known what they are.
                let unknown = self.shelf.read(others).await;
                self.add_pictures(unknown, false);
            });
        }
    }

    /// Whether files may be added now; else it is said that they may not.
    pub(super) fn begins_to_add(self) -> bool {
        if self.phase.with_untracked(Phase::is_busy) {
            let not_now = Problem::here(diagnosis::not_added());
            self.problem.set(Some(not_now));
            return false;
        }
        self.changed();
        true
    }

    /// Adds what was dropped, and says what of it could not be taken.
    pub fn add_found(self, found: Found) {
        let Found {
            files,
            unopened,
            has_more,
        } = found;
        if files.is_empty() && !self.phase.with_untracked(Phase::is_busy) {
            // What was said of an earlier drop is not of this one.
            self.problem.set(None);
        }
        self.add(files);
        let left = if self.phase.with_untracked(Phase::is_busy) {
            // It has been said that nothing was.
            return;
        } else if has_more {
            diagnosis::first_taken(MOST_FILES)
        } else if unopened > 0 {
            diagnosis::not_opened(unopened)
        } else {
            return;
        };
        self.tell(&left);
    }

    /// Adds pictures and reads them one after the other; in the worker. One that is there already would count twice in a
    /// patient's result, and is taken off again.
    pub(super) fn add_pictures(self, files: Vec<File>, are_drawings: bool) {
        let files = files.into_iter();
        let added: Vec<Entry> = files.map(|file| self.entry(file, are_drawings)).collect();
        self.entries
            .update(|entries| entries.extend(added.iter().cloned()));
        spawn_local(async move {
            let mut again = 0;
            for entry in added {
                self.read(&entry).await;
                if self.is_there_already(&entry) {
                    self.entries
                        .update(|entries| entries.retain(|other| other.id != entry.id));
                    if self.open.get_untracked() == Some(entry.id) {
                        self.open.set(None);
                    }
                    again += 1;
                }
            }
            if again > 0 {
                self.tell(&diagnosis::not_added_again(again));
            }
        });
    }

    fn entry(self, file: File, is_drawing: bool) -> Entry {
        let id = self.next_id.get_untracked();
        self.next_id.set(id + 1);
        Entry {
            id,
            name: file.name(),
            bytes: file.size(),
            state: ArcRwSignal::new(EntryState::Waiting),
            wanted: ArcRwSignal::new(None),
            is_drawing,
            file: SendWrapper::new(file),
        }
    }

    async fn read(self, entry: &Entry) {
        let state = match mask(&entry.file, Request::default()).await {
            Ok(masked) => EntryState::Read(Box::new(masked)),
            Err(reason) => EntryState::Unreadable(reason),
        };
        let readable = matches!(state, EntryState::Read(_));
        entry.state.set(state);
        // The first slice opens by itself: the steps are what there is to see.
        if readable && self.open.get_untracked().is_none() && self.has(entry.id) {
            self.open.set(Some(entry.id));
        }
    }

    /// Whether another entry, wherever it stands, shows the same picture, under whatever name: what was added later may have been
    /// read sooner. Not where the user has taken the entry off meanwhile.
    fn is_there_already(self, entry: &Entry) -> bool {
        if !self.has(entry.id) {
            return false;
        }
        let EntryState::Read(new) = &*entry.state.read_untracked() else {
            return false;
        };
        let is_same = |other: &Entry| match &*other.state.read_untracked() {
            EntryState::Read(old) => {
                old.histogram == new.histogram && old.thumbnail == new.thumbnail
            }
            _ => false,
        };
        self.entries.with_untracked(|entries| {
            let mut others = entries.iter().filter(|other| other.id != entry.id);
            others.any(is_same)
        })
    }
}
