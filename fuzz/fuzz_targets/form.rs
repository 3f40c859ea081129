//! An upload as the server takes it: any bytes as a form, cut anywhere, under limits, and each of its files as a slice, with
//! its mask where one came along. Stream, fields, names and budget are the server's own; the network is not asked.
#![no_main]

use std::sync::Arc;

use axum::body::{Body, Bytes};
use libfuzzer_sys::fuzz_target;
use lungsight_imaging::{Limits, SegmentOptions, decode, decode_mask, network_input, segment};
use multer::Multipart;

#[path = "../../server/src/form"]
#[allow(
    dead_code,
    reason = "the fuzzer reads forms; what else the server does with them is elsewhere"
)]
mod form {
    pub mod body;
    pub mod fields;
}
#[path = "../../server/src/memory.rs"]
mod memory;
#[path = "../../server/src/name.rs"]
mod name;
#[path = "../../server/src/config"]
#[allow(dead_code, reason = "as above")]
mod config {
    mod size;
    pub use size::ByteSize;
}

use config::ByteSize;
use form::body::{LimitedBody, Progress};
use form::fields::{Content, FieldLimits, FieldReader, FormFault, SentSlice};
use memory::Memory;

const LIMIT_BYTES: usize = 4096;

const FIELDS: FieldLimits = FieldLimits {
    files: 5,
    file_bytes: 1500,
};

/// Less than a body may have, in the grains that are counted in.
const BUDGET_BYTES: usize = 3 << 10;

/// As in the target `decode`.
const PICTURES: Limits = Limits {
    max_bytes: 1 << 20,
    max_pixels: 1 << 14,
    min_side: 1,
};

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
        FIELDS.files,
        progress.clone(),
    );
    let memory = Memory::new(ByteSize::new(BUDGET_BYTES));
    let mut sent = Vec::new();
    let mut reader = FieldReader::new(
        Multipart::new(stream, "b"),
        progress.clone(),
        memory.clone(),
        FIELDS,
        |slice| sent.push(slice),
    );
    let outcome = block_on(async {
        let outcome = reader.read_all().await;
        if outcome.is_err() {
            reader.drain().await;
        }
        outcome
    });
    for name in ["grouping", "no_lungs", "unreadable", "passed_over", "by_hand"] {
        assert!(reader.text(name).is_none_or(|text| text.len() <= 64));
    }
    drop(reader);
    assert!(!progress.too_large() || body.len() > LIMIT_BYTES);
    assert!(sent.len() <= FIELDS.files);
    let kept: usize = sent.iter().map(kept_bytes).sum();
    assert!(kept <= LIMIT_BYTES.min(body.len()).min(BUDGET_BYTES));
    if let Err(FormFault::SecondMask(name)) = &outcome {
        assert!(!name.is_empty());
    }
    sent.iter().for_each(look);
    drop(sent);
    // Whatever was refused, all memory is given back.
    assert!(memory.reserve_none().grow(BUDGET_BYTES).is_ok());
});

fn kept_bytes(slice: &SentSlice) -> usize {
    let length = |content: &Content| content.as_ref().map_or(0, Vec::len);
    length(&slice.file) + slice.mask.as_ref().map_or(0, length)
}

/// What `server/src/prepare.rs` does with a slice.
fn look(sent: &SentSlice) {
    assert!(!sent.name.is_empty() && sent.name.chars().count() <= name::MAX_CHARACTERS);
    assert!(!sent.name.chars().any(char::is_control));
    let Ok(slice) = sent.file.as_ref().map_err(Clone::clone).and_then(|file| {
        assert!(file.len() <= FIELDS.file_bytes);
        decode(file, &PICTURES)
    }) else {
        return;
    };
    let lungs = match &sent.mask {
        None => segment(&slice, &SegmentOptions::default())
            .lungs()
            .ok()
            .cloned(),
        Some(Err(_)) => None,
        Some(Ok(mask)) => decode_mask(mask, &slice, &PICTURES).ok(),
    };
    if let Some(lungs) = lungs {
        assert_eq!(
            (lungs.width(), lungs.height()),
            (slice.width(), slice.height())
        );
        let _ = network_input(&slice, &lungs);
    }
}

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
