//! From the files of a CT series, as a client or a picture archive sends them, to slices that are ready for the network.

use std::collections::BTreeMap;
use std::sync::Arc;

use lungsight_app::analysis::LeftOut;
use lungsight_series::{Limits, Refusal, Series, SeriesReader, longest, thinning};
use tokio::task::JoinSet;

use crate::error::Error;
use crate::form::ReadSlice;
use crate::memory::{MemoryFull, Reservation};
use crate::prepare::{Prepared, SliceFault, in_pool, prepare_of_series};
use crate::state::AppState;

/// Why there is no series to analyse.
#[derive(Debug, thiserror::Error)]
pub enum NoSeries {
    #[error("the archive has no such CT series")]
    Unknown,
    #[error("the series cannot be read: {0}")]
    Refused(Refusal),
    #[error("the series cannot be read: its identifiers are missing or malformed")]
    Identifiers,
    #[error("the series cannot be read: it has no images")]
    NoImages,
    /// The server has stopped waiting for it.
    #[error("the series was not read within {0}")]
    Overdue(humantime::Duration),
    #[error("the series shows no lungs")]
    NoLungs,
}

/// A series that lies in memory, with the part of the requests' memory that it takes: whoever works on a slice of it keeps both.
pub struct HeldSeries {
    pub series: Series,
    _held: Reservation,
}

/// Slices as an upload would have brought them.
pub struct OfSeries {
    pub slices: Vec<ReadSlice>,
    /// Their places in the series, from 1.
    pub numbers: Vec<u32>,
    pub left_out: LeftOut,
    /// The memory that the slices take, held until they are kept elsewhere.
    pub held: Vec<Reservation>,
}

impl HeldSeries {
    /// The longest series among the files, which may be zips; `held` is the memory that they take.
    ///
    /// # Errors
    /// When there is none, or no memory for it.
    pub async fn read(
        state: &AppState,
        files: Vec<Vec<u8>>,
        held: Reservation,
    ) -> Result<Self, Error> {
        let most = state.config().requests.request_memory.bytes() as u64;
        let bytes: usize = files.iter().map(Vec::len).sum();
        // What the files hold goes with them, also where nobody waits for them any more.
        let read = move || (read(files, most), held);
        let deadline = state.config().requests.decode_deadline;
        let read = state.pictures().run_within(*deadline, read).await?;
        let (read, mut held) = read.ok_or(NoSeries::Overdue(deadline))?;
        let (series, kept) = read?;
        // Deflated files are larger now than they came.
        let kept = usize::try_from(kept).unwrap_or(usize::MAX);
        held.grow(kept.saturating_sub(bytes))?;
        Ok(Self {
            series,
            _held: held,
        })
    }

    /// Every slice windowed and masked. Those without lungs are left out, and of more than a request may have every second,
    /// third, … is taken.
    ///
    /// # Errors
    /// When none shows lungs, or there is no memory for them.
    pub async fn slices(self: &Arc<Self>, state: &AppState) -> Result<OfSeries, Error> {
        let all = self.series.slices().len();
        let step = thinning(all, state.config().requests.files);
        let mut of_series = OfSeries {
            slices: Vec::new(),
            numbers: Vec::new(),
            left_out: LeftOut {
                passed_over: all - all.div_ceil(step),
                ..LeftOut::default()
            },
            held: Vec::new(),
        };
        for (place, (result, reservation)) in self.prepare_all(state, step).await? {
            if let Err(SliceFault::NoLungs(_)) = result {
                of_series.left_out.no_lungs += 1;
                continue;
            }
            of_series.held.push(reservation);
            let number = place + 1;
            let numbered = u32::try_from(number).unwrap_or(u32::MAX);
            of_series.numbers.push(numbered);
            of_series.slices.push(ReadSlice {
                name: format!("slice-{number:03}"),
                threshold: None,
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
            tasks.spawn(async move { (place, prepare(&state, held, place).await) });
        }
        let mut all = BTreeMap::new();
        while let Some(done) = tasks.join_next().await {
            let (place, result) = done.map_err(|_| Error::Internal)?;
            all.insert(place, result?);
        }
        Ok(all)
    }
}

async fn prepare(
    state: &AppState,
    held: Arc<HeldSeries>,
    place: usize,
) -> Result<Prepared, MemoryFull> {
    let work = move || prepare_of_series(&held.series, place);
    in_pool(state, work).await
}

/// The longest series among the files (an archive may file several under one number), and the bytes that all of them keep: `most`
/// at most, also of one file.
fn read(files: Vec<Vec<u8>>, most: u64) -> Result<(Series, u64), NoSeries> {
    let limits = Limits::default();
    let mut reader = SeriesReader::new(Limits {
        max_file_bytes: limits.max_file_bytes.min(most),
        max_total_bytes: limits.max_total_bytes.min(most),
        ..limits
    });
    for (number, file) in (1..).zip(files) {
        reader.add(&format!("image {number}"), file);
    }
    let kept = reader.kept_bytes();
    let collected = reader.finish();
    let first = collected.refused.into_iter().next();
    let mut all = collected.series;
    let longest = longest(&all).map(|at| all.swap_remove(at));
    longest
        .map(|series| (series, kept))
        .ok_or_else(|| first.map_or(NoSeries::NoImages, |file| NoSeries::Refused(file.reason)))
}
