//! Bodies that are no honest forms.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use axum::body::Body;
use axum::http::{Request, header};

use crate::common::{Form, default_router, post_form, send, slice_png};
use crate::{ANALYSES, assert_bounded};

#[tokio::test]
async fn compressed_bodies_are_415_and_not_unpacked() {
    let router = default_router().await;
    let form = Form::default()
        .slice("a.png", &vec![0; 64 << 20])
        .finished();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&form).expect("into memory");
    let packed = encoder.finish().expect("into memory");
    for encoding in ["gzip", "br", "deflate", "zstd", "gzip, gzip", "nonsense"] {
        for path in [ANALYSES, "/api/v1/uploads"] {
            let mut request = post_form(path, packed.clone());
            let value = encoding.parse().expect("a value");
            request
                .headers_mut()
                .insert(header::CONTENT_ENCODING, value);
            let began = Instant::now();
            let answer = send(&router, request).await;
            assert_bounded(began, encoding);
            assert_eq!(answer.status, 415, "{encoding}: {}", answer.text());
            assert!(
                answer.text().contains("Content-Encoding"),
                "{}",
                answer.text()
            );
        }
    }
    let mut plain = Form::default().slice("a.png", &slice_png(1)).post(ANALYSES);
    let value = "identity".parse().expect("a value");
    plain.headers_mut().insert(header::CONTENT_ENCODING, value);
    assert_eq!(send(&router, plain).await.status, 201);
}

#[tokio::test]
async fn compressed_parts_are_files_of_an_unknown_kind() {
    let router = default_router().await;
    let disposition = "name=\"slice\"; filename=\"a.png\"\r\nContent-Encoding: gzip";
    let form = Form::default().field(disposition, b"\x1f\x8b\x08\0\0\0\0\0\0\x03");
    let answer = send(&router, form.post(ANALYSES)).await;
    assert_eq!(answer.status, 415, "{}", answer.text());
    assert!(answer.text().contains("a.png"), "{}", answer.text());
}

#[tokio::test]
async fn lengths_that_parts_declare_are_not_believed() {
    let router = default_router().await;
    for length in ["0", "3", "-1", "99999999999999999999999", "nonsense"] {
        let disposition = format!("name=\"slice\"; filename=\"a.png\"\r\nContent-Length: {length}");
        let form = Form::default().field(&disposition, &slice_png(1));
        let answer = send(&router, form.post(ANALYSES)).await;
        assert_eq!(answer.status, 201, "{length}: {}", answer.text());
    }
}

#[tokio::test]
async fn hundreds_of_thousands_of_tiny_parts_are_400() {
    let router = default_router().await;
    for name in ["x", "slice", "grouping"] {
        let part = format!("name=\"{name}\"");
        let many = (0..200_000).fold(Form::default(), |form, _| form.field(&part, b""));
        let began = Instant::now();
        let answer = send(&router, many.post(ANALYSES)).await;
        assert_bounded(began, name);
        assert_eq!(answer.status, 400, "{name}: {}", answer.text());
    }
}

#[tokio::test]
async fn very_long_names_are_shortened_or_400() {
    let router = default_router().await;
    let name = format!("{}.png", "n".repeat(60_000));
    let answer = send(
        &router,
        Form::default().slice(&name, &slice_png(1)).post(ANALYSES),
    )
    .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let shown = answer.json()["slices"][0]["name"].take();
    assert!(
        shown.as_str().is_some_and(|shown| shown.len() < 400),
        "{shown}"
    );
    for disposition in [
        format!(
            "name=\"slice\"; filename=\"a.png\"\r\n{}: x",
            "h".repeat(1 << 20)
        ),
        format!("name=\"slice\"; filename=\"{}\"", "n".repeat(8 << 20)),
        format!("name=\"slice\"; filename=\"a\"{}", "\r\nX: y".repeat(1000)),
        "name=\"slice\"; filename=\"a\"\r\nX\0: y".to_owned(),
    ] {
        let began = Instant::now();
        let form = Form::default()
            .field(&disposition, &slice_png(1))
            .finished();
        // In pieces, as a connection brings it.
        let pieces: Vec<_> = form
            .chunks(64 << 10)
            .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
            .collect();
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let answer = send(&router, post_form(ANALYSES, body)).await;
        assert_bounded(began, "a long or strange header");
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
}

#[tokio::test]
async fn strange_boundaries_are_refused() {
    let router = default_router().await;
    let long = "b".repeat(7000);
    for boundary in ["", "\"\"", "\"", "b; charset=utf-16", &long, "a b", "--"] {
        let request = Request::post(ANALYSES)
            .header(
                header::CONTENT_TYPE,
                format!("multipart/form-data; boundary={boundary}"),
            )
            .body(Body::from(
                Form::default().slice("a.png", &slice_png(1)).finished(),
            ))
            .expect("a request");
        let began = Instant::now();
        let answer = send(&router, request).await;
        assert_bounded(began, boundary);
        assert!(
            matches!(answer.status.as_u16(), 400 | 415),
            "{boundary}: {}",
            answer.text()
        );
    }
}

/// What the fuzzer has kept (`fuzz/corpus/form`): a byte that it cuts by, then a body with the boundary `b`.
#[tokio::test]
async fn every_kept_form_is_answered() {
    let router = default_router().await;
    let folder = Path::new("../fuzz/corpus/form");
    let mut count = 0;
    for file in std::fs::read_dir(folder).expect("the corpus is there") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("readable");
        for path in [ANALYSES, "/api/v1/uploads"] {
            let request = Request::post(path)
                .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
                .body(Body::from(bytes.get(1..).unwrap_or_default().to_vec()))
                .expect("a request");
            let answer = send(&router, request).await;
            assert!(answer.status.as_u16() < 500, "{}", answer.text());
            assert!(answer.json().is_object());
        }
        count += 1;
    }
    assert!(count > 5, "{count} files");
}
