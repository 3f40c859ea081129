//! What of the chosen files can be sent.

use leptos::prelude::*;

use super::entry::EntryState;
use super::phase::Phase;
use super::series::{Chosen, Gathered};
use super::session::Session;
use crate::analysis::LeftOut;
use crate::browser::upload::SentSlice;

/// How many files are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub waiting: usize,
    pub ready: usize,
    pub left_out: usize,
}

impl Session {
    /// Whether there is something to upload, all of it read.
    pub fn can_upload(self) -> bool {
        let is_ready = match self.shelf.chosen.get() {
            Chosen::Series(_) => {
                let sent = self.shelf.sent();
                sent.is_some_and(|series| series.kept.read().sent(1).next().is_some())
            }
            Chosen::Pictures => {
                let Tally { waiting, ready, .. } = self.tally();
                waiting == 0 && ready > 0
            }
        };
        let is_read = self.shelf.reading.get() == 0;
        is_ready && is_read && self.phase.with(|phase| *phase == Phase::Choosing)
    }

    /// How many files wait, are ready to be sent, and are left out.
    pub fn tally(self) -> Tally {
        self.entries.with(|entries| {
            let mut tally = Tally::default();
            for entry in entries {
                entry.state.with(|state| match state {
                    EntryState::Waiting => tally.waiting += 1,
                    state if state.is_ready() => tally.ready += 1,
                    _ => tally.left_out += 1,
                });
            }
            tally
        })
    }

    /// The pictures whose lungs were found, with their masks.
    pub(super) fn ready_pictures(self) -> Gathered {
        let (mut ready, mut left_out) = (Vec::new(), LeftOut::default());
        self.entries.with_untracked(|entries| {
            for entry in entries {
                match &*entry.state.read_untracked() {
                    EntryState::Read(masked) => match &masked.lungs {
                        Ok(lungs) => ready.push(SentSlice {
                            file: (*entry.file).clone(),
                            mask: lungs.png.clone(),
                            threshold: masked.set_threshold(),
                            position_mm: None,
                        }),
                        Err(_) => left_out.no_lungs += 1,
                    },
                    // Nothing is sent while some wait.
                    EntryState::Unreadable(_) | EntryState::Waiting => left_out.unreadable += 1,
                }
            }
        });
        (ready, left_out)
    }
}
