//! From the files of a CT series, as a client or a picture archive sends them, to slices that are ready for the network.

use std::collections::BTreeMap;
use std::sync::Arc;

use lungsight_app::analysis::{LeftOut, Remarks};
use lungsight_series::{
    Limits, Note, Refusal, Series, SeriesReader, longest, most_within, thinning,
};
use tokio::task::JoinSet;
use tracing::Instrument;

use crate::error::Error;
use crate::form::ReadSlice;
use crate::memory::Reservation;
use crate::prepare::{Prepared, SliceFault, in_pool, prepare_of_series};
use crate::state::AppState;

/// Why there is no series to analyse.
#[derive(Debug, thiserror::Error)]
pub enum NoSeries {
    #[error("the archive has no such CT series")]
    Unknown,
    #[error("expected a zip of DICOM files, a DICOM file or NIfTI")]
    UnknownFormat,
    #[error("the series cannot be read: {0}")]
    Refused(Refusal),
    #[error("the series cannot be read: its identifiers are missing or malformed")]
    Identifiers,
    #[error("the archive's files are of another series than it says, or of several patients")]
    AnotherSeries,
    #[error("the series cannot be read: it has no images")]
    NoImages,
    #[error("a slice may have {limit} pixels; these have more")]
    SlicePixels { limit: u64 },
    /// The server has stopped waiting for it.
    #[error("the series was not read within {0}; try again in a moment")]
    Overdue(humantime::Duration),
    #[error("the series shows no lungs")]
    NoLungs,
}

impl NoSeries {
    /// Whether it is more than this server takes.
    pub fn is_too_large(&self) -> bool {
        match self {
            Self::SlicePixels { .. } => true,
            Self::Refused(reason) => {
                is_cut_off(reason)
                    || matches!(
                        reason,
                        Refusal::TooManyBytes { .. }
                            | Refusal::UnpackRatio { .. }
                            | Refusal::Size { .. }
                            | Refusal::Frames { .. }
                    )
            }
            _ => false,
        }
    }
}

/// A series that lies in memory, with the part of the requests' memory that it takes: whoever works on a slice of it keeps both.
pub struct HeldSeries {
    pub series: Series,
    /// Images among the files that could not be read.
    unreadable: usize,
    /// What is odd about all files together.
    notes: Vec<Note>,
    _held: Reservation,
}

/// Slices as an upload would have brought them.
pub struct OfSeries {
    pub slices: Vec<ReadSlice>,
    /// Their places in the series, from 1.
    pub numbers: Vec<u32>,
    pub remarks: Remarks,
    /// The memory that the slices take, held until they are kept elsewhere.
    pub held: Vec<Reservation>,
}

impl HeldSeries {
    /// Whether no two of its files name different patients.
    pub fn is_of_one_patient(&self) -> bool {
        let several = |note: &Note| matches!(note, Note::SeveralPatients { .. });
        !self.notes.iter().chain(self.series.notes()).any(several)
    }

    /// The longest series among the files, which may be zips; `held` is the memory that they take.
    ///
    /// # Errors
    /// When there is none, or no memory for it.
    pub async fn read(
        state: &AppState,
        files: Vec<Vec<u8>>,
        mut held: Reservation,
    ) -> Result<Self, Error> {
        let requests = &state.config().requests;
        let came: usize = files.iter().map(Vec::len).sum();
        // One series is not to starve the others' uploads.
        let most = requests.request_memory.bytes() / 2;
        let room = match files.iter().any(|file| is_packed(file)) {
            true => came
                .saturating_mul(UNPACKED)
                .saturating_add(SLACK)
                .min(most),
            // They are kept as they came.
            false => 0,
        };
        let keeps = came.max(room) as u64;
        // Before anything is unpacked; a file is unpacked once more while it is read.
        held.grow(room)?;
        // What the files hold goes with them, also where nobody waits for them any more.
        let read = move || (read(files, keeps), held);
        let deadline = requests.body_deadline;
        let read = state.pictures().run_within(*deadline, read).await?;
        let (read, mut held) = read.ok_or(NoSeries::Overdue(deadline))?;
        let Read {
            series,
            unreadable,
            notes,
            kept,
        } = read?;
        held.shrink((came + room).saturating_sub(kept));
        Ok(Self {
            series,
            unreadable,
            notes,
            _held: held,
        })
    }

    /// Every slice windowed and masked. Those without lungs are left out, and of more slices or pixels than a request may have
    /// every second, third, … is taken.
    ///
    /// # Errors
    /// When they are too large, none shows lungs, or there is no memory for them.
    pub async fn slices(self: &Arc<Self>, state: &AppState) -> Result<OfSeries, Error> {
        let requests = &state.config().requests;
        let pixels = u64::from(self.series.width()) * u64::from(self.series.height());
        if pixels > requests.slice_pixels {
            let limit = requests.slice_pixels;
            return Err(NoSeries::SlicePixels { limit }.into());
        }
        let all = self.series.slices().len();
        let (width, height) = (self.series.width(), self.series.height());
        let most = most_within(requests.files, requests.request_pixels, width, height);
        let step = thinning(all, most);
        let left_out = LeftOut {
            passed_over: all - all.div_ceil(step),
            unreadable: self.unreadable,
            ..LeftOut::default()
        };
        let notes = self.notes.iter().chain(self.series.notes());
        let mut of_series = OfSeries {
            slices: Vec::new(),
            numbers: Vec::new(),
            remarks: Remarks {
                left_out,
                notes: notes.cloned().collect(),
            },
            held: Vec::new(),
        };
        for (place, (result, reservation)) in self.prepare_all(state, step).await? {
            if let Err(SliceFault::NoLungs(_)) = result {
                of_series.remarks.left_out.no_lungs += 1;
                continue;
            }
            of_series.held.push(reservation);
            let number = place + 1;
            let numbered = u32::try_from(number).unwrap_or(u32::MAX);
            of_series.numbers.push(numbered);
            of_series.slices.push(ReadSlice {
                name: format!("slice-{number:03}"),
                threshold: None,
                position_mm: position_mm(&self.series, place),
                result,
            });
        }
        if of_series.slices.is_empty() {
            return Err(NoSeries::NoLungs.into());
        }
        Ok(of_series)
    }

    /// Every `step`th slice, counted from 0, in the series' order; as many at a time as there are threads for pictures.
    async fn prepare_all(
        self: &Arc<Self>,
        state: &AppState,
        step: usize,
    ) -> Result<BTreeMap<usize, Prepared>, Error> {
        // Dropped, it stops what has not begun.
        let mut tasks = JoinSet::new();
        for place in (0..self.series.slices().len()).step_by(step) {
            let (state, held) = (state.clone(), Arc::clone(self));
            let task = async move { (place, prepare(&state, held, place).await) };
            tasks.spawn(task.in_current_span());
        }
        let mut all = BTreeMap::new();
        while let Some(done) = tasks.join_next().await {
            let (place, result) = done.map_err(|_| Error::Internal)?;
            all.insert(place, result?);
        }
        Ok(all)
    }
}

/// Where the slice at a place (from 0) of a series lies, in mm towards the head.
pub fn position_mm(series: &Series, place: usize) -> Option<f32> {
    let position_mm = series.slices().get(place)?.position_mm;
    position_mm.map(|mm| mm as f32)
}

async fn prepare(state: &AppState, held: Arc<HeldSeries>, place: usize) -> Result<Prepared, Error> {
    let work = move || prepare_of_series(&held.series, place);
    in_pool(state, work).await
}

/// Of what archives and deflated files unpack to, so many times their size is allowed for: CT packs to a quarter.
const UNPACKED: usize = 8;

/// Beside that: little files may be dense.
const SLACK: usize = 8 << 20;

/// Whether a file takes more memory when it is read than it has bytes: zip, gzip, or DICOM that names the deflated syntax in its
/// first group (PS3.5, A.5).
fn is_packed(file: &[u8]) -> bool {
    const HEAD: usize = 1024;
    const DEFLATED: &[u8] = b"1.2.840.10008.1.2.1.99";
    let head = &file[..file.len().min(HEAD)];
    head.starts_with(b"PK")
        || head.starts_with(&[0x1f, 0x8b])
        || head.windows(DEFLATED.len()).any(|part| part == DEFLATED)
}

/// What files gave.
struct Read {
    series: Series,
    unreadable: usize,
    /// What is odd about all of them together.
    notes: Vec<Note>,
    /// Bytes that all of the files keep.
    kept: usize,
}

/// The longest series among the files (an archive may file several under one number), which keep `most` bytes at most.
fn read(files: Vec<Vec<u8>>, most: u64) -> Result<Read, NoSeries> {
    let limits = Limits::default();
    let mut reader = SeriesReader::new(Limits {
        max_file_bytes: limits.max_file_bytes.min(most),
        max_total_bytes: limits.max_total_bytes.min(most),
        ..limits
    });
    let is_one_image = files.len() == 1 && !files[0].starts_with(b"PK");
    for (number, file) in (1..).zip(files) {
        reader.add(&format!("image {number}"), file);
    }
    let kept = usize::try_from(reader.kept_bytes()).unwrap_or(usize::MAX);
    let collected = reader.finish();
    let reasons = collected.refused.into_iter().map(|file| file.reason);
    let reasons: Vec<Refusal> = reasons.collect();
    // What comes after is missing: no patient's result is made of a part that nobody chose.
    if let Some(reason) = reasons.iter().find(|reason| is_cut_off(reason)) {
        return Err(NoSeries::Refused(reason.clone()));
    }
    let mut all = collected.series;
    if let Some(at) = longest(&all) {
        return Ok(Read {
            series: all.swap_remove(at),
            unreadable: reasons.iter().filter(|reason| reason.is_damage()).count(),
            notes: collected.notes,
            kept,
        });
    }
    // Files of other kinds lie in many folders; what is wrong with an image tells more.
    let known = |reason: &Refusal| *reason != Refusal::UnknownFormat;
    let has_unknown = !reasons.is_empty();
    Err(match reasons.into_iter().find(known) {
        Some(reason) => NoSeries::Refused(reason),
        None if has_unknown && is_one_image => NoSeries::UnknownFormat,
        None => NoSeries::NoImages,
    })
}

/// Whether a limit over all files was met, beyond which nothing more was read.
fn is_cut_off(reason: &Refusal) -> bool {
    matches!(
        reason,
        Refusal::TooManyBytesInAll { .. }
            | Refusal::TooManySlices { .. }
            | Refusal::TooManyEntries { .. }
    )
}
