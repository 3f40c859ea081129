//! A request's body as a stream under limits, read to its end also when it is refused.
//!
//! A browser that is still sending when the answer comes and the connection closes shows "connection reset" instead of
//! the answer. So what is beyond the limit is received and thrown away, up to a multiple of the limit.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::Stream;

/// Of a body that is too large, so many times the limit is thrown away before the connection is closed on it.
const DRAINED_LIMITS: usize = 4;

/// Bytes passed on before the reader gets a turn. The form parser takes all that is there before it looks for a field,
/// and a fast sender would fill the memory.
const TURN_BYTES: usize = 64 << 10;

/// Bytes of a slice and its mask in a form that belong to no field: two boundaries, and headers with names as long as file
/// systems allow.
const OVERHEAD_BYTES: usize = 1 << 10;

/// What a form with so many files may have of boundaries, headers, and bytes that the parser has not looked at yet: what
/// piles up in it at most.
pub fn overhead_bytes(files: usize) -> usize {
    files
        .saturating_mul(OVERHEAD_BYTES)
        .saturating_add(2 * TURN_BYTES)
}

/// What the stream and the reader of the form know of each other.
#[derive(Default)]
pub struct Progress {
    received_bytes: AtomicUsize,
    taken_bytes: AtomicUsize,
    too_large: AtomicBool,
}

impl Progress {
    /// The reader has taken `bytes` out of a field.
    pub fn taken(&self, bytes: usize) {
        self.taken_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Whether the body went over its limit.
    pub fn too_large(&self) -> bool {
        self.too_large.load(Ordering::Relaxed)
    }

    fn waiting_bytes(&self) -> usize {
        self.received_bytes
            .load(Ordering::Relaxed)
            .saturating_sub(self.taken_bytes.load(Ordering::Relaxed))
    }
}

/// Why the stream ended early; what is said to the user follows from [`Progress`].
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("the body is larger than allowed")]
    TooLarge,
    #[error("the form's headers are larger than allowed")]
    Overhead,
    #[error("the connection broke")]
    Broken,
}

/// The body under a limit in bytes.
pub struct LimitedBody {
    inner: BodyDataStream,
    limit: usize,
    overhead: usize,
    progress: Arc<Progress>,
    turn_bytes: usize,
}

impl LimitedBody {
    /// Of a form with so many `files` at most.
    pub fn new(body: Body, limit: usize, files: usize, progress: Arc<Progress>) -> Self {
        Self {
            inner: body.into_data_stream(),
            limit,
            overhead: overhead_bytes(files),
            progress,
            turn_bytes: 0,
        }
    }
}

impl Stream for LimitedBody {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if self.turn_bytes >= TURN_BYTES {
                self.turn_bytes = 0;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let data = match ready!(Pin::new(&mut self.inner).poll_next(context)) {
                None if self.progress.too_large() => {
                    return Poll::Ready(Some(Err(BodyError::TooLarge)));
                }
                None => return Poll::Ready(None),
                Some(Err(_)) => return Poll::Ready(Some(Err(BodyError::Broken))),
                Some(Ok(data)) => data,
            };
            self.turn_bytes += data.len();
            let received = self
                .progress
                .received_bytes
                .fetch_add(data.len(), Ordering::Relaxed)
                + data.len();
            if received <= self.limit {
                if self.progress.waiting_bytes() > self.overhead + data.len() {
                    return Poll::Ready(Some(Err(BodyError::Overhead)));
                }
                return Poll::Ready(Some(Ok(data)));
            }
            self.progress.too_large.store(true, Ordering::Relaxed);
            if received > self.limit.saturating_mul(DRAINED_LIMITS) {
                return Poll::Ready(Some(Err(BodyError::TooLarge)));
            }
        }
    }
}
