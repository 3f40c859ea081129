//! What a user may send by mistake or on purpose: each gets its status and a message that names the file and the reason,
//! and the good files beside it are analysed.

mod common;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use common::{
    Answer, FakeEngine, Form, default_router, get, mask_png, post_form, ready_router, send,
    slice_png,
};
use lungsight_imaging::{Mask, Slice, encode_png_grey, encode_png_mask};
use lungsight_server::config::{ByteSize, Config};

const ANALYSES: &str = "/api/v1/analyses";

/// A small file that declares 20,000 x 20,000 pixels: the header of a PNG with a right checksum, and no pixels.
fn declared_20000() -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(20_000u32.to_be_bytes());
    header.extend(20_000u32.to_be_bytes());
    header.extend([8, 0, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0d".to_vec();
    let crc = crc32(&header);
    file.extend(header);
    file.extend(crc.to_be_bytes());
    file.extend(b"\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e");
    file
}

/// CRC-32 of PNG chunks (ISO 3309), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

fn one_by_one() -> Vec<u8> {
    encode_png_grey(&Slice::new(1, 1, vec![80]).expect("fits"))
}

fn no_ct() -> Vec<u8> {
    encode_png_grey(&Slice::new(128, 128, vec![200; 128 * 128]).expect("fits"))
}

fn empty_mask() -> Vec<u8> {
    encode_png_mask(&Mask::new(256, 256, vec![0; 256 * 256]).expect("fits"))
}

/// Name, content, mask, status alone, and words that the reason holds.
type BadFile = (&'static str, Vec<u8>, Option<Vec<u8>>, u16, &'static str);

/// Every bad file.
fn bad_files() -> Vec<BadFile> {
    let good = slice_png(1);
    let truncated = good[..good.len() / 2].to_vec();
    vec![
        (
            "notes.txt",
            b"these are notes".to_vec(),
            None,
            415,
            "not an image",
        ),
        (
            "film.gif",
            b"GIF89a\x01\x00\x01\x00\x00\x00\x00;".to_vec(),
            None,
            415,
            "not an image",
        ),
        ("zero.png", Vec::new(), None, 422, "empty"),
        ("dot.png", one_by_one(), None, 422, "1 x 1"),
        ("huge.png", declared_20000(), None, 413, "20000 x 20000"),
        ("half.png", truncated, None, 422, "truncated"),
        ("wall.png", no_ct(), None, 422, "no lungs found"),
        (
            "other-mask.png",
            good.clone(),
            Some(mask_png(128, 256)),
            422,
            "128 x 256",
        ),
        (
            "empty-mask.png",
            good.clone(),
            Some(empty_mask()),
            422,
            "mask is empty",
        ),
        (
            "text-mask.png",
            good,
            Some(b"lungs".to_vec()),
            415,
            "mask cannot be used",
        ),
    ]
}

fn with_bad(form: Form, (name, file, mask, ..): &BadFile) -> Form {
    let form = form.slice(name, file);
    match mask {
        Some(mask) => form.mask(mask),
        None => form,
    }
}

#[tokio::test]
async fn a_bad_file_alone_has_its_status_and_is_named() {
    let router = default_router().await;
    for bad in bad_files() {
        let (name, .., status, words) = &bad;
        for path in [ANALYSES, "/api/v1/uploads"] {
            let answer = send(&router, with_bad(Form::default(), &bad).post(path)).await;
            assert_eq!(
                answer.status.as_u16(),
                *status,
                "{name} at {path}: {}",
                answer.text()
            );
            let body = answer.json();
            assert!(
                body["error"]
                    .as_str()
                    .is_some_and(|e| e.contains(name) && e.contains(words)),
                "{body}"
            );
            assert_eq!(body["slices"][0]["name"], *name);
            assert_eq!(body["slices"][0]["status"], *status);
        }
    }
}

#[tokio::test]
async fn good_files_beside_every_bad_one_are_analysed() {
    let router = default_router().await;
    let bad = bad_files();
    let mut form = Form::default().slice("first.png", &slice_png(1));
    for file in &bad {
        form = with_bad(form, file);
    }
    let answer = send(
        &router,
        form.slice("last.png", &slice_png(2)).post(ANALYSES),
    )
    .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let slices = answer.json()["slices"].as_array().expect("slices").clone();
    assert_eq!(slices.len(), bad.len() + 2);
    assert!(slices[0]["predicted"].is_string() && slices[bad.len() + 1]["predicted"].is_string());
    for (slice, (name, .., status, words)) in slices[1..].iter().zip(&bad) {
        assert_eq!(slice["name"], *name);
        assert_eq!(slice["status"], *status);
        assert!(
            slice["error"]
                .as_str()
                .is_some_and(|error| error.contains(words)),
            "{slice}"
        );
        assert!(slice.get("predicted").is_none());
    }
    let of_failed = format!("{}/slices/1/slice.png", answer.header("location"));
    assert_eq!(get(&router, &of_failed).await.status, StatusCode::NOT_FOUND);
}

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

/// A body that is made while it is sent, `size` bytes of one file.
fn streamed(size: usize) -> Body {
    const PIECE: usize = 64 << 10;
    let start = Bytes::from(
        Form::default()
            .field("name=\"slice\"; filename=\"big.png\"", b"")
            .unfinished(),
    );
    let pieces = (0..size.div_ceil(PIECE)).map(|_| Bytes::from_static(&[7; PIECE]));
    let stream = std::iter::once(start)
        .chain(pieces)
        .map(Ok::<_, std::io::Error>);
    Body::from_stream(futures_util::stream::iter(stream))
}

#[tokio::test]
async fn two_hundred_megabytes_are_413_and_are_not_kept() {
    let router = default_router().await;
    let before = resident_bytes();
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
    if let (Some(before), Some(after)) = (before, resident_bytes()) {
        assert!(
            after.saturating_sub(before) < 100 << 20,
            "grew from {before} to {after} bytes"
        );
    }
}

/// The largest memory this process has had, where the system tells.
fn resident_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? * 1024)
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
    let form = |count: u64| {
        (0..count).fold(Form::default(), |form, seed| {
            form.slice("a.png", &slice_png(seed))
        })
    };
    let answer = send(&router, form(4).post(ANALYSES)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        answer.json()["error"]
            .as_str()
            .is_some_and(|error| error.contains("more than 3 files"))
    );
    let answer = send(&router, form(3).post(ANALYSES)).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.json()["slices"][2]["status"], 413);
}

async fn error_of(router: &Router, request: Request<Body>) -> (u16, String) {
    let Answer { status, body, .. } = send(router, request).await;
    let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    (
        status.as_u16(),
        body["error"].as_str().expect("a message").to_owned(),
    )
}

#[tokio::test]
async fn forms_that_lack_something_are_400() {
    let router = default_router().await;
    let slice = slice_png(1);
    let cut = Form::default().slice("a.png", &slice[..500]).unfinished();
    let cases = [
        (Form::default().post(ANALYSES), 400, "no 'slice'"),
        (
            Form::default().text("grouping", "slices").post(ANALYSES),
            400,
            "no 'slice'",
        ),
        (
            Form::default().slice("", b"").post(ANALYSES),
            400,
            "no 'slice'",
        ),
        (
            Form::default()
                .field("name=\"file\"; filename=\"a.png\"", &slice)
                .post(ANALYSES),
            400,
            "no 'slice'",
        ),
        (
            Form::default()
                .slice("a.png", &slice)
                .text("grouping", "family")
                .post(ANALYSES),
            400,
            "'family'",
        ),
        (
            Form::default()
                .mask(&mask_png(256, 256))
                .slice("a.png", &slice)
                .post(ANALYSES),
            400,
            "before any",
        ),
        (
            Form::default()
                .slice("a.png", &slice)
                .mask(&slice)
                .mask(&slice)
                .post(ANALYSES),
            400,
            "a.png",
        ),
        (post_form(ANALYSES, cut), 400, "could not be read"),
        (
            post_form(ANALYSES, "no form at all"),
            400,
            "could not be read",
        ),
        (
            Request::post(ANALYSES)
                .body(Body::from("{}"))
                .expect("a request"),
            415,
            "multipart",
        ),
    ];
    for (request, status, words) in cases {
        let (got, error) = error_of(&router, request).await;
        assert_eq!(got, status, "{error}");
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn unknown_ids_routes_and_methods_are_answered_in_json() {
    let router = default_router().await;
    let made = send(
        &router,
        Form::default().slice("a.png", &slice_png(1)).post(ANALYSES),
    )
    .await;
    let known = made.header("location");
    let unknown = format!("{ANALYSES}/0123456789abcdef0123456789abcdef");
    let missing = [
        unknown.clone(),
        format!("{unknown}/report.docx"),
        format!("{unknown}/slices/0/slice.png"),
        format!("{unknown}/slices/0/layers"),
        format!("{known}/slices/1/slice.png"),
        format!("{known}/slices/-1/mask.png"),
        format!("{known}/slices/99999999999999999999/heatmap.png"),
        format!("{known}/slices/0/layers/none.png"),
        format!("{known}/slices/0/other.png"),
        "/api/v1/nothing".to_owned(),
        "/api/".to_owned(),
    ];
    for path in missing {
        let (status, error) = error_of(
            &router,
            Request::get(&path).body(Body::empty()).expect("a request"),
        )
        .await;
        assert_eq!(status, 404, "{path}: {error}");
    }
    let start = Request::post("/api/v1/uploads/none/analysis")
        .body(Body::empty())
        .expect("a request");
    assert_eq!(error_of(&router, start).await.0, 404);
    for (method, path) in [
        ("GET", ANALYSES),
        ("DELETE", known),
        ("PUT", "/api/v1/uploads"),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty())
            .expect("a request");
        assert_eq!(error_of(&router, request).await.0, 405, "{method} {path}");
    }
}

#[tokio::test]
async fn names_are_cleaned_before_they_are_shown() {
    let router = default_router().await;
    let form = Form::default().slice("../../etc/p\u{202e}asswd<script>.png", &slice_png(1));
    let answer = send(&router, form.post(ANALYSES)).await.json();
    assert_eq!(answer["slices"][0]["name"], "passwd<script>.png");
}
