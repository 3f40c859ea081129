//! An upload's body as the server reads it: any bytes, cut anywhere, under a limit. The stream is the server's own; the
//! fields are read as `server/src/form/fields.rs` reads them, without what it does with slices.
#![no_main]

use std::sync::Arc;

use axum::body::{Body, Bytes};
use libfuzzer_sys::fuzz_target;
use multer::Multipart;

#[path = "../../server/src/form/body.rs"]
#[allow(
    dead_code,
    reason = "the fuzzer reads bodies; what the server does with them is elsewhere"
)]
mod body;

use body::{LimitedBody, Progress};

const LIMIT_BYTES: usize = 4096;

fuzz_target!(|bytes: &[u8]| {
    let [piece, body @ ..] = bytes else {
        return;
    };
    let pieces: Vec<_> = body
        .chunks(usize::from(*piece) + 1)
        .map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)))
        .collect();
    let progress = Arc::new(Progress::default());
    let stream = LimitedBody::new(
        Body::from_stream(futures_util::stream::iter(pieces)),
        LIMIT_BYTES,
        progress.clone(),
    );
    let mut form = Multipart::new(stream, "b");
    let taken = block_on(async {
        let mut taken = 0;
        while let Ok(Some(mut field)) = form.next_field().await {
            let _ = (field.name().map(str::len), field.file_name().map(str::len));
            while let Ok(Some(chunk)) = field.chunk().await {
                progress.taken(chunk.len());
                taken += chunk.len();
            }
        }
        taken
    });
    assert!(taken <= LIMIT_BYTES.min(body.len()));
    assert!(!progress.too_large() || body.len() > LIMIT_BYTES);
});

/// The stream never waits for anybody but itself: it wakes before it is pending.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut future = std::pin::pin!(future);
    // A body of a million bytes has no more turns than this; more is a stall.
    for _ in 0..100_000 {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
    panic!("the form stalls");
}
