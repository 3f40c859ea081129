//! What waits for a network, and what does not.

use std::time::Duration;

use axum::http::StatusCode;
use futures_util::future::join_all;
use lungsight_app::analysis::{Analysis, SliceResult};
use lungsight_server::config::ChosenDevice;

use crate::Place;
use crate::asking::{ANALYSES, begun, many_slices, seen, start, told, two_slices, uploaded};
use crate::common::{FakeEngine, Gate, get, parsed, send};
use crate::servers::{Server, config, until};

pub async fn an_upload_is_begun_once_by_any_server(place: &Place) {
    let gate = Gate::default();
    let engine = FakeEngine {
        gate: Some(gate.clone()),
        ..FakeEngine::default()
    };
    let worker = Server::with_network(place, &engine).await;
    let front = Server::without_network(place).await;
    let upload = uploaded(&front, two_slices()).await;
    let unknown = get(&front.router, &format!("{ANALYSES}/{}", upload.id)).await;
    assert_eq!(
        unknown.status,
        StatusCode::NOT_FOUND,
        "it is no analysis yet"
    );
    let begun = start(&worker, &upload).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.text());
    let again = start(&front, &upload).await;
    assert_eq!(again.status, StatusCode::ACCEPTED, "{}", again.text());
    assert_eq!(again.header("location"), begun.header("location"));

    let at = begun.header("location").to_owned();
    let running: Analysis = parsed(&get(&front.router, &at).await);
    assert_eq!(parsed::<Analysis>(&begun), running, "told at once");
    assert!(!running.finished && running.patient.is_none());
    assert!(matches!(&running.slices[0], SliceResult::Pending(slice) if slice.name == "a.png"));
    assert!(matches!(&running.slices[1], SliceResult::Failed(failed) if failed.status == 415));
    let early = get(&front.router, &format!("{at}/report.docx")).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    let page = get(&front.router, &format!("/diagnosis/{}", running.id)).await;
    assert!(
        page.text().contains("1 of 3 slices seen"),
        "{}",
        page.text()
    );

    // Told by the server that does not compute, as it goes on.
    let stream = tokio::spawn({
        let (router, path) = (front.router.clone(), format!("{at}/events"));
        async move { get(&router, &path).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    gate.open();
    let (mut numbers, end) = told(&stream.await.expect("no panic").text());
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1, 2]);
    assert_eq!(end, Some(front.finished(&at).await));
}

pub async fn a_full_queue_turns_requests_away_and_keeps_uploads(place: &Place) {
    let mut config = config(place);
    config.queue.queue_slices = 3;
    config.network.device = ChosenDevice::None;
    let front = Server::with(config, &FakeEngine::default()).await;
    // More slices than places are let in while there is one.
    let first = begun(&front, many_slices(5)).await;
    let waiting = uploaded(&front, many_slices(1)).await;
    let refused = start(&front, &waiting).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!refused.header("retry-after").is_empty());
    let refused = send(&front.router, many_slices(1).post(ANALYSES)).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);

    let worker = Server::with_network(place, &FakeEngine::default()).await;
    worker.finished(&first).await;
    let begun = start(&front, &waiting).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.text());
    worker.finished(begun.header("location")).await;
}

pub async fn requests_at_the_same_time_do_not_share_a_place(place: &Place) {
    let mut config = config(place);
    config.queue.queue_slices = 1;
    config.network.device = ChosenDevice::None;
    let front = Server::with(config, &FakeEngine::default()).await;
    let mut uploads = Vec::new();
    for _ in 0..8 {
        uploads.push(uploaded(&front, many_slices(1)).await);
    }
    let starts = join_all(uploads.iter().map(|upload| start(&front, upload))).await;
    let mut statuses: Vec<_> = starts.iter().map(|start| start.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 429, 429, 429, 429, 429, 429, 429]);
    let database = front.state.store().database().expect("a database");
    assert_eq!(database.waiting_slices().await, Ok(1));
}

pub async fn layers_of_few_slices_are_asked_for_at_a_time(place: &Place) {
    const SLICES: usize = 17;
    let mut worker = Server::with_network(place, &FakeEngine::default()).await;
    let front = Server::without_network(place).await;
    let at = begun(&front, many_slices(SLICES as u64)).await;
    worker.finished(&at).await;
    let ask = |router: axum::Router, number: usize| {
        let path = format!("{at}/slices/{number}/layers");
        tokio::spawn(async move { get(&router, &path).await })
    };
    // One after the other, however many: what was fetched is forgotten.
    for numbers in [0..8, 8..16, 16..SLICES] {
        for drawn in join_all(numbers.map(|n| ask(front.router.clone(), n))).await {
            let drawn = drawn.expect("no panic");
            assert_eq!(drawn.status, StatusCode::OK, "{}", drawn.text());
        }
    }
    worker.kill_worker();
    let other = Server::without_network(place).await;
    let mut asked: Vec<_> = (0..SLICES).map(|n| ask(other.router.clone(), n)).collect();
    let one_is = async || asked.iter().any(tokio::task::JoinHandle::is_finished);
    until("one is refused", one_is).await;
    let refused = asked.iter().position(tokio::task::JoinHandle::is_finished);
    let refused = asked.swap_remove(refused.expect("just seen")).await;
    let refused = refused.expect("no panic");
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (StatusCode::TOO_MANY_REQUESTS, "2"),
        "{}",
        refused.text()
    );
    for asked in asked {
        asked.abort();
    }
}

pub async fn whoever_stops_waiting_takes_the_slices_along(place: &Place) {
    let front = Server::without_network(place).await;
    let asked = tokio::spawn({
        let router = front.router.clone();
        async move { send(&router, many_slices(3).post(ANALYSES)).await }
    });
    let database = front.state.store().database().expect("a database").clone();
    let waits = async || database.waiting_slices().await.expect("an answer") == 3;
    until("the slices wait", waits).await;
    asked.abort();
    let gone = async || database.waiting_slices().await.expect("an answer") == 0;
    until("the slices are gone", gone).await;
    let engine = FakeEngine::default();
    let worker = Server::with_network(place, &engine).await;
    let at = begun(&front, many_slices(1)).await;
    worker.finished(&at).await;
    assert_eq!(seen(&engine), 1, "nobody worked on what nobody waits for");
}
