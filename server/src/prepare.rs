//! From a file to what the network takes: decode, find the lungs (or take the mask that came along), cut out the input.

use std::sync::Arc;

use lungsight_imaging::{
    DecodeError, Limits, Mask, NetworkInput, NoLungs, SegmentOptions, Slice, decode, decode_mask,
    network_input, segment,
};
use lungsight_series::{Series, Window};

use crate::error::Error;
use crate::inference::InferenceError;
use crate::memory::Reservation;
use crate::metrics::Stage;
use crate::pool::WorkFailed;
use crate::state::AppState;

/// A slice that was read and whose lungs are known.
#[derive(Debug)]
pub struct PreparedSlice {
    pub slice: Slice,
    pub lungs: Mask,
    pub input: Arc<NetworkInput>,
}

impl PreparedSlice {
    /// Memory that the pictures take, in bytes.
    pub fn bytes(&self) -> usize {
        self.slice.pixels().len() + self.lungs.values().len() + self.input.pixels.len()
    }
}

/// Why one file has no result; the messages are written for its user and name no other file.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SliceFault {
    /// On the command line: the file is not there, or is none.
    #[error("{0}")]
    Unreadable(String),
    #[error("{0}")]
    Slice(DecodeError),
    /// Of a series: its pixels are damaged.
    #[error("{0}")]
    Damaged(lungsight_series::SliceError),
    #[error("the mask cannot be used: {0}")]
    Mask(DecodeError),
    #[error("{0}")]
    NoLungs(NoLungs),
    #[error("the slices of one request may have {limit} pixels together; this one is beyond that")]
    RequestPixels { limit: u64 },
    /// The server has stopped waiting for it.
    #[error("it was not decoded and masked within {0}")]
    Overdue(humantime::Duration),
    #[error("{0}")]
    Inference(InferenceError),
    /// Servers that share a database are to have the same weights: no patient's result is made of two networks'.
    #[error("a server with other weights took it; whoever runs the servers must give all the same")]
    OtherWeights,
    /// A defect of ours; the log has the details.
    #[error("the file could not be read because of an error in the server")]
    Internal,
}

/// Reads one file, with its mask where one came along.
///
/// # Errors
/// When the file is no slice, the mask does not belong to it, or no lungs are found.
pub fn prepare(
    file: &[u8],
    mask: Option<&[u8]>,
    limits: &Limits,
) -> Result<PreparedSlice, SliceFault> {
    let slice = decode(file, limits).map_err(SliceFault::Slice)?;
    let Some(mask) = mask else {
        return prepare_slice(slice);
    };
    let lungs = decode_mask(mask, &slice, limits).map_err(SliceFault::Mask)?;
    prepared(slice, lungs)
}

/// Finds the lungs of a slice that is decoded already.
///
/// # Errors
/// When no lungs are found.
pub fn prepare_slice(slice: Slice) -> Result<PreparedSlice, SliceFault> {
    let segmentation = segment(&slice, &SegmentOptions::default());
    let lungs = segmentation.into_lungs().map_err(SliceFault::NoLungs)?;
    prepared(slice, lungs)
}

/// Decodes a slice of a series, counted from 0, and finds its lungs, in the window that the network was trained with.
///
/// # Errors
/// When its pixels are damaged, or no lungs are found.
pub fn prepare_of_series(series: &Series, slice: usize) -> Result<PreparedSlice, SliceFault> {
    let hu = series.decode(slice).map_err(SliceFault::Damaged)?;
    prepare_slice(Window::LUNG.apply(&hu))
}

/// What became of a slice, and the memory that it holds.
pub type Prepared = (Result<Arc<PreparedSlice>, SliceFault>, Reservation);

/// Has a slice prepared on a thread for pictures, in the time that one may take.
///
/// # Errors
/// When what it is then has no room among the requests' memory, or no thread is free for it: then the request as a whole is to be
/// sent again, as no result is made of the slices that were the first.
pub async fn in_pool(
    state: &AppState,
    work: impl FnOnce() -> Result<PreparedSlice, SliceFault> + Send + 'static,
) -> Result<Prepared, Error> {
    let deadline = state.config().requests.decode_deadline;
    let metrics = state.metrics().clone();
    let work = move || metrics.time(Stage::Prepare, work);
    let result = match state.pictures().run_within(*deadline, work).await {
        Ok(Some(result)) => result,
        Ok(None) => Err(SliceFault::Overdue(deadline)),
        Err(stuck @ WorkFailed::Stuck) => return Err(stuck.into()),
        Err(WorkFailed::Panicked) => Err(SliceFault::Internal),
    };
    let mut held = state.memory().reserve_none();
    if let Ok(slice) = &result {
        held.grow(slice.bytes())?;
    }
    Ok((result.map(Arc::new), held))
}

fn prepared(slice: Slice, lungs: Mask) -> Result<PreparedSlice, SliceFault> {
    let input = network_input(&slice, &lungs).map_err(SliceFault::NoLungs)?;
    Ok(PreparedSlice {
        slice,
        lungs,
        input: Arc::new(input),
    })
}
