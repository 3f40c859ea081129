//! Examples as they are sent and shown.

use std::fs;

use axum::http::StatusCode;
use lungsight_imaging::{Limits, SegmentOptions, Step, decode, mask_fingerprint, segment};

use crate::common::{default_router, get, slice_png};
use crate::{checkerboard, examples_of, folder, started};

#[tokio::test]
async fn an_example_is_sent_as_pixels_alone_and_as_its_lungs() {
    let png = slice_png(4);
    // Behind the end of a PNG anything can stand; decoders stop before.
    let mut file = png.clone();
    file.extend(b"the patient's name");
    let folder = folder(&[("covid/a.png", &file)]);
    let router = started(examples_of(folder.path())).await;
    let slice = decode(&png, &Limits::default()).expect("a slice");
    let segmentation = segment(&slice, &SegmentOptions::default());
    let fingerprint = mask_fingerprint(segmentation.lungs().expect("lungs"));

    let whole = get(&router, "/examples/own/covid/0.png").await;
    assert_eq!(
        (whole.status, whole.header("content-type")),
        (StatusCode::OK, "image/png")
    );
    assert!(!whole.text().contains("the patient's name"));
    let masked = get(&router, "/examples/own/covid/0.png?masked").await;
    assert_eq!(masked.status, StatusCode::OK);
    for (answer, shown) in [
        (&whole, &slice),
        (&masked, &segmentation.picture(Step::Superimpose)),
    ] {
        assert_eq!(
            answer.header("x-mask-fingerprint"),
            format!("{fingerprint:016x}")
        );
        let sent = decode(&answer.body, &Limits::default()).expect("a slice");
        assert_eq!(sent.pixels(), shown.pixels());
    }
    let synthetic = get(&router, "/examples/covid-1.png?masked").await;
    assert_eq!(
        (synthetic.status, synthetic.header("x-mask-fingerprint")),
        (
            StatusCode::OK,
            get(&router, "/examples/covid-1.png")
                .await
                .header("x-mask-fingerprint")
        )
    );
}

#[tokio::test]
async fn what_cannot_be_shown_says_why() {
    let png = slice_png(1);
    let folder = folder(&[
        ("covid/0.png", b"Dear doctor, please find attached"),
        ("covid/1.png", &png[..png.len() / 2]),
        ("covid/2.png", &checkerboard()),
        ("covid/3.png", &png),
    ]);
    let router = started(examples_of(folder.path())).await;
    fs::remove_file(folder.path().join("covid/3.png")).expect("removed");
    for (path, status, reason) in [
        ("0.png", StatusCode::UNSUPPORTED_MEDIA_TYPE, "not an image"),
        ("1.png", StatusCode::UNPROCESSABLE_ENTITY, "truncated"),
        ("2.png?masked", StatusCode::NOT_FOUND, "cannot be shown"),
        ("3.png", StatusCode::NOT_FOUND, "cannot be read"),
    ] {
        let answer = get(&router, &format!("/examples/own/covid/{path}")).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.text().contains(reason), "{path}: {}", answer.text());
        assert!(!answer.text().contains("/covid"), "{}", answer.text());
    }
    let board = get(&router, "/examples/own/covid/2.png").await;
    assert_eq!(board.status, StatusCode::OK);
    assert_eq!(board.header("x-mask-fingerprint"), "");
}

#[tokio::test]
async fn nothing_else_of_the_folder_is_within_reach() {
    let png = slice_png(1);
    let folder = folder(&[("covid/a.png", &png), ("sources.json", b"{}")]);
    let router = started(examples_of(folder.path())).await;
    for path in [
        "own/covid/1.png",
        "own/covid/00.png",
        "own/covid/+0.png",
        "own/covid/-1.png",
        "own/covid/0",
        "own/covid/a.png",
        "own/Covid/0.png",
        "own/flu/0.png",
        "own/covid",
        "own/covid/0.png/",
        "own/../sources.json",
        "own/covid/..%2f..%2fsources.json",
        "own/%2e%2e/covid.png",
        "own%2fcovid%2f0.png",
        "covid-3.png",
    ] {
        let answer = get(&router, &format!("/examples/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let without = default_router().await;
    for path in ["/examples/own/covid/0.png", "/archives/a.zip"] {
        assert_eq!(get(&without, path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn own_examples_come_first_on_the_page() {
    let png = slice_png(1);
    let sources = r#"{"covid/a.png": "Atlas <1>"}"#;
    let folder = folder(&[("covid/a.png", &png), ("sources.json", sources.as_bytes())]);
    let router = started(examples_of(folder.path())).await;
    let page = get(&router, "/images").await.text();
    let place = |text: &str| {
        page.find(text)
            .unwrap_or_else(|| panic!("{text} in {page}"))
    };
    assert!(place("/examples/own/covid/0.png?masked") < place("/examples/healthy-0.png?masked"));
    assert!(page.contains("Source: Atlas &lt;1&gt;"));
    assert!(page.contains("/diagnosis?example=own/covid/0"));
    assert!(page.contains("None of this class was provided"));
    assert!(page.contains("Synthetic examples") && !page.contains("style=\""));
    let without = get(&default_router().await, "/images").await.text();
    assert!(without.contains("/examples/covid-2.png?masked") && !without.contains("/own/"));
}
