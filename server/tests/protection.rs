//! Overload, start-up, foreign pages, time and memory: what keeps the server standing.

mod common;

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use common::{
    ANALYSES, FakeEngine, Form, UPLOADS, default_router, flat_input, from, get, post_form,
    ready_inference, ready_router, send, slice_png, slices, start,
};
use lungsight_server::config::{ByteSize, Config};
use lungsight_server::engine::EngineError;
use lungsight_server::inference::{Inference, Readiness};
use lungsight_server::offers::Offers;
use lungsight_server::pacs::Pacs;
use lungsight_server::router::router;
use lungsight_server::state::AppState;
use lungsight_server::store::Store;
use tower::ServiceExt;

fn one_slice() -> Request<Body> {
    slices(1).post(ANALYSES)
}

#[tokio::test]
async fn a_full_queue_is_429_and_an_upload_survives_it() {
    let (engine, gate) = FakeEngine::held();
    let mut config = Config::default();
    (config.queue.queue_slices, config.queue.batch_slices) = (1, Some(1));
    let inference = ready_inference(&config, &engine).await;
    let router = router(AppState::new(config, inference.clone()));
    let upload = send(&router, slices(1).post(UPLOADS)).await.json();
    let upload = upload["id"].as_str().expect("an id");

    // One slice is with the network, one waits.
    let running = inference.try_classify(flat_input(1)).expect("a place");
    engine.is_asked().await;
    let waiting = inference.try_classify(flat_input(2)).expect("a place");
    for refused in [
        send(&router, one_slice()).await,
        start(&router, upload).await,
    ] {
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (StatusCode::TOO_MANY_REQUESTS, "2")
        );
        assert!(
            refused.json()["error"]
                .as_str()
                .is_some_and(|error| error.contains("try again"))
        );
    }

    gate.open();
    assert!(running.wait().await.is_ok() && waiting.wait().await.is_ok());
    assert_eq!(start(&router, upload).await.status, StatusCode::ACCEPTED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_is_started_twice_at_a_time_is_analysed_once() {
    let mut config = Config::default();
    config.queue.queue_slices = 1000;
    let router = ready_router(config, &FakeEngine::default()).await;
    let form = slices(8);
    for uploads in 1..=20 {
        let upload = send(&router, form.clone().post(UPLOADS)).await.json();
        let id = upload["id"].as_str().expect("an id");
        let starts: Vec<_> = (0..4)
            .map(|_| {
                let (router, id) = (router.clone(), id.to_owned());
                tokio::spawn(async move { start(&router, &id).await.status.as_u16() })
            })
            .collect();
        let mut statuses = Vec::new();
        for start in starts {
            statuses.push(start.await.expect("an answer"));
        }
        // Each is told of the same one.
        assert_eq!(statuses, [202; 4]);
        // The stream ends with the analysis.
        get(&router, &format!("{ANALYSES}/{id}/events")).await;
        let metrics = Request::get("/metrics").body(Body::empty());
        let metrics = from("127.0.0.1:9", metrics.expect("a request"));
        let text = send(&router, metrics).await.text();
        let seen = format!("lungsight_slices_total{{outcome=\"read\"}} {}", 8 * uploads);
        assert!(text.lines().any(|line| line == seen), "{text}");
    }
}

#[tokio::test]
async fn a_request_may_have_more_slices_than_the_queue_has_places() {
    let mut config = Config::default();
    (config.queue.queue_slices, config.queue.batch_slices) = (2, Some(2));
    let router = ready_router(config, &FakeEngine::default()).await;
    let answer = send(&router, slices(9).post(ANALYSES)).await.json();
    let slices = answer["slices"].as_array().expect("slices");
    assert!(slices.len() == 9 && slices.iter().all(|slice| slice["predicted"].is_string()));
}

#[tokio::test]
async fn before_the_network_is_loaded_the_server_lives_and_says_503() {
    let mut load = FakeEngine::default().loader();
    let (open, wait) = std::sync::mpsc::channel::<()>();
    let config = Config::default();
    let (inference, _) = Inference::start(
        &config.queue,
        Box::new(move || {
            wait.recv()
                .map_err(|error| EngineError(error.to_string()))?;
            load()
        }),
    )
    .expect("a thread");
    let mut readiness = inference.watch();
    let router = router(AppState::new(config, inference));
    assert_eq!(get(&router, "/health/live").await.status, StatusCode::OK);
    let ready = get(&router, "/health/ready").await;
    assert_eq!(
        (ready.status, ready.json()["ready"].as_bool()),
        (StatusCode::SERVICE_UNAVAILABLE, Some(false))
    );
    let refused = send(&router, one_slice()).await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (StatusCode::SERVICE_UNAVAILABLE, "5")
    );
    assert_eq!(get(&router, "/").await.status, StatusCode::OK);

    open.send(()).expect("the loader waits");
    readiness
        .wait_for(|now| matches!(now, Readiness::Ready(_)))
        .await
        .expect("ready");
    assert_eq!(get(&router, "/health/ready").await.status, StatusCode::OK);
    assert_eq!(send(&router, one_slice()).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn weights_that_cannot_be_loaded_leave_a_reason_and_503() {
    let config = Config::default();
    let (inference, thread) = Inference::start(
        &config.queue,
        Box::new(|| Err(EngineError("no manifest".to_owned()))),
    )
    .expect("a thread");
    thread.join().expect("the thread ends in order");
    assert_eq!(
        inference.readiness(),
        Readiness::Failed("no manifest".to_owned())
    );
    let router = router(AppState::new(config, inference));
    let refused = send(&router, one_slice()).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        !refused.text().contains("manifest"),
        "reasons are for the log"
    );
}

#[tokio::test]
async fn posts_from_other_sites_are_403() {
    let router = default_router().await;
    let with = |name: &'static str, value: &'static str| {
        let mut request = one_slice();
        request
            .headers_mut()
            .insert(name, value.parse().expect("a value"));
        request
            .headers_mut()
            .insert("host", "ct.local:3000".parse().expect("a value"));
        request
    };
    for (name, value, status) in [
        ("sec-fetch-site", "cross-site", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "same-site", StatusCode::FORBIDDEN),
        ("origin", "https://evil.example", StatusCode::FORBIDDEN),
        ("origin", "null", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "same-origin", StatusCode::CREATED),
        ("origin", "http://ct.local:3000", StatusCode::CREATED),
    ] {
        let answer = send(&router, with(name, value)).await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
    let mut read = Request::get("/health/live")
        .body(Body::empty())
        .expect("a request");
    read.headers_mut()
        .insert("sec-fetch-site", "cross-site".parse().expect("a value"));
    assert_eq!(send(&router, read).await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_carries_the_guarding_headers() {
    let router = default_router().await;
    for path in [
        "/",
        "/health/live",
        "/api/v1/nothing",
        "/examples/covid-0.png",
        "/no-such-file.css",
    ] {
        let answer = get(&router, path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {path}");
            assert_eq!(
                answer.headers.get_all(name).iter().count(),
                1,
                "{name} of {path}"
            );
        }
        assert!(answer.header("permissions-policy").contains("camera=()"));
        assert!(
            !answer.header("content-security-policy").is_empty(),
            "{path}"
        );
    }
    assert!(
        get(&router, "/api/v1/nothing")
            .await
            .header("content-security-policy")
            .starts_with("default-src 'none'")
    );
}

#[tokio::test]
async fn a_body_that_does_not_arrive_in_time_is_408() {
    let mut config = Config::default();
    config.requests.body_deadline = Duration::from_millis(100).into();
    let router = ready_router(config, &FakeEngine::default()).await;
    let start = Form::default().slice("a.png", &slice_png(1)).unfinished();
    let answer = send(&router, post_form(ANALYSES, stalled(start))).await;
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
}

/// A body that begins with `start` and never ends.
fn stalled(start: impl Into<Bytes>) -> Body {
    let stalled = futures_util::stream::unfold(Some(start.into()), |piece| async {
        match piece {
            Some(piece) => Some((Ok::<_, std::io::Error>(piece), None)),
            None => std::future::pending().await,
        }
    });
    Body::from_stream(stalled)
}

#[tokio::test]
async fn a_series_is_not_waited_for_without_an_archive_or_for_ever() {
    let posted = |path: &str| {
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(stalled("study=1"));
        from("127.0.0.1:40000", request.expect("a request"))
    };
    let mut config = Config::default();
    let without = ready_router(config.clone(), &FakeEngine::default()).await;
    for path in ["/pacs", "/pacs/series"] {
        let unknown = send(&without, posted(path)).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{path}");
    }
    config.requests.body_deadline = Duration::from_millis(100).into();
    config.pacs.dicomweb = Some("http://127.0.0.1:9/dicom-web".to_owned());
    let inference = ready_inference(&config, &FakeEngine::default()).await;
    let pacs = Pacs::new(&config).expect("an address");
    let store = Store::open(&config).await.expect("a place for results");
    let state = AppState::with_store(config, inference, Offers::default(), pacs, store);
    let router = router(state);
    for path in ["/pacs", "/pacs/series"] {
        let answer = send(&router, posted(path)).await;
        assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT, "{path}");
    }
}

#[tokio::test]
async fn forms_that_stall_in_their_headers_have_their_share_of_the_memory() {
    let mut config = Config::default();
    config.requests.request_memory = ByteSize::mebibytes(4);
    let router = ready_router(config, &FakeEngine::default()).await;
    let stall = |_| {
        let (router, body) = (router.clone(), stalled(vec![b'x'; 300 << 10]));
        tokio::spawn(async move { send(&router, post_form(UPLOADS, body)).await.status })
    };
    let stalls: Vec<_> = (0..7).map(stall).collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let refused = send(&router, one_slice()).await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (StatusCode::SERVICE_UNAVAILABLE, "10")
    );
    for stall in stalls {
        stall.abort();
        assert!(stall.await.is_err(), "it would have waited");
    }
    assert_eq!(send(&router, one_slice()).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn requests_that_need_more_memory_than_there_is_are_503_and_give_it_back() {
    let mut config = Config::default();
    // What the form's parser may hold, and a small slice.
    config.requests.request_memory = ByteSize::new((528 + 300) << 10);
    let router = ready_router(config, &FakeEngine::default()).await;
    let large = Form::default()
        .slice("a.png", &vec![0; 900 << 10])
        .post(ANALYSES);
    let refused = send(&router, large).await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (StatusCode::SERVICE_UNAVAILABLE, "10")
    );
    for _ in 0..5 {
        assert_eq!(send(&router, one_slice()).await.status, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn answers_that_nobody_reads_have_their_share_of_the_memory() {
    let mut config = Config::default();
    config.requests.request_memory = ByteSize::mebibytes(1);
    let router = ready_router(config, &FakeEngine::default()).await;
    let at = send(&router, one_slice()).await;
    let at = at.header("location").to_owned();
    for file in ["slices/0/slice.png", "slices/0/heatmap.png", "report.docx"] {
        let path = format!("{at}/{file}");
        let mut unread = Vec::new();
        let refused = loop {
            let request = Request::get(&path).body(Body::empty()).expect("a request");
            let answer = router.clone().oneshot(request).await.expect("infallible");
            if answer.status() != StatusCode::OK {
                break answer.status();
            }
            unread.push(answer);
            assert!(unread.len() < 1000, "{file}");
        };
        assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE, "{file}");
        drop(unread);
        assert_eq!(get(&router, &path).await.status, StatusCode::OK, "{file}");
    }
}

#[tokio::test]
async fn old_results_make_room() {
    let mut config = Config::default();
    config.store.keep = 2;
    let router = ready_router(config, &FakeEngine::default()).await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(
            send(&router, one_slice())
                .await
                .header("location")
                .to_owned(),
        );
    }
    assert_eq!(get(&router, &made[0]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&router, &made[1]).await.status, StatusCode::OK);
    assert_eq!(get(&router, &made[2]).await.status, StatusCode::OK);
}
