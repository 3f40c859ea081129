//! An analysis while it goes on: told slice by slice, looked at, left.

mod common;

use axum::Router;
use axum::http::StatusCode;
use common::{
    ANALYSES, FakeEngine, Form, UPLOADS, get, parsed, ready_router, send, slice_png, slices, start,
};
use lungsight_app::analysis::{Analysis, SliceResult, SliceSeen, Upload};
use lungsight_server::config::Config;

/// Uploads three files, one of them none, and begins their analysis; the place where it is found.
async fn begin(router: &Router) -> String {
    let form = Form::default()
        .slice("a.png", &slice_png(1))
        .slice("b.png", b"no picture")
        .slice("c.png", &slice_png(2))
        .text("grouping", "patient");
    let upload: Upload = parsed(&send(router, form.post(UPLOADS)).await);
    let begun = start(router, &upload.id).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.text());
    assert_eq!(begun.json()["finished"], false);
    begun.header("location").to_owned()
}

/// The events of a whole stream: name and data.
fn events(text: &str) -> Vec<(String, String)> {
    let blocks = text
        .split("\n\n")
        .filter(|block| block.starts_with("event:"));
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim().to_owned()).expect("a field")
    };
    blocks
        .map(|block| (field(block, "event:"), field(block, "data:")))
        .collect()
}

#[tokio::test]
async fn every_slice_is_told_once_and_the_whole_at_the_end() {
    let router = ready_router(Config::default(), &FakeEngine::default()).await;
    let place = begin(&router).await;
    for _ in 0..2 {
        // Told from the beginning to whoever asks, a second time too.
        let stream = get(&router, &format!("{place}/events")).await;
        assert_eq!(stream.header("content-type"), "text/event-stream");
        assert_eq!(stream.header("x-accel-buffering"), "no");
        let events = events(&stream.text());
        let seen: Vec<SliceSeen> = events[..3]
            .iter()
            .map(|(name, data)| {
                assert_eq!(name, "slice");
                serde_json::from_str(data).expect("a slice")
            })
            .collect();
        let mut numbers: Vec<usize> = seen.iter().map(|seen| seen.number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [0, 1, 2]);
        let failed = seen.iter().find(|seen| seen.number == 1).expect("told");
        assert!(matches!(&failed.result, SliceResult::Failed(failed) if failed.status == 415));
        let [(name, data)] = &events[3..] else {
            panic!("{events:?}")
        };
        assert_eq!(name, "end");
        let whole: Analysis = serde_json::from_str(data).expect("an analysis");
        assert!(whole.finished && whole.patient.is_some());
        assert_eq!(whole, parsed(&get(&router, &place).await));
    }
}

#[tokio::test]
async fn while_it_runs_it_can_be_looked_at_but_not_taken_away() {
    let (engine, gate) = FakeEngine::held();
    let router = ready_router(Config::default(), &engine).await;
    let place = begin(&router).await;
    let running: Analysis = parsed(&get(&router, &place).await);
    assert!(!running.finished && running.patient.is_none());
    assert!(matches!(&running.slices[0], SliceResult::Pending(pending) if pending.name == "a.png"));
    assert!(matches!(&running.slices[1], SliceResult::Failed(_)));
    let page = get(&router, &format!("/diagnosis/{}", running.id)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text().contains("1 of 3 slices seen"),
        "{}",
        page.text()
    );
    for part in ["report.docx", "results.csv"] {
        let early = get(&router, &format!("{place}/{part}")).await;
        assert_eq!(
            (early.status, early.header("retry-after")),
            (StatusCode::CONFLICT, "2"),
            "{part}"
        );
    }
    assert_eq!(
        get(&router, &format!("{place}/slices/0/slice.png"))
            .await
            .status,
        StatusCode::NOT_FOUND
    );

    gate.open();
    get(&router, &format!("{place}/events")).await;
    assert_eq!(
        get(&router, &format!("{place}/report.docx")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn whoever_stops_waiting_for_the_whole_stops_the_analysis() {
    let (engine, gate) = FakeEngine::held();
    let mut config = Config::default();
    config.queue.batch_slices = Some(1);
    let router = ready_router(config, &engine).await;
    let form = slices(3);
    let asked = tokio::spawn({
        let router = router.clone();
        async move { send(&router, form.post(ANALYSES)).await }
    });
    engine.is_asked().await;
    asked.abort();
    // Gone when this is: its slices are no longer wanted.
    assert!(asked.await.is_err());
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    gate.open();
    let after = slices(1).post(ANALYSES);
    assert_eq!(send(&router, after).await.status, StatusCode::CREATED);
    assert_eq!(engine.batches(), [1, 1]);
}

#[tokio::test]
async fn an_unknown_analysis_has_no_events() {
    let router = ready_router(Config::default(), &FakeEngine::default()).await;
    let unknown = get(
        &router,
        "/api/v1/analyses/00000000000000000000000000000000/events",
    )
    .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}
