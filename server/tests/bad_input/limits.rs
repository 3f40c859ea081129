//! Files and requests over their limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use lungsight_server::config::{ByteSize, Config};

use crate::common::{
    ANALYSES, FakeEngine, Form, UPLOADS, default_router, mask_png, post_form, ready_router, send,
    slice_png, slices,
};

#[tokio::test]
async fn a_file_over_its_limit_is_skipped_and_the_others_go_on() {
    let mut config = Config::default();
    config.requests.file_bytes = ByteSize::mebibytes(1);
    let router = ready_router(config, &FakeEngine::default()).await;
    let large = vec![b'x'; 3 << 20];
    let form = Form::default()
        .slice("large.png", &large)
        .slice("good.png", &slice_png(1));
    let answer = send(&router, form.post(ANALYSES)).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let slices = &answer.json()["slices"];
    assert_eq!(slices[0]["status"], 413);
    assert!(
        slices[0]["error"]
            .as_str()
            .is_some_and(|error| error.contains("3145728 bytes")),
        "{slices}"
    );
    assert!(slices[1]["predicted"].is_string());
    let alone = send(
        &router,
        Form::default().slice("large.png", &large).post(ANALYSES),
    )
    .await;
    assert_eq!(alone.status, StatusCode::PAYLOAD_TOO_LARGE);
}

/// A body that is made while it is sent: the last field of a form with `size` bytes more, and whether all of it has been sent.
fn streamed_after(start: Form, size: usize) -> (Body, Arc<AtomicBool>) {
    const PIECE: usize = 64 << 10;
    let mut start = start.unfinished();
    // The end of its last field.
    start.truncate(start.len() - 2);
    let pieces = (0..size.div_ceil(PIECE)).map(|_| Bytes::from_static(&[7; PIECE]));
    let is_sent = Arc::new(AtomicBool::new(false));
    let last = is_sent.clone();
    let end = std::iter::once_with(move || {
        last.store(true, Ordering::SeqCst);
        Bytes::from_static(b"\r\n------lungsight-test-boundary--\r\n")
    });
    let stream = std::iter::once(start.into()).chain(pieces).chain(end);
    let stream = futures_util::stream::iter(stream.map(Ok::<_, std::io::Error>));
    (Body::from_stream(stream), is_sent)
}

#[tokio::test]
async fn what_is_left_of_a_refused_form_is_received_before_it_is_told() {
    let mut config = Config::default();
    config.requests.request_memory = ByteSize::mebibytes(4);
    let router = ready_router(config, &FakeEngine::default()).await;
    let open = |field: &str| format!("name=\"{field}\"; filename=\"a.png\"");
    let slice = Form::default().slice("a.png", &slice_png(1));
    for (form, field, status) in [
        (Form::default(), "slice", StatusCode::SERVICE_UNAVAILABLE),
        (Form::default(), "mask", StatusCode::BAD_REQUEST),
        (
            slice.mask(&mask_png(256, 256)),
            "mask",
            StatusCode::BAD_REQUEST,
        ),
    ] {
        let (body, is_sent) = streamed_after(form.field(&open(field), b""), 8 << 20);
        let answer = send(&router, post_form(ANALYSES, body)).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(is_sent.load(Ordering::SeqCst), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_form_of_nothing_but_headers_is_refused_before_it_fills_the_memory() {
    let router = default_router().await;
    let start = Bytes::from(format!(
        "------lungsight-test-boundary\r\nContent-Disposition: {}",
        "x".repeat(1000)
    ));
    let pieces =
        std::iter::once(start).chain((0..2000).map(|_| Bytes::from_static(&[b'x'; 64 << 10])));
    let body = Body::from_stream(futures_util::stream::iter(
        pieces.map(Ok::<_, std::io::Error>),
    ));
    let answer = send(&router, post_form(ANALYSES, body)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
}

#[tokio::test]
async fn too_many_files_and_too_many_pixels_are_413() {
    let mut config = Config::default();
    config.requests.files = 3;
    config.requests.request_pixels = 2 * 256 * 256;
    let router = ready_router(config, &FakeEngine::default()).await;
    let answer = send(&router, slices(4).post(ANALYSES)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        answer.json()["error"]
            .as_str()
            .is_some_and(|error| error.contains("more than 3 files"))
    );
    let answer = send(&router, slices(3).post(ANALYSES)).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.json()["slices"][2]["status"], 413);
    let answer = send(&router, slices(3).post(UPLOADS)).await;
    assert_eq!(answer.json()["slices"][2]["status"], 413);
}
