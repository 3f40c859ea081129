//! What the user has chosen and how far it has come. Kept by the page: the way back to it finds all as it was left, a page that is
//! loaded anew begins with nothing.

use leptos::prelude::*;
use leptos::task::spawn_local;
use lungsight_imaging::is_picture_name;
use lungsight_masking::{Masked, Request};
use lungsight_reading::SeriesView;
use lungsight_series::most_within;
use send_wrapper::SendWrapper;
use web_sys::File;

use super::series::{Chosen, Gathered, Shelf};
use crate::analysis::{LeftOut, Upload};
use crate::browser::files;
use crate::browser::folders::{Found, MOST_FILES};
use crate::browser::masker::{Unreadable, mask};
use crate::browser::problem::Problem;
use crate::browser::upload::{SentSlice, Stop};
use crate::texts::diagnosis;
use crate::words::space;

/// One chosen file.
#[derive(Clone)]
pub struct Entry {
    /// Unique in this session; files may share a name.
    pub id: u32,
    pub name: String,
    pub bytes: f64,
    pub state: ArcRwSignal<EntryState>,
    /// The threshold that the user wants; `None` for the one that is found.
    pub wanted: ArcRwSignal<Option<u8>>,
    /// Whether it is an example that the program draws.
    is_drawing: bool,
    /// A handle of the browser, used by the browser's one thread only.
    pub file: SendWrapper<File>,
}

/// How far a file has come.
#[derive(Clone, Debug)]
pub enum EntryState {
    Waiting,
    /// Why it cannot be read.
    Unreadable(Unreadable),
    Read(Box<Masked>),
}

impl EntryState {
    /// Whether the file is sent: it was read, and lungs were found.
    fn is_ready(&self) -> bool {
        matches!(self, Self::Read(masked) if masked.lungs.is_ok())
    }
}

/// Where the way from files to result stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    #[default]
    Choosing,
    /// The lungs are being cut out of a series; the share of it that is done, 0..=1.
    Preparing(f64),
    /// The share that is sent, 0..=1.
    Uploading(f64),
    Uploaded(Upload),
    Analysing(Upload),
    /// The server is busy and is asked again in so many seconds; what has been uploaded, if the upload was let in.
    Busy(u32, Option<Upload>),
}

impl Phase {
    /// Whether something is being sent or analysed.
    fn is_busy(&self) -> bool {
        !matches!(self, Self::Choosing | Self::Uploaded(_))
    }
}

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
    next_id: RwSignal<u32>,
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
    fn begins_to_add(self) -> bool {
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

    /// Says something beside what the page has said already, such as what else of a drop is missing.
    fn tell(self, more: &str) {
        self.problem.update(|problem| match problem {
            // Of the page's own; the server's has a status.
            Some(said) if said.status == 0 => {
                said.message = format!("{}{}{more}", said.message, space())
            }
            _ => *problem = Some(Problem::here(more)),
        });
    }

    /// Adds pictures and reads them one after the other; in the worker. One that is there already would count twice in a
    /// patient's result, and is taken off again.
    fn add_pictures(self, files: Vec<File>, are_drawings: bool) {
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

    /// Adds one of the site's examples, unless it is there already.
    pub fn add_example(self, name: String) {
        let Some(file) = example_file(&name) else {
            return;
        };
        let is_there = self
            .entries
            .with_untracked(|entries| entries.iter().any(|entry| entry.name == file));
        if is_there {
            return;
        }
        spawn_local(async move {
            match files::of_this_site(&format!("/examples/{name}.png"), &file).await {
                Ok(file) => {
                    if self.begins_to_add() {
                        self.add_pictures(vec![file], !name.starts_with("own/"));
                    }
                }
                Err(reason) => self.problem.set(Some(Problem::here(&reason))),
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

    /// Whether a file is on the list still.
    pub fn has(self, id: u32) -> bool {
        self.entries
            .with_untracked(|entries| entries.iter().any(|entry| entry.id == id))
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

    /// Whether an example that the program draws is among the files.
    pub fn has_drawing(self) -> bool {
        self.entries
            .with(|entries| entries.iter().any(|entry| entry.is_drawing))
    }

    /// Whether something is being sent or analysed.
    pub fn is_busy(self) -> bool {
        self.phase.with(Phase::is_busy)
    }

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

/// The name of an example among the chosen files: `own-covid-0.png` for `own/covid/0`. `None` for what is no example's name: it
/// comes from the page's address, where anything can be written.
fn example_file(name: &str) -> Option<String> {
    let is_plain = |part: &str| {
        let mut characters = part.chars();
        !part.is_empty() && characters.all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let all_plain = name.split('/').all(is_plain);
    all_plain.then(|| format!("{}.png", name.replace('/', "-")))
}

/// How many files are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub waiting: usize,
    pub ready: usize,
    pub left_out: usize,
}

#[cfg(test)]
mod tests {
    use super::example_file;

    #[test]
    fn names_of_examples_lead_nowhere_else() {
        assert_eq!(example_file("covid-1").as_deref(), Some("covid-1.png"));
        assert_eq!(
            example_file("own/covid/0").as_deref(),
            Some("own-covid-0.png")
        );
        for name in [
            "",
            "/",
            "//elsewhere.example/a",
            "own//0",
            "../api/v1/uploads",
            "own/../covid-1",
            "a.b",
            "a?masked",
            "a#b",
            "a%2fb",
            "a\\b",
        ] {
            assert_eq!(example_file(name), None, "{name}");
        }
    }
}
