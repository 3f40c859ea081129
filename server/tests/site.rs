//! The site around the API: pages, files, examples, figures, health, on the router as wired.

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::{FakeEngine, Form, default_router, get, ready_router, send, slice_png};
use lungsight_server::config::Config;

#[tokio::test]
async fn every_page_is_rendered_with_a_policy_that_has_a_nonce() {
    let router = default_router().await;
    for path in [
        "/",
        "/introduction",
        "/images",
        "/diagnosis",
        "/reference",
        "/risk",
    ] {
        let page = get(&router, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(
            page.header("content-security-policy").contains("'nonce-"),
            "{path}"
        );
        assert!(page.text().contains("<html"), "{path}");
    }
    for path in [
        "/diagnosis/00000000000000000000000000000000",
        "/no-such-page",
    ] {
        let page = get(&router, path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.text().contains("<html"), "{path}");
    }
}

#[tokio::test]
async fn files_of_the_site_are_served_and_nothing_above_it() {
    let site = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(site.path().join("pkg")).expect("a folder");
    std::fs::write(
        site.path().join("pkg/lungsight.css"),
        "body { margin: 0 }\n".repeat(100),
    )
    .expect("written");
    let build = site.path().join("pkg/8f14e45fceea167a");
    std::fs::create_dir(&build).expect("a folder");
    std::fs::write(build.join("lungsight.js"), "1").expect("written");
    std::fs::write(site.path().join("pkg/build"), "8f14e45fceea167a").expect("written");
    let mut config = Config::default();
    config.site.site = site.path().to_owned();
    let router = ready_router(config, &FakeEngine::default()).await;

    let style = get(&router, "/pkg/lungsight.css").await;
    assert_eq!(
        (style.status, style.header("content-type")),
        (StatusCode::OK, "text/css")
    );
    assert_eq!(style.header("cache-control"), "no-cache");
    assert!(
        get(&router, "/pkg/8f14e45fceea167a/lungsight.js")
            .await
            .header("cache-control")
            .contains("immutable")
    );
    let zipped = Request::get("/pkg/lungsight.css")
        .header("accept-encoding", "gzip")
        .body(Body::empty())
        .expect("valid");
    assert_eq!(
        send(&router, zipped).await.header("content-encoding"),
        "gzip"
    );
    let known = Request::get("/pkg/lungsight.css")
        .header("if-modified-since", style.header("last-modified"));
    assert_eq!(
        send(&router, known.body(Body::empty()).expect("valid"))
            .await
            .status,
        StatusCode::NOT_MODIFIED
    );
    let page = get(&router, "/").await.text();
    assert!(
        page.contains("/pkg/8f14e45fceea167a/lungsight.css"),
        "{page}"
    );
    for path in [
        "/pkg/../../Cargo.toml",
        "/..%2f..%2fetc/passwd",
        "/%2e%2e/Cargo.toml",
    ] {
        assert_eq!(
            get(&router, path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn examples_come_with_the_fingerprint_of_their_mask() {
    let router = default_router().await;
    for class in ["healthy", "pneumonia", "covid"] {
        let example = get(&router, &format!("/examples/{class}-0.png")).await;
        assert_eq!(
            (example.status, example.header("content-type")),
            (StatusCode::OK, "image/png")
        );
        assert_eq!(example.header("x-mask-fingerprint").len(), 16, "{class}");
    }
    assert_eq!(
        get(&router, "/examples/covid-3.png").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn figures_of_the_weights_are_shown_on_the_introduction() {
    let weights = tempfile::tempdir().expect("temporary folder");
    let count = r#"{"patients": 77, "slices": 88}"#;
    let part = format!(
        r#"{{"classes": [{count}, {count}, {count}], "sources": {{"a": [{count}, {count}, {count}]}}, "apart": {{}}, "no_lungs": {count}}}"#
    );
    let dataset = format!(
        r#"{{"split_sha256": "0", "shares": [8, 1, 1], "notes": {{"apart": [], "healthy": []}},
            "train": {part}, "validation": {part}, "test": {part}}}"#
    );
    std::fs::write(weights.path().join("dataset.json"), dataset).expect("numbers");
    std::fs::write(weights.path().join("test.json"), "{ damaged").expect("figures");
    let figures = weights.path().join("figures");
    std::fs::create_dir(&figures).expect("folder");
    for name in ["calibration.svg", "calibration.zh.svg", "coverage.svg"] {
        std::fs::write(figures.join(name), "<svg/>").expect("figure");
    }
    let mut config = Config::default();
    config.network.weights = weights.path().to_owned();
    let router = ready_router(config, &FakeEngine::default()).await;
    let figure = get(&router, "/figures/calibration.svg").await;
    assert_eq!(
        (figure.status, figure.header("content-type")),
        (StatusCode::OK, "image/svg+xml")
    );
    assert!(
        figure
            .header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    for missing in [
        "/figures/roc.svg",
        "/figures/calibration",
        "/figures/..%2fmanifest.svg",
    ] {
        assert_eq!(get(&router, missing).await.status, StatusCode::NOT_FOUND);
    }
    let page = get(&router, "/introduction").await.text();
    assert!(page.contains("/figures/calibration.svg") && !page.contains("/figures/roc"));
    assert!(!page.contains(".zh.svg"));
    // The one that there is in English alone is shown so.
    let chinese = get(&router, "/zh/introduction").await.text();
    for shown in ["/figures/calibration.zh.svg", "/figures/coverage.svg"] {
        assert!(chinese.contains(shown), "{chinese}");
    }
    assert!(!chinese.contains("/figures/calibration.svg"));
    assert!(page.contains("<td>77</td>") && page.contains("What it learned from"));
    assert!(!page.contains("How right it is"), "test.json is damaged");
    assert!(page.contains("<math") && !page.contains("style=\""));
}

#[tokio::test]
async fn pages_are_there_in_both_languages() {
    let router = default_router().await;
    for (path, lang) in [
        ("/", "en"),
        ("/zh", "zh-Hans"),
        ("/zh/", "zh-Hans"),
        ("/introduction", "en"),
        ("/zh/introduction", "zh-Hans"),
        ("/zh/images", "zh-Hans"),
        ("/zh/diagnosis?example=covid-1", "zh-Hans"),
        ("/zh/reference", "zh-Hans"),
        ("/zh/risk", "zh-Hans"),
    ] {
        let page = get(&router, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(
            page.text().contains(&format!("<html lang=\"{lang}\"")),
            "{path}"
        );
    }
    let form = Form::default().slice("a.png", &slice_png(1));
    let made = send(&router, form.post("/zh/diagnosis")).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER);
    assert!(made.header("location").starts_with("/zh/diagnosis/"));
    let result = get(&router, made.header("location")).await.text();
    assert!(result.contains("下载 Word 报告"));
}

#[tokio::test]
async fn addresses_that_look_like_another_site_are_not_found() {
    let router = default_router().await;
    for path in [
        "//",
        "//elsewhere.example",
        "/zh//",
        "/zh//elsewhere.example/a",
    ] {
        let answer = get(&router, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn health_tells_what_runs_where() {
    let router = default_router().await;
    assert_eq!(get(&router, "/health/live").await.status, StatusCode::OK);
    let ready = get(&router, "/health/ready").await;
    assert_eq!(ready.status, StatusCode::OK);
    let expected = serde_json::json!({
        "ready": true, "device": "cpu: fake", "device_note": "no GPU <here>", "model": "fake-1 0000",
        "keeps_in": "memory"
    });
    assert_eq!(ready.json(), expected);
}
