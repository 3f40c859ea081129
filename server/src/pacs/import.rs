//! From a series in the archive to slices that are ready for the network.

use std::sync::Arc;

use lungsight_app::analysis::LeftOut;
use lungsight_dicom::{Origin, Patient, Uids};
use lungsight_series::{Limits, Series, SeriesReader, Window};

use super::{KnownOrigin, Pacs};
use crate::error::Error;
use crate::form::ReadSlice;
use crate::memory::Reservation;
use crate::prepare::{PreparedSlice, SliceFault, prepare_slice};
use crate::state::AppState;

/// A series as an upload would have brought it.
pub struct Imported {
    pub slices: Vec<ReadSlice>,
    pub left_out: LeftOut,
    pub origin: KnownOrigin,
    /// The memory that the slices take, held until they are kept elsewhere.
    pub held: Reservation,
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
    let (read, kept) = state.pictures().run(move || read(files, most)).await??;
    // Deflated files are larger now than they came.
    let unpacked = usize::try_from(kept)
        .unwrap_or(usize::MAX)
        .saturating_sub(bytes);
    held.grow(unpacked)?;
    let read = Arc::new(read);
    let identifiers = read.identifiers().ok_or_else(unreadable)?;
    let origin = Origin::new(identifiers)
        .map_err(|_| unreadable())?
        .with_patient(Patient {
            name: found.patient_name,
            id: found.patient_id,
        });
    let step = read
        .slices()
        .len()
        .div_ceil(state.config().requests.files)
        .max(1);
    let mut left_out = LeftOut {
        passed_over: read.slices().len() - read.slices().len().div_ceil(step),
        ..LeftOut::default()
    };
    let mut slices = Vec::new();
    let mut numbers = Vec::new();
    for place in (0..read.slices().len()).step_by(step) {
        let result = prepare(state, &read, place).await?;
        if let Err(SliceFault::NoLungs(_)) = result {
            left_out.no_lungs += 1;
            continue;
        }
        if let Ok(slice) = &result {
            held.grow(slice.bytes())?;
        }
        let number = place + 1;
        numbers.push(u32::try_from(number).unwrap_or(u32::MAX));
        slices.push(ReadSlice {
            name: format!("slice-{number:03}"),
            result: result.map(Arc::new),
        });
    }
    if slices.is_empty() {
        return Err(NoSeries::NoLungs.into());
    }
    let uids = Uids::fresh(slices.len(), Some(&origin)).map_err(|error| {
        tracing::error!(%error, "a series cannot be stored back");
        Error::Internal
    })?;
    // The files are gone with the series.
    drop(read);
    held.shrink(bytes + unpacked);
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

async fn prepare(
    state: &AppState,
    series: &Arc<Series>,
    place: usize,
) -> Result<Result<PreparedSlice, SliceFault>, Error> {
    let series = Arc::clone(series);
    let work = move || {
        let hu = series.decode(place).map_err(SliceFault::Damaged)?;
        prepare_slice(Window::LUNG.apply(&hu))
    };
    Ok(state.pictures().run(work).await?)
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
    let longest = collected
        .series
        .into_iter()
        .rev()
        .max_by_key(|series| series.slices().len());
    longest.map(|series| (series, kept)).ok_or_else(|| {
        let reason = first.map(|refused| refused.reason.to_string());
        NoSeries::Refused(reason.unwrap_or_else(|| "it has no images".to_owned()))
    })
}

fn unreadable() -> NoSeries {
    NoSeries::Refused("its identifiers are missing or malformed".to_owned())
}
