//! What a large upload takes of the memory. Alone in its binary: the system tells the most that the process has had, whichever
//! test had it.

mod common;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use common::{ANALYSES, Form, default_router, post_form, send};

/// A body that is made while it is sent, `size` bytes of one file.
fn streamed(size: usize) -> Body {
    const PIECE: usize = 64 << 10;
    let start = Form::default().field("name=\"slice\"; filename=\"big.png\"", b"");
    let mut start = start.unfinished();
    // The end of the field.
    start.truncate(start.len() - 2);
    let pieces = (0..size.div_ceil(PIECE)).map(|_| Bytes::from_static(&[7; PIECE]));
    let end = Bytes::from_static(b"\r\n------lungsight-test-boundary--\r\n");
    let stream = std::iter::once(start.into()).chain(pieces).chain([end]);
    Body::from_stream(futures_util::stream::iter(
        stream.map(Ok::<_, std::io::Error>),
    ))
}

#[tokio::test]
async fn two_hundred_megabytes_are_413_and_are_not_kept() {
    let router = default_router().await;
    let before = most_resident_bytes();
    let answer = send(&router, post_form(ANALYSES, streamed(200 << 20))).await;
    assert_eq!(
        answer.status,
        StatusCode::PAYLOAD_TOO_LARGE,
        "{}",
        answer.text()
    );
    assert!(
        answer.json()["error"]
            .as_str()
            .is_some_and(|error| error.contains("160 MiB"))
    );
    if let (Some(before), Some(after)) = (before, most_resident_bytes()) {
        assert!(
            after.saturating_sub(before) < 100 << 20,
            "grew from {before} to {after} bytes"
        );
    }
}

/// The largest memory this process has had, where the system tells.
fn most_resident_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? * 1024)
}
