//! What servers that share a database do, on either engine.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use lungsight_app::analysis::{Analysis, LeftOut, SliceResult, SliceSeen, Upload};
use lungsight_imaging::Limits;
use lungsight_server::analyse::fetched;
use lungsight_server::config::{ByteSize, Config};
use lungsight_server::form::ReadSlice;
use lungsight_server::prepare::prepare;

use crate::Place;
use crate::common::{
    Answer, FakeEngine, Form, Gate, default_router, get, mask_png, parsed, ready_router, send,
    slice_png,
};
use crate::servers::{Server, config, until};

const ANALYSES: &str = "/api/v1/analyses";

fn two_slices() -> Form {
    Form::default()
        .slice("a.png", &slice_png(1))
        .slice("text.png", b"no picture")
        .slice("b.png", &slice_png(2))
        .mask(&mask_png(256, 256))
        .text("grouping", "patient")
}

fn many_slices(count: u64) -> Form {
    (0..count).fold(Form::default(), |form, number| {
        form.slice(&format!("{number}.png"), &slice_png(number))
    })
}

async fn start(server: &Server, upload: &Upload) -> Answer {
    let start = Request::post(format!("/api/v1/uploads/{}/analysis", upload.id));
    send(&server.router, start.body(Body::empty()).expect("valid")).await
}

async fn uploaded(server: &Server, form: Form) -> Upload {
    let answer = send(&server.router, form.post("/api/v1/uploads")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    parsed(&answer)
}

/// Begins an analysis by upload and start; where it is found.
async fn begun(server: &Server, form: Form) -> String {
    let upload = uploaded(server, form).await;
    let answer = start(server, &upload).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    answer.header("location").to_owned()
}

/// All that can be asked of the first slice of [`two_slices`], relative to the analysis.
const PARTS: [&str; 10] = [
    "/results.csv",
    "/slices/0/slice.png",
    "/slices/0/mask.png",
    "/slices/2/mask.png",
    "/slices/0/heatmap.png",
    "/slices/0/heatmap.png?class=healthy",
    "/slices/0/region?x=60&y=100&width=60&height=60",
    "/slices/2/region.png?x=60&y=100&width=60&height=60&class=covid",
    "/slices/0/layers",
    "/slices/0/layers/stem.png",
];

/// Takes the analysis's own id out of what is told of it.
fn without_id(body: &[u8], id: &str) -> Vec<u8> {
    match std::str::from_utf8(body) {
        Ok(text) => text.replace(id, "ID").into_bytes(),
        Err(_) => body.to_vec(),
    }
}

/// Numbers of the slices that a stream of events has told, in that order, and the whole at its end.
fn told(stream: &str) -> (Vec<usize>, Option<Analysis>) {
    let (mut numbers, mut end) = (Vec::new(), None);
    for block in stream.split("\n\n") {
        let data = block.lines().find_map(|line| line.strip_prefix("data:"));
        let Some(data) = data.map(str::trim) else {
            continue;
        };
        if block.starts_with("event: slice") {
            let seen: SliceSeen = serde_json::from_str(data).expect("a slice");
            numbers.push(seen.number);
        } else if block.starts_with("event: end") {
            end = Some(serde_json::from_str(data).expect("an analysis"));
        }
    }
    (numbers, end)
}

pub async fn another_server_tells_all_that_was_done_by_one(place: &Place) {
    let in_memory = default_router().await;
    let expected = send(&in_memory, two_slices().post(ANALYSES)).await;
    let expected_at = expected.header("location").to_owned();
    let expected: Analysis = parsed(&expected);

    let worker = Server::with_network(place, &FakeEngine::default()).await;
    let front = Server::without_network(place).await;
    let made = send(&front.router, two_slices().post(ANALYSES)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let at = made.header("location").to_owned();
    let analysis: Analysis = parsed(&made);
    assert_eq!(analysis.device, "cpu: fake");
    assert_eq!(analysis.patient, expected.patient);
    let patient = analysis.patient.as_ref().expect("slices were read");
    assert!(
        patient.dense_share.is_some() && patient.heat_share.is_some(),
        "{patient:?}"
    );

    let (id, expected_id) = (analysis.id.clone(), expected.id.clone());
    for part in PARTS {
        let memory = get(&in_memory, &format!("{expected_at}{part}")).await;
        assert_eq!(memory.status, StatusCode::OK, "{part}");
        let one = get(&worker.router, &format!("{at}{part}")).await;
        assert_eq!(
            without_id(&one.body, &id),
            without_id(&memory.body, &expected_id),
            "{part} is as in memory"
        );
        let other = get(&front.router, &format!("{at}{part}")).await;
        assert!(other.body == one.body, "{part} is the same from both");
    }
    for server in [&worker, &front] {
        assert_eq!(
            parsed::<Analysis>(&get(&server.router, &at).await),
            analysis
        );
        let report = get(&server.router, &format!("{at}/report.docx")).await;
        assert!(report.body.starts_with(b"PK"), "{}", report.text());
        let dicom = get(&server.router, &format!("{at}/dicom.zip")).await;
        assert!(dicom.body.starts_with(b"PK"), "{}", dicom.text());
        let page = get(&server.router, &format!("/diagnosis/{id}")).await;
        assert!(page.text().contains("a.png"), "{}", page.text());
        let page = get(&server.router, &format!("/zh/diagnosis/{id}")).await;
        assert!(page.text().contains("a.png"), "{}", page.text());
        let stream = get(&server.router, &format!("{at}/events")).await;
        let (mut numbers, end) = told(&stream.text());
        numbers.sort_unstable();
        assert_eq!((numbers, end), (vec![0, 1, 2], Some(analysis.clone())));
        for unknown in [
            "/slices/1/slice.png",
            "/slices/9/slice.png",
            "/slices/x/slice.png",
        ] {
            let missing = get(&server.router, &format!("{at}{unknown}")).await;
            assert_eq!(missing.status, StatusCode::NOT_FOUND, "{unknown}");
        }
        let unknown = get(&server.router, &format!("{ANALYSES}/{}", "0".repeat(32))).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    }
}

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
    assert_eq!(start(&front, &upload).await.status, StatusCode::NOT_FOUND);

    let at = begun.header("location").to_owned();
    let running: Analysis = parsed(&get(&front.router, &at).await);
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

pub async fn slices_of_a_dead_worker_are_done_by_another(place: &Place) {
    let gate = Gate::default();
    let stuck = FakeEngine {
        gate: Some(gate.clone()),
        ..FakeEngine::default()
    };
    let mut first = Server::with_network(place, &stuck).await;
    let front = Server::without_network(place).await;
    let at = begun(&front, many_slices(12)).await;
    let has_begun = async || {
        !stuck
            .batches
            .lock()
            .expect("no panic while held")
            .is_empty()
    };
    until("the first worker has slices", has_begun).await;
    first.kill_worker();
    let killed = Instant::now();

    let engine = FakeEngine::default();
    let second = Server::with_network(place, &engine).await;
    let finished = second.finished(&at).await;
    assert!(
        killed.elapsed() > Duration::from_secs(2),
        "its time has passed first"
    );
    // What the dead one answers now is for nobody.
    gate.open();
    assert!(
        finished
            .slices
            .iter()
            .all(|slice| matches!(slice, SliceResult::Read(_))),
        "{finished:?}"
    );
    let seen: usize = engine
        .batches
        .lock()
        .expect("no panic while held")
        .iter()
        .sum();
    assert_eq!(seen, 12, "each once");
    assert_eq!(front.finished(&at).await, finished);
}

pub async fn a_worker_that_is_stopped_finishes_what_it_has(place: &Place) {
    let gate = Gate::default();
    let engine = FakeEngine {
        gate: Some(gate.clone()),
        ..FakeEngine::default()
    };
    let mut only = Server::with_network(place, &engine).await;
    let at = begun(&only, many_slices(40)).await;
    let has_begun = async || {
        !engine
            .batches
            .lock()
            .expect("no panic while held")
            .is_empty()
    };
    until("it has slices", has_begun).await;
    let stopping = tokio::spawn(only.worker.take().expect("a worker").stop());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!stopping.is_finished(), "slices are at hand");
    gate.open();
    stopping.await.expect("no panic");
    let analysis: Analysis = parsed(&get(&only.router, &at).await);
    let done = |slice: &&SliceResult| matches!(slice, SliceResult::Read(_));
    let done = analysis.slices.iter().filter(done).count();
    let seen: usize = engine
        .batches
        .lock()
        .expect("no panic while held")
        .iter()
        .sum();
    assert_eq!(done, seen, "what was seen was written");
    assert!(done > 0 && done < 40, "{done} of 40");

    // What it has not begun is another's, at once.
    let next = Server::with_network(place, &FakeEngine::default()).await;
    let began = Instant::now();
    next.finished(&at).await;
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
}

pub async fn what_has_expired_or_is_too_much_is_forgotten(place: &Place) {
    let mut few = config(place);
    few.store.keep = 2;
    let server = Server::with(few, &FakeEngine::default()).await;
    let mut places = Vec::new();
    for seed in 0..3 {
        let form = Form::default().slice("a.png", &slice_png(seed));
        let made = send(&server.router, form.post(ANALYSES)).await;
        places.push(made.header("location").to_owned());
    }
    let mut there = Vec::new();
    for place in &places {
        there.push(get(&server.router, place).await.status.as_u16());
    }
    assert_eq!(there, [404, 200, 200]);

    // By bytes, all but the newest go, whatever its size.
    let mut small = config(place);
    small.store.keep_memory = ByteSize::new(1);
    let server = Server::with(small, &FakeEngine::default()).await;
    let form = Form::default().slice("a.png", &slice_png(9));
    let newest = send(&server.router, form.post(ANALYSES)).await;
    let newest = newest.header("location").to_owned();
    assert_eq!(get(&server.router, &newest).await.status, StatusCode::OK);
    assert_eq!(
        get(&server.router, &places[2]).await.status,
        StatusCode::NOT_FOUND
    );

    // By time, also where nobody has swept yet.
    let mut short = config(place);
    short.store.keep_for = Duration::from_millis(1).into();
    let server = Server::with(short, &FakeEngine::default()).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(
        get(&server.router, &newest).await.status,
        StatusCode::NOT_FOUND
    );
    let picture = get(&server.router, &format!("{newest}/slices/0/slice.png")).await;
    assert_eq!(picture.status, StatusCode::NOT_FOUND);
    server.state.store().sweep().await.expect("swept");
    let patient = Server::without_network(place).await;
    assert_eq!(
        get(&patient.router, &newest).await.status,
        StatusCode::NOT_FOUND
    );
}

pub async fn a_full_queue_turns_requests_away_and_keeps_uploads(place: &Place) {
    let mut config = config(place);
    config.queue.queue_slices = 3;
    config.network.device = lungsight_server::config::ChosenDevice::None;
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
    let seen: usize = engine
        .batches
        .lock()
        .expect("no panic while held")
        .iter()
        .sum();
    assert_eq!(seen, 1, "nobody worked on what nobody waits for");
}

pub async fn what_was_left_out_of_a_series_is_told_at_its_end(place: &Place) {
    let server = Server::with_network(place, &FakeEngine::default()).await;
    let png = slice_png(1);
    let prepared = prepare(&png, None, &Limits::default()).expect("lungs");
    let slice = ReadSlice {
        name: "slice-001".to_owned(),
        result: Ok(Arc::new(prepared)),
    };
    let left_out = LeftOut {
        no_lungs: 7,
        ..LeftOut::default()
    };
    let begun = fetched(&server.state, left_out, vec![slice])
        .await
        .expect("room");
    let finished = server.finished(&format!("{ANALYSES}/{}", begun.id)).await;
    assert_eq!((begun.left_out, finished.left_out), (left_out, left_out));
    assert!(finished.patient.is_some(), "{finished:?}");
}

pub async fn figures_are_those_of_all_servers(place: &Place) {
    let front = Server::without_network(place).await;
    let form = many_slices(3).slice("text.png", b"no picture");
    let at = begun(&front, form).await;
    let other = Server::without_network(place).await;
    for server in [&front, &other] {
        let figures = figures(server).await;
        assert_eq!(figure(&figures, "lungsight_queue_slices"), 3.0);
        assert_eq!(figure(&figures, "lungsight_kept_results"), 1.0);
        assert!(figure(&figures, "lungsight_kept_bytes") > 0.0);
    }
    let refused = "lungsight_slices_total{outcome=\"refused\"}";
    assert_eq!(figure(&figures(&front).await, refused), 1.0);

    let worker = Server::with_network(place, &FakeEngine::default()).await;
    worker.finished(&at).await;
    let read = "lungsight_slices_total{outcome=\"read\"}";
    let counted = async || figures(&worker).await.contains(&format!("{read} 3"));
    until("slices are counted where they are done", counted).await;
    let idle = async || figure(&figures(&front).await, "lungsight_queue_slices") == 0.0;
    until("nothing waits", idle).await;
    assert!(!figures(&front).await.contains(read));
}

/// What `/metrics` tells on the server's own machine.
async fn figures(server: &Server) -> String {
    let request = Request::get("/metrics").body(Body::empty());
    let mut request = request.expect("a request");
    let here = SocketAddr::from(([127, 0, 0, 1], 9));
    request.extensions_mut().insert(ConnectInfo(here));
    let answer = send(&server.router, request).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.text()
}

fn figure(figures: &str, name: &str) -> f64 {
    let mut lines = figures.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = value.unwrap_or_else(|| panic!("no {name}: {figures}"));
    value.parse().expect("a number")
}

pub async fn a_network_that_fails_is_told_as_in_memory(place: &Place) {
    let engine = FakeEngine {
        fails: true,
        ..FakeEngine::default()
    };
    let in_memory = ready_router(Config::default(), &engine).await;
    let in_memory = send(&in_memory, many_slices(2).post(ANALYSES)).await;
    assert_eq!(in_memory.status, StatusCode::INTERNAL_SERVER_ERROR);
    let server = Server::with_network(place, &engine).await;
    let shared = send(&server.router, many_slices(2).post(ANALYSES)).await;
    assert_eq!(
        (shared.status, shared.text()),
        (in_memory.status, in_memory.text())
    );
}
