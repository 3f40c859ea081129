//! What `/metrics` tells, and that it tells nothing of anybody.

mod common;

use std::collections::HashMap;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use common::{ANALYSES, FakeEngine, Form, from, get, ready_router, send, slice_png};
use lungsight_server::config::{ByteSize, Config};

async fn metrics(router: &Router) -> String {
    let request = Request::get("/metrics").body(Body::empty());
    let request = from("127.0.0.1:9", request.expect("a request"));
    let answer = send(router, request).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.header("content-type").starts_with("text/plain"));
    answer.text()
}

/// Every sample, by name and labels as they are written.
fn samples(text: &str) -> HashMap<&str, f64> {
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').expect("a value");
            (name, value.parse().expect("a number"))
        })
        .collect()
}

#[tokio::test]
async fn a_request_is_counted_with_its_route_and_its_stages_are_timed() {
    let router = ready_router(Config::default(), &FakeEngine::default()).await;
    let form = Form::default()
        .slice("a.png", &slice_png(1))
        .slice("b.png", &slice_png(2))
        .slice("text.png", b"text");
    let made = send(&router, form.post(ANALYSES)).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let location = made.header("location");
    get(&router, &format!("{location}/slices/0/heatmap.png")).await;
    get(&router, &format!("{location}/slices/0/layers")).await;

    let text = metrics(&router).await;
    let samples = samples(&text);
    let of = |name: &str| samples.get(name).copied();
    let posted = r#"lungsight_requests_total{method="POST",route="/api/v1/analyses",status="201"}"#;
    assert_eq!(of(posted), Some(1.0), "{text}");
    let drawn = r#"lungsight_requests_total{method="GET",route="/api/v1/analyses/{id}/slices/{number}/heatmap.png",status="200"}"#;
    assert_eq!(of(drawn), Some(1.0), "{text}");
    for (stage, count) in [
        ("receive", 1.0),
        ("prepare", 3.0),
        ("queue", 2.0),
        // A heatmap, and the two layers of the fake network.
        ("draw", 3.0),
    ] {
        let name = format!(r#"lungsight_stage_seconds_count{{stage="{stage}"}}"#);
        assert_eq!(of(&name), Some(count), "{name}: {text}");
    }
    // One batch of two, or two of one.
    assert_eq!(of("lungsight_batch_slices_sum"), Some(2.0));
    let batches = of("lungsight_batch_slices_count");
    assert_eq!(
        of(r#"lungsight_stage_seconds_count{stage="network"}"#),
        batches
    );
    assert_eq!(of(r#"lungsight_slices_total{outcome="read"}"#), Some(2.0));
    assert_eq!(
        of(r#"lungsight_slices_total{outcome="refused"}"#),
        Some(1.0)
    );
    assert_eq!(of("lungsight_queue_slices"), Some(0.0));
    let capacity = Config::default().queue.queue_slices as f64;
    assert_eq!(of("lungsight_queue_capacity_slices"), Some(capacity));
    assert_eq!(of("lungsight_kept_results"), Some(1.0));
    assert!(of("lungsight_kept_bytes") > Some(256.0 * 256.0));
    let device = r#"lungsight_device_info{device="cpu: fake",model="fake-1 0000"}"#;
    assert_eq!(of(device), Some(1.0), "{text}");
    assert_eq!(of("lungsight_network_loads_total"), Some(1.0));
    if cfg!(target_os = "linux") {
        assert!(of("process_resident_memory_bytes") > Some(1e6));
    }
    let id = location.rsplit('/').next().expect("an id");
    assert!(!text.contains(id), "{text}");
    for secret in ["text.png", "a.png"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test]
async fn rejections_have_a_reason() {
    let mut config = Config::default();
    config.requests.request_bytes = ByteSize::new(200 << 10);
    config.requests.files = 2;
    (config.rate.rate, config.rate.rate_burst) = (1, 4);
    let router = ready_router(config, &FakeEngine::default()).await;
    let large = Form::default().slice("a.png", &vec![0; 300 << 10]);
    let many = (0..3).fold(Form::default(), |form, _| form.slice("a.png", b"x"));
    let text = Form::default().slice("a.png", b"text");
    let empty = Form::default().slice("a.png", b"");
    let post = |form: Form| send(&router, form.post(ANALYSES));
    // All at once: a client may ask again after a second.
    let (large, many, other, empty, refused) = tokio::join!(
        post(large),
        post(many),
        post(text.clone()),
        post(empty),
        post(text),
    );
    for (answer, status) in [
        (large, StatusCode::PAYLOAD_TOO_LARGE),
        (many, StatusCode::PAYLOAD_TOO_LARGE),
        (other, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (empty, StatusCode::UNPROCESSABLE_ENTITY),
        (refused, StatusCode::TOO_MANY_REQUESTS),
    ] {
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    let text = metrics(&router).await;
    let samples = samples(&text);
    for (reason, status, count) in [
        ("request_bytes", 413, 1.0),
        ("files", 413, 1.0),
        ("slice_unusable", 415, 1.0),
        ("slice_unusable", 422, 1.0),
        ("rate", 429, 1.0),
    ] {
        let name = format!(r#"lungsight_rejections_total{{reason="{reason}",status="{status}"}}"#);
        assert_eq!(samples.get(name.as_str()), Some(&count), "{name}: {text}");
    }
}

#[tokio::test]
async fn what_waits_is_told_and_a_full_queue_is_a_rejection() {
    let (engine, gate) = FakeEngine::held();
    let mut config = Config::default();
    (config.queue.queue_slices, config.queue.batch_slices) = (1, Some(1));
    let router = ready_router(config, &engine).await;
    let post = |seed| {
        let router = router.clone();
        let form = Form::default().slice("a.png", &slice_png(seed));
        tokio::spawn(async move { send(&router, form.post(ANALYSES)).await.status })
    };
    let running = post(1);
    engine.is_asked().await;
    let waiting = post(2);
    let queued = |text: &str| samples(text)["lungsight_queue_slices"];
    while queued(&metrics(&router).await) < 1.0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let refused = post(3).await.expect("an answer");
    assert_eq!(refused, StatusCode::TOO_MANY_REQUESTS);
    gate.open();
    for accepted in [running, waiting] {
        assert_eq!(accepted.await.expect("an answer"), StatusCode::CREATED);
    }
    let text = metrics(&router).await;
    assert_eq!(queued(&text), 0.0);
    let rejected = r#"lungsight_rejections_total{reason="queue",status="429"}"#;
    assert_eq!(samples(&text)[rejected], 1.0, "{text}");
}

#[tokio::test]
async fn clients_cannot_make_labels_and_servers_do_not_share_counts() {
    let router = ready_router(Config::default(), &FakeEngine::default()).await;
    for number in 0..20 {
        let path = format!("/nobody-{number}");
        get(&router, &path).await;
        let method = Method::from_bytes(format!("M{number}").as_bytes()).expect("a method");
        let mut request = Request::get("/").body(Body::empty()).expect("a request");
        *request.method_mut() = method;
        send(&router, request).await;
    }
    let text = metrics(&router).await;
    let requests = text
        .lines()
        .filter(|line| line.starts_with("lungsight_requests_total"));
    assert!(requests.count() <= 3, "{text}");
    assert!(!text.contains("nobody") && !text.contains("\"M1"), "{text}");

    let other = ready_router(Config::default(), &FakeEngine::default()).await;
    assert!(!metrics(&other).await.contains("lungsight_requests_total{"));
}
