//! What becomes of the slices of a form: each is decoded and masked in the picture pool as soon as it is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument, Span};

use super::ReadSlice;
use super::fields::SentSlice;
use crate::error::Error;
use crate::memory::Reservation;
use crate::prepare::{Prepared, SliceFault, in_pool, prepare};
use crate::state::AppState;

/// How many pixels the slices of a form have that were decoded so far, in whatever order.
pub(super) type DecodedPixels = Arc<AtomicU64>;

/// A slice in the pool. Dropped, it is not begun any more.
pub(super) struct PendingSlice {
    name: String,
    threshold: Option<u8>,
    position_mm: Option<f32>,
    task: AbortOnDropHandle<Result<Prepared, Error>>,
}

/// Has a slice decoded and masked while the next ones are on the way, as a part of `request`.
pub(super) fn begin(
    slice: SentSlice,
    state: &AppState,
    decoded: &DecodedPixels,
    request: Span,
) -> PendingSlice {
    PendingSlice {
        name: slice.name.clone(),
        threshold: slice.threshold,
        position_mm: slice.position_mm,
        task: AbortOnDropHandle::new(tokio::spawn(
            prepare_in_pool(slice, state.clone(), decoded.clone()).instrument(request),
        )),
    }
}

/// Waits until every slice is decoded and masked; with them, the memory that they hold.
pub(super) async fn finish(
    pending: Vec<PendingSlice>,
    state: &AppState,
) -> Result<(Vec<ReadSlice>, Vec<Reservation>), Error> {
    let limit = state.config().requests.request_pixels;
    let (mut slices, mut reservations) = (Vec::new(), Vec::new());
    let mut pixels = 0;
    for PendingSlice {
        name,
        threshold,
        position_mm,
        task,
    } in pending
    {
        let (mut result, held) = task.await.map_err(|_| Error::Internal)??;
        if let Ok(slice) = &result {
            pixels += slice.slice.pixels().len() as u64;
            if pixels > limit {
                result = Err(SliceFault::RequestPixels { limit });
            }
        }
        slices.push(ReadSlice {
            name,
            threshold,
            position_mm,
            result,
        });
        reservations.push(held);
    }
    Ok((slices, reservations))
}

async fn prepare_in_pool(
    slice: SentSlice,
    state: AppState,
    decoded: DecodedPixels,
) -> Result<Prepared, Error> {
    let SentSlice {
        file, mask, held, ..
    } = slice;
    let contents = file.map_err(SliceFault::Slice).and_then(|file| {
        let mask = mask.transpose().map_err(SliceFault::Mask)?;
        Ok((file, mask))
    });
    match contents {
        Ok((file, mask)) => {
            let limits = state.config().requests.decoding();
            let limit = state.config().requests.request_pixels;
            let work = move || {
                // What the files hold goes with them: one that takes too long is in memory until it is done.
                let _held = held;
                // [`finish`] counts in order; by twice the limit it is certain that this one is beyond it.
                if decoded.load(Ordering::Relaxed) > limit.saturating_mul(2) {
                    return Err(SliceFault::RequestPixels { limit });
                }
                let slice = prepare(&file, mask.as_deref(), &limits)?;
                decoded.fetch_add(slice.slice.pixels().len() as u64, Ordering::Relaxed);
                Ok(slice)
            };
            in_pool(&state, work).await
        }
        Err(fault) => Ok((Err(fault), state.memory().reserve_none())),
    }
}
