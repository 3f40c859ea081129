//! What the user has chosen and how far it has come. Kept by the page: the way back to it finds all as it was left, a page that is
//! loaded anew begins with nothing.

use leptos::prelude::*;
use lungsight_reading::SeriesView;
use lungsight_series::most_within;
use send_wrapper::SendWrapper;

use super::entry::Entry;
use super::phase::Phase;
use super::series::{Chosen, Shelf};
use crate::browser::problem::Problem;
use crate::browser::upload::Stop;
use crate::texts::diagnosis;
use crate::words::space;

/// The state of the diagnosis page.
#[derive(Clone, Copy)]
pub struct Session {
    pub entries: RwSignal<Vec<Entry>>,
    /// Files that are no pictures.
    pub shelf: Shelf,
    /// The entry whose steps are shown.
    pub open: RwSignal<Option<u32>>,
    pub one_patient: RwSignal<bool>,
    pub phase: RwSignal<Phase>,
    pub problem: RwSignal<Option<Problem>>,
    /// Slices that one request may have.
    most_slices: usize,
    /// Pixels that all of them may have together.
    most_pixels: u64,
    pub(super) next_id: RwSignal<u32>,
    /// The number of the newest run.
    pub(super) run: StoredValue<u32>,
    pub(super) stop: StoredValue<SendWrapper<Stop>>,
}

impl Session {
    /// Nothing chosen yet.
    pub fn new(most_slices: usize, most_pixels: u64) -> Self {
        Self {
            entries: RwSignal::new(Vec::new()),
            shelf: Shelf::new(),
            open: RwSignal::new(None),
            one_patient: RwSignal::new(false),
            phase: RwSignal::new(Phase::Choosing),
            problem: RwSignal::new(None),
            most_slices,
            most_pixels,
            next_id: RwSignal::new(0),
            run: StoredValue::new(0),
            stop: StoredValue::new(SendWrapper::new(Stop::default())),
        }
    }

    /// Slices of a series that one request may have, which counts their pixels too.
    pub fn most_of(self, series: &SeriesView) -> usize {
        let (width, height) = (series.width, series.height);
        most_within(self.most_slices, self.most_pixels, width, height)
    }

    /// Whether a file is on the list still.
    pub fn has(self, id: u32) -> bool {
        self.entries
            .with_untracked(|entries| entries.iter().any(|entry| entry.id == id))
    }

    /// Takes a file off the list. The id of the one that follows, or of the last.
    pub fn remove(self, id: u32) -> Option<u32> {
        self.changed();
        let beside = self.entries.try_update(|entries| {
            let place = entries.iter().position(|entry| entry.id == id)?;
            entries.remove(place);
            let beside = entries.get(place).or(entries.last());
            beside.map(|entry| entry.id)
        });
        if self.open.get_untracked() == Some(id) {
            self.open.set(None);
        }
        let no_pictures = self.entries.with_untracked(Vec::is_empty);
        if no_pictures && self.shelf.chosen.get_untracked() == Chosen::Pictures {
            self.shelf.choose_longest();
        }
        beside.flatten()
    }

    /// What was uploaded is no longer what is shown: it has to be uploaded again. What is on its way is stopped.
    pub fn changed(self) {
        let meanwhile = self.phase.with_untracked(Phase::is_busy);
        if self.phase.with_untracked(|phase| *phase != Phase::Choosing) {
            self.end_run();
            self.stop.with_value(|stop| stop.stop());
            self.phase.set(Phase::Choosing);
        }
        if meanwhile {
            let again = diagnosis::changed_meanwhile();
            self.problem.set(Some(Problem::here(again)));
        } else if self.problem.with_untracked(Option::is_some) {
            self.problem.set(None);
        }
    }

    /// Says something beside what the page has said already, such as what else of a drop is missing.
    pub(super) fn tell(self, more: &str) {
        self.problem.update(|problem| match problem {
            // Of the page's own; the server's has a status.
            Some(said) if said.status == 0 => {
                said.message = format!("{}{}{more}", said.message, space())
            }
            _ => *problem = Some(Problem::here(more)),
        });
    }

    /// Whether an example that the program draws is among the files.
    pub fn has_drawing(self) -> bool {
        self.entries
            .with(|entries| entries.iter().any(|entry| entry.is_drawing))
    }

    /// Whether something is being sent or analysed.
    pub fn is_busy(self) -> bool {
        self.phase.with(Phase::is_busy)
    }
}
