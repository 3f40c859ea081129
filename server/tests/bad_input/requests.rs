//! Forms that lack something, addresses that lead nowhere, names that are none.

use std::io::{Cursor, Read};

use axum::body::Body;
use axum::http::Request;
use lungsight_app::analysis::Upload;

use crate::common::{
    ANALYSES, Form, UPLOADS, default_router, get, mask_png, parsed, post_form, send, slice_png,
    slices, start,
};
use crate::error_of;

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
        (
            Form::default()
                .slice("a.png", &slice)
                .text("threshold", "90")
                .post(ANALYSES),
            400,
            "after the 'mask'",
        ),
        (
            Form::default()
                .text("threshold", "90")
                .slice("a.png", &slice)
                .mask(&mask_png(256, 256))
                .post(ANALYSES),
            400,
            "after the 'mask'",
        ),
        (with_threshold("256").post(ANALYSES), 400, "from 0 to 255"),
        (with_threshold("-1").post(ANALYSES), 400, "from 0 to 255"),
        (with_threshold("1.5").post(ANALYSES), 400, "from 0 to 255"),
        (with_threshold("+90").post(ANALYSES), 400, "from 0 to 255"),
        (with_threshold("").post(ANALYSES), 400, "from 0 to 255"),
        (
            with_threshold("\u{661}").post(ANALYSES),
            400,
            "from 0 to 255",
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

fn with_threshold(threshold: &str) -> Form {
    Form::default()
        .slice("a.png", &slice_png(1))
        .mask(&mask_png(256, 256))
        .text("threshold", threshold)
}

#[tokio::test]
async fn a_threshold_that_was_set_by_hand_is_told_with_the_result() {
    let router = default_router().await;
    let form = || {
        with_threshold("90")
            .slice("b.png", &slice_png(2))
            .text("grouping", "patient")
    };
    let at_once = send(&router, form().post(ANALYSES)).await;
    let upload: Upload = parsed(&send(&router, form().post(UPLOADS)).await);
    let begun = start(&router, &upload.id).await;
    for place in [at_once.header("location"), begun.header("location")] {
        // To its end.
        get(&router, &format!("{place}/events")).await;
        let whole = get(&router, place).await.json();
        assert_eq!(whole["slices"][0]["threshold"], 90);
        assert!(whole["slices"][1].get("threshold").is_none(), "{whole}");
        let id = whole["id"].as_str().expect("an id");
        let page = get(&router, &format!("/diagnosis/{id}")).await.text();
        for words in [
            "The lungs were found with a threshold set by hand (90).",
            "In 1 slice the lungs were found with a threshold set by hand.",
        ] {
            assert!(page.contains(words), "{page}");
        }
        let table = get(&router, &format!("{place}/results.csv")).await.text();
        let last: Vec<_> = table
            .lines()
            .map(|line| line.rsplit(',').nth(2).expect("fields"))
            .collect();
        assert_eq!(last, ["\"threshold set\"", "\"90\"", "\"\"", "\"\""]);
        let report = get(&router, &format!("{place}/report.docx")).await;
        let mut archive = zip::ZipArchive::new(Cursor::new(&report.body)).expect("a ZIP");
        let mut text = String::new();
        let mut document = archive.by_name("word/document.xml").expect("a document");
        document.read_to_string(&mut text).expect("text");
        assert!(text.contains("In 1 slice the lungs"), "{text}");
        assert!(text.contains("set by hand (90)"), "{text}");
    }
}

#[tokio::test]
async fn unknown_ids_routes_and_methods_are_answered_in_json() {
    let router = default_router().await;
    let made = send(&router, slices(1).post(ANALYSES)).await;
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
        format!("{ANALYSES}/%ff"),
        format!("{known}/slices/%ff/slice.png"),
    ];
    for path in missing {
        let (status, error) = error_of(
            &router,
            Request::get(&path).body(Body::empty()).expect("a request"),
        )
        .await;
        assert_eq!(status, 404, "{path}: {error}");
    }
    assert_eq!(start(&router, "none").await.status, 404);
    let twice = Request::get("/examples/covid-1.png?masked&masked");
    let twice = twice.body(Body::empty()).expect("a request");
    assert_eq!(error_of(&router, twice).await.0, 400);
    for (method, path) in [("GET", ANALYSES), ("DELETE", known), ("PUT", UPLOADS)] {
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
