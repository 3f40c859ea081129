//! The series that have been read, and which one is sent.

use std::sync::Arc;

use leptos::prelude::*;
use lungsight_reading::{LeftOut, SeriesView};
use lungsight_series::{Note, Refusal, Refused};
use send_wrapper::SendWrapper;
use web_sys::File;

use super::kept::Kept;
use crate::browser::reader;

/// What is sent at the next upload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chosen {
    /// The pictures in the list, each by itself or as one patient.
    #[default]
    Pictures,
    /// The series of this index, as one patient.
    Series(usize),
}

/// A series that has been read.
#[derive(Clone)]
pub struct ReadSeries {
    /// From 1, as the page counts.
    pub number: usize,
    pub view: Arc<SeriesView>,
    /// Which of its slices are sent.
    pub kept: ArcRwSignal<Kept>,
    /// What became of each slice when the series was sent; empty before.
    pub fates: ArcRwSignal<Vec<Fate>>,
}

/// What became of a slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Between two that are sent: the series has more slices than a request may.
    Skipped,
    Sent,
    /// The user has left it out.
    ByHand,
    LeftOut(LeftOut),
}

/// What there is to say of files that were read together. It is shown as long as one of their series is, or until more files are
/// read where none of them gave one.
#[derive(Clone)]
pub struct Batch {
    /// Handles of the browser, used by its one thread only; for a worker that has to read them again.
    files: SendWrapper<Vec<File>>,
    /// All that they gave, by their indices.
    given: Vec<usize>,
    /// Of them, those that are still on the page.
    series: Vec<usize>,
    pub refused: Vec<Refused>,
    pub notes: Vec<Note>,
}

/// Everything about series; a part of the session.
#[derive(Clone, Copy)]
pub struct Shelf {
    pub series: RwSignal<Vec<ReadSeries>>,
    pub chosen: RwSignal<Chosen>,
    /// Whether the user has chosen it, and not the page.
    is_users_choice: StoredValue<bool>,
    /// Files that are being read.
    pub reading: RwSignal<usize>,
    pub batches: RwSignal<Vec<Batch>>,
    /// Whether the worker has failed since files were last chosen.
    pub failed: RwSignal<bool>,
}

impl Shelf {
    pub fn new() -> Self {
        Self {
            series: RwSignal::new(Vec::new()),
            chosen: RwSignal::new(Chosen::Pictures),
            is_users_choice: StoredValue::new(false),
            reading: RwSignal::new(0),
            batches: RwSignal::new(Vec::new()),
            failed: RwSignal::new(false),
        }
    }

    /// Reads files, and gives back those that are of a format unknown to the reader: pictures may be named anyhow. Where the
    /// worker fails at them, the series that were there before are read again.
    pub async fn read(self, files: Vec<File>) -> Vec<File> {
        self.failed.set(false);
        self.batches
            .update(|batches| batches.retain(|batch| !batch.series.is_empty()));
        self.reading.update(|reading| *reading += files.len());
        let unknown = match self.read_batch(&files).await {
            Some(unknown) => unknown,
            None => {
                self.read_again().await;
                self.failed.set(true);
                Vec::new()
            }
        };
        self.reading
            .update(|reading| *reading = reading.saturating_sub(files.len()));
        unknown
    }

    /// Reads files and puts what they give on the shelf. Those of an unknown format; `None` when the worker failed.
    async fn read_batch(self, files: &[File]) -> Option<Vec<File>> {
        // Alone among the names, a number finds the file again.
        let numbered = files.iter().enumerate();
        let named: Vec<(String, File)> = numbered
            .map(|(number, file)| (format!("{number}/{}", file.name()), file.clone()))
            .collect();
        let contents = reader::read(&named).await.ok()?;
        let (unknown, refused): (Vec<_>, Vec<_>) = contents
            .refused
            .into_iter()
            .partition(|file| file.reason == Refusal::UnknownFormat && !file.name.contains(": "));
        let given: Vec<usize> = contents.series.iter().map(|view| view.index).collect();
        let batch = Batch {
            files: SendWrapper::new(files.to_vec()),
            series: given.clone(),
            given,
            refused: refused.into_iter().map(unnumbered).collect(),
            notes: contents.notes,
        };
        self.batches.update(|batches| batches.push(batch));
        for view in contents.series {
            self.put(view);
        }
        if !self.is_users_choice.get_value() {
            self.choose_longest();
        }
        let number = |file: Refused| file.name.split_once('/')?.0.parse::<usize>().ok();
        let unknown = unknown.into_iter().filter_map(number);
        Some(
            unknown
                .filter_map(|number| files.get(number).cloned())
                .collect(),
        )
    }

    /// Has a new worker read what the one that failed had read, and leaves all as the user had it.
    async fn read_again(self) {
        let batches = self.batches.get_untracked();
        let before = self.series.get_untracked();
        let chosen = self.chosen.get_untracked();
        let chosen = Some(chosen).filter(|_| self.is_users_choice.get_value());
        self.lose();
        for batch in batches {
            if batch.series.is_empty() {
                continue;
            }
            if self.read_batch(&batch.files).await.is_none() {
                return self.lose();
            }
            self.keep_as_before(&batch, &before, chosen);
        }
        if chosen == Some(Chosen::Pictures) {
            self.choose(Chosen::Pictures);
        }
    }

    /// Takes off the page, leaves out and chooses of the series that were read last what the user did when the same files were
    /// read before: they come in the same order.
    fn keep_as_before(self, batch: &Batch, before: &[ReadSeries], chosen: Option<Chosen>) {
        let again = self.batches.with_untracked(|batches| {
            let last = batches.last();
            last.map_or_else(Vec::new, |batch| batch.given.clone())
        });
        // Which is which is told by their number alone.
        if again.len() != batch.given.len() {
            return;
        }
        let of = |all: &[ReadSeries], index: usize| {
            let mut all = all.iter();
            all.find(|series| series.view.index == index).cloned()
        };
        let now = self.series.get_untracked();
        for (&now_at, &before_at) in again.iter().zip(&batch.given) {
            if !batch.series.contains(&before_at) {
                self.remove(now_at);
                continue;
            }
            if chosen == Some(Chosen::Series(before_at)) {
                self.choose(Chosen::Series(now_at));
            }
            if let (Some(now), Some(before)) = (of(&now, now_at), of(before, before_at))
                && now.view.slices() == before.view.slices()
            {
                now.kept.set(before.kept.get_untracked());
            }
        }
    }

    fn put(self, view: SeriesView) {
        let index = view.index;
        let series = ReadSeries {
            number: index + 1,
            kept: ArcRwSignal::new(Kept::all(view.slices())),
            view: Arc::new(view),
            fates: ArcRwSignal::new(Vec::new()),
        };
        self.series.update(|all| all.push(series));
    }

    /// Takes the user's choice.
    pub fn choose(self, what: Chosen) {
        self.is_users_choice.set_value(true);
        self.chosen.set(what);
    }

    /// The worker has failed, and with it everything that it had read is gone.
    pub fn lose(self) {
        self.failed.set(true);
        self.series.set(Vec::new());
        self.batches.set(Vec::new());
        self.choose_longest();
    }

    /// The series that is sent, if one is.
    pub fn sent(self) -> Option<ReadSeries> {
        let Chosen::Series(index) = self.chosen.get() else {
            return None;
        };
        self.series.with(|all| {
            let found = all.iter().find(|series| series.view.index == index);
            found.cloned()
        })
    }

    /// How many files that were read together with a series may have been slices and cannot be read. The server counts them, too,
    /// where it is sent the files themselves.
    pub fn damaged_beside(self, index: usize) -> usize {
        self.batches.with_untracked(|batches| {
            let batch = batches.iter().find(|batch| batch.series.contains(&index));
            batch.map_or(0, Batch::damaged)
        })
    }

    /// Takes a series off the page and out of memory. The index of the one that follows, or of the last.
    pub fn remove(self, index: usize) -> Option<usize> {
        let beside = self.series.try_update(|all| {
            let place = all.iter().position(|series| series.view.index == index)?;
            all.remove(place);
            let beside = all.get(place).or(all.last());
            beside.map(|series| series.view.index)
        });
        self.batches
            .update(|batches| batches.retain_mut(|batch| batch.outlives(index)));
        if self.chosen.get_untracked() == Chosen::Series(index) {
            self.choose_longest();
        }
        leptos::task::spawn_local(reader::forget(index));
        beside.flatten()
    }

    /// Chooses the longest series, or the pictures where there is none: nobody has chosen, or what was chosen is gone.
    pub fn choose_longest(self) {
        let longest = self.series.with_untracked(|all| longest(all));
        self.is_users_choice.set_value(false);
        self.chosen
            .set(longest.map_or(Chosen::Pictures, Chosen::Series));
    }
}

impl Batch {
    fn damaged(&self) -> usize {
        let damaged = self.refused.iter().filter(|file| file.reason.is_damage());
        damaged.count()
    }

    /// Whether there is still something to say once a series is taken away.
    fn outlives(&mut self, index: usize) -> bool {
        let before = self.series.len();
        self.series.retain(|series| *series != index);
        !self.series.is_empty() || before == 0
    }
}

/// The index of the first of the series with the most slices, as the server and the command line take it
/// ([`lungsight_series::longest`]).
fn longest(all: &[ReadSeries]) -> Option<usize> {
    // Of equals `max_by_key` gives the last.
    let longest = all.iter().rev().max_by_key(|series| series.view.slices());
    longest.map(|series| series.view.index)
}

/// The name that the user knows.
fn unnumbered(file: Refused) -> Refused {
    let name = match file.name.split_once('/') {
        Some((_, name)) => name.to_owned(),
        None => file.name,
    };
    Refused { name, ..file }
}

#[cfg(test)]
mod tests {
    use lungsight_series::Format;

    use super::*;

    #[test]
    fn what_is_said_of_files_goes_with_their_last_series() {
        let batch = |series: &[usize]| Batch {
            files: SendWrapper::new(Vec::new()),
            given: series.to_vec(),
            series: series.to_vec(),
            refused: Vec::new(),
            notes: vec![Note::SeveralPatients { patients: 2 }],
        };
        let (mut two, mut other, mut none) = (batch(&[0, 1]), batch(&[2]), batch(&[]));
        assert!(two.outlives(1) && other.outlives(1) && none.outlives(1));
        assert!(!two.outlives(0));
        assert!(other.outlives(0) && none.outlives(0));
    }

    #[test]
    fn files_that_cannot_be_read_are_counted_and_those_of_other_kinds_are_not() {
        let file = |reason| Refused {
            name: "a".into(),
            reason,
        };
        let reasons = [
            Refusal::TruncatedPixels,
            Refusal::Localizer,
            Refusal::CorruptHeader,
            Refusal::DicomDir,
        ];
        let batch = Batch {
            files: SendWrapper::new(Vec::new()),
            given: vec![0],
            series: vec![0],
            refused: reasons.map(file).to_vec(),
            notes: Vec::new(),
        };
        assert_eq!(batch.damaged(), 2);
    }

    #[test]
    fn the_first_of_the_longest_is_chosen() {
        let series = |index: usize, slices: usize| ReadSeries {
            number: index + 1,
            view: Arc::new(SeriesView {
                index,
                format: Format::Dicom,
                width: 64,
                height: 64,
                pixel_spacing: None,
                spacing_mm: None,
                positions_mm: vec![None; slices],
                notes: Vec::new(),
            }),
            kept: ArcRwSignal::new(Kept::all(slices)),
            fates: ArcRwSignal::new(Vec::new()),
        };
        let all = [series(0, 2), series(3, 300), series(4, 300), series(7, 40)];
        assert_eq!(longest(&all), Some(3));
        assert_eq!(longest(&[]), None);
    }

    #[test]
    fn the_number_before_a_name_is_not_shown() {
        let file = |name: &str| Refused {
            name: name.to_owned(),
            reason: Refusal::Empty,
        };
        assert_eq!(unnumbered(file("12/IM1")).name, "IM1");
        assert_eq!(unnumbered(file("3/a.zip: b/c")).name, "a.zip: b/c");
    }
}
