//! A body that is one file.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use futures_util::Stream;
use tracing::Instrument;

use super::body::{LimitedBody, Progress};
use super::{refuse_encoded, waits_in_vain};
use crate::error::Error;
use crate::memory::{MemoryFull, Reservation};
use crate::metrics::Stage;
use crate::state::AppState;

/// Receives a body, with the memory that it takes.
///
/// # Errors
/// When it is empty, compressed, larger than a request may be, too slow, or there is no memory for it.
pub async fn read(request: Request, state: &AppState) -> Result<(Vec<u8>, Reservation), Error> {
    let limits = &state.config().requests;
    let too_large = Error::RequestTooLarge(limits.request_bytes);
    if waits_in_vain(&request, limits) {
        return Err(too_large);
    }
    refuse_encoded(request.headers())?;
    let progress = Arc::new(Progress::default());
    let body = LimitedBody::new(
        request.into_body(),
        limits.request_bytes.bytes(),
        1,
        progress.clone(),
    );
    let mut held = state.memory().reserve_none();
    let reading = receive(body, &progress, &mut held).instrument(Stage::Receive.span());
    let began = Instant::now();
    let received = tokio::time::timeout(*limits.body_deadline, reading).await;
    state.metrics().took(Stage::Receive, began.elapsed());
    if progress.too_large() {
        return Err(too_large);
    }
    let file = received.map_err(|_| Error::TooSlow)??;
    if file.is_empty() {
        return Err(Error::EmptyBody);
    }
    Ok((file, held))
}

/// What room is made by.
const STEP: usize = 1 << 20;

/// To the body's end, also when there is no room for it: the client is to be there to read the answer.
async fn receive(
    body: LimitedBody,
    progress: &Progress,
    held: &mut Reservation,
) -> Result<Vec<u8>, Error> {
    let mut body = pin!(body);
    let (mut file, mut room) = (Vec::new(), Ok(()));
    while let Some(chunk) = poll_fn(|context| body.as_mut().poll_next(context)).await {
        let chunk = chunk.map_err(|_| Error::BrokenBody)?;
        progress.taken(chunk.len());
        if room.is_ok() {
            room = held.grow(chunk.len());
            // Doubled by itself, it would take room that nobody has counted.
            if file.capacity() - file.len() < chunk.len() {
                file.reserve_exact(chunk.len().max(STEP));
            }
        }
        match room {
            Ok(()) => file.extend_from_slice(&chunk),
            Err(MemoryFull) => {
                held.shrink(file.len());
                file = Vec::new();
            }
        }
    }
    room?;
    Ok(file)
}
