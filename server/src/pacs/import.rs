//! From a series in the archive to slices that are ready for the network.

use std::sync::Arc;

use lungsight_app::analysis::Remarks;
use lungsight_dicom::web::WebError;
use lungsight_dicom::{Origin, Patient, Uids};

use super::{KnownOrigin, Pacs};
use crate::error::Error;
use crate::form::ReadSlice;
use crate::memory::Reservation;
use crate::series::{HeldSeries, NoSeries, OfSeries};
use crate::state::AppState;

/// A series as an upload would have brought it.
pub struct Imported {
    pub slices: Vec<ReadSlice>,
    pub remarks: Remarks,
    pub origin: KnownOrigin,
    /// The memory that the slices take, held until they are kept elsewhere.
    pub held: Vec<Reservation>,
}

/// Fetches, reads and masks a series; refused where its files are not of the study, the series and the one patient that the archive
/// says, as the result is stored under those. Slices without lungs are left out, and of more slices than a request may have every
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
    let identifiers = fetched.series.identifiers().ok_or(NoSeries::Identifiers)?;
    if !fetched.is_of_one_patient()
        || (
            identifiers.study_instance_uid(),
            identifiers.series_instance_uid(),
        ) != (study, series)
    {
        return Err(NoSeries::AnotherSeries.into());
    }
    let origin = Origin::new(identifiers)
        .map_err(|_| NoSeries::Identifiers)?
        .with_patient(Patient {
            name: found.patient_name,
            id: found.patient_id,
        });
    let OfSeries {
        slices,
        numbers,
        remarks,
        held,
    } = fetched.slices(state).await?;
    let uids = Uids::fresh(slices.len(), Some(&origin)).map_err(|error| {
        tracing::error!(%error, "a series cannot be stored back");
        Error::Internal
    })?;
    Ok(Imported {
        slices,
        remarks,
        origin: KnownOrigin {
            origin,
            numbers,
            uids,
        },
        held,
    })
}

/// The longest series that the archive files under these numbers.
async fn fetch(
    state: &AppState,
    pacs: &Pacs,
    study: &str,
    series: &str,
) -> Result<HeldSeries, Error> {
    let mut held = state.memory().reserve_none();
    let mut fetched = pacs.client.fetch(study, series).await?;
    let mut files = Vec::new();
    let mut has_room = |bytes| held.grow(bytes).is_ok();
    loop {
        match fetched.next(&mut has_room).await {
            Ok(Some(file)) => files.push(file),
            Ok(None) => break,
            Err(WebError::NoRoom) => return Err(Error::MemoryFull),
            Err(error) => return Err(error.into()),
        }
    }
    HeldSeries::read(state, files, held).await
}
