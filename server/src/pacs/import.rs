//! From a series in the archive to slices that are ready for the network.

use std::collections::BTreeMap;
use std::sync::Arc;

use lungsight_app::analysis::LeftOut;
use lungsight_dicom::{Origin, Patient, Uids};
use lungsight_series::{Limits, Series, SeriesReader, longest, thinning};
use tokio::task::JoinSet;

use super::{KnownOrigin, Pacs};
use crate::error::Error;
use crate::form::ReadSlice;
use crate::memory::{MemoryFull, Reservation};
use crate::prepare::{Prepared, SliceFault, in_pool, prepare_of_series};
use crate::state::AppState;

/// A series as an upload would have brought it.
pub struct Imported {
    pub slices: Vec<ReadSlice>,
    pub left_out: LeftOut,
    pub origin: KnownOrigin,
    /// The memory that the slices take, held until they are kept elsewhere.
    pub held: Vec<Reservation>,
}

/// Why a series of the archive cannot be analysed.
#[derive(Debug, thiserror::Error)]
pub enum NoSeries {
    #[error("the archive has no such CT series")]
    Unknown,
    #[error("the series cannot be read: {0}")]
    Refused(String),
    #[error("the series shows no lungs")]
    NoLungs,
}

/// A series that lies in memory, with the part of the requests' memory that it takes: whoever works on a slice of it keeps both.
struct Fetched {
    series: Series,
    _held: Reservation,
}

/// Fetches, reads and masks a series. Slices without lungs are left out, and of more slices than a request may have every
/// second, third, … is taken.
///
/// # Errors
/// When the archive, the files or the memory do not allow it.
pub async fn import(
    state: &AppState,
    pacs: &Pacs,
    study: &str,
    series: &str,
) -> Result<Imported, Error> {
    let found = pacs.find(study, series).await?.ok_or(NoSeries::Unknown)?;
    let fetched = Arc::new(fetch(state, pacs, study, series).await?);
    let identifiers = fetched.series.identifiers().ok_or_else(unreadable)?;
    let origin = Origin::new(identifiers)
        .map_err(|_| unreadable())?
        .with_patient(Patient {
            name: found.patient_name,
            id: found.patient_id,
        });
    let all = fetched.series.slices().len();
    let step = thinning(all, state.config().requests.files);
    let mut left_out = LeftOut {
        passed_over: all - all.div_ceil(step),
        ..LeftOut::default()
    };
    let (mut slices, mut numbers, mut held) = (Vec::new(), Vec::new(), Vec::new());
    for (place, (result, reservation)) in prepare_all(state, &fetched, step).await? {
        if let Err(SliceFault::NoLungs(_)) = result {
            left_out.no_lungs += 1;
            continue;
        }
        held.push(reservation);
        let number = place + 1;
        numbers.push(u32::try_from(number).unwrap_or(u32::MAX));
        slices.push(ReadSlice {
            name: format!("slice-{number:03}"),
            result,
        });
    }
    if slices.is_empty() {
        return Err(NoSeries::NoLungs.into());
    }
    let uids = Uids::fresh(slices.len(), Some(&origin)).map_err(|error| {
        tracing::error!(%error, "a series cannot be stored back");
        Error::Internal
    })?;
    Ok(Imported {
        slices,
        left_out,
        origin: KnownOrigin {
            origin,
            numbers,
            uids,
        },
        held,
    })
}

/// The longest series that the archive files under these numbers.
async fn fetch(state: &AppState, pacs: &Pacs, study: &str, series: &str) -> Result<Fetched, Error> {
    let mut held = state.memory().reserve_none();
    let mut fetched = pacs.client.fetch(study, series).await?;
    let mut files = Vec::new();
    let mut bytes = 0;
    while let Some(file) = fetched.next().await? {
        held.grow(file.len())?;
        bytes += file.len();
        files.push(file);
    }
    let most = state.config().requests.request_memory.bytes() as u64;
    // What the files hold goes with them, also where nobody waits for them any more.
    let read = move || (read(files, most), held);
    let (read, mut held) = state.pictures().run(read).await?;
    let (series, kept) = read?;
    // Deflated files are larger now than they came.
    let kept = usize::try_from(kept).unwrap_or(usize::MAX);
    held.grow(kept.saturating_sub(bytes))?;
    Ok(Fetched {
        series,
        _held: held,
    })
}

/// Every `step`th slice, counted from 0, in the series' order; as many at a time as there are threads for pictures.
async fn prepare_all(
    state: &AppState,
    fetched: &Arc<Fetched>,
    step: usize,
) -> Result<BTreeMap<usize, Prepared>, Error> {
    // Dropped, it stops what has not begun.
    let mut tasks = JoinSet::new();
    for place in (0..fetched.series.slices().len()).step_by(step) {
        let (state, fetched) = (state.clone(), Arc::clone(fetched));
        tasks.spawn(async move { (place, prepare(&state, fetched, place).await) });
    }
    let mut all = BTreeMap::new();
    while let Some(done) = tasks.join_next().await {
        let (place, result) = done.map_err(|_| Error::Internal)?;
        all.insert(place, result?);
    }
    Ok(all)
}

async fn prepare(
    state: &AppState,
    fetched: Arc<Fetched>,
    place: usize,
) -> Result<Prepared, MemoryFull> {
    let work = move || prepare_of_series(&fetched.series, place);
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
    longest.map(|series| (series, kept)).ok_or_else(|| {
        let reason = first.map(|refused| refused.reason.to_string());
        NoSeries::Refused(reason.unwrap_or_else(|| "it has no images".to_owned()))
    })
}

fn unreadable() -> NoSeries {
    NoSeries::Refused("its identifiers are missing or malformed".to_owned())
}
