//! What breaks while the server runs, and how it goes on: the network, its device, the queue, the client, the process.

mod common;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use common::{
    ANALYSES, FakeEngine, Form, UPLOADS, get, ready_router, send, slice_png, slices, start, until,
};
use lungsight_imaging::NetworkInput;
use lungsight_network::{Classification, Layer};
use lungsight_server::config::Config;
use lungsight_server::engine::{Engine, EngineError, EngineInfo};
use lungsight_server::inference::{Inference, Loader, Readiness};
use lungsight_server::router::router;
use lungsight_server::state::AppState;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

/// How the device of [`Mortal`] is.
const WELL: u8 = 0;
/// Every call fails, as on a device that is gone.
const LOST: u8 = 1;
/// Every call panics.
const PANICS: u8 = 2;

/// A network whose device can be taken away; it is well again when it is loaded again.
#[derive(Clone, Default)]
struct Mortal {
    device: Arc<AtomicU8>,
    loads: Arc<AtomicUsize>,
    fake: FakeEngine,
    /// Whether a second load fails.
    once: bool,
}

impl Mortal {
    fn loader(&self) -> Loader {
        let engine = self.clone();
        Box::new(move || {
            let loads = engine.loads.fetch_add(1, Ordering::SeqCst) + 1;
            if engine.once && loads > 1 {
                return Err(EngineError("there is no device any more".to_owned()));
            }
            engine.device.store(WELL, Ordering::SeqCst);
            Ok(Box::new(engine.clone()))
        })
    }

    fn becomes(&self, state: u8) {
        self.device.store(state, Ordering::SeqCst);
    }

    fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }

    async fn start(&self, config: Config) -> (Router, Inference) {
        let (inference, _) = Inference::start(&config.queue, self.loader()).expect("a thread");
        ready(&inference).await;
        let router = router(AppState::new(config, inference.clone()));
        (router, inference)
    }
}

impl Engine for Mortal {
    fn info(&self) -> EngineInfo {
        self.fake.info()
    }

    fn classify(&self, inputs: &[NetworkInput]) -> Result<Vec<Classification>, EngineError> {
        // Held back by the gate before its fate is known.
        let answer = self.fake.classify(inputs);
        match self.device.load(Ordering::SeqCst) {
            WELL => answer,
            LOST => Err(EngineError("the device is lost".to_owned())),
            _ => panic!("on purpose"),
        }
    }

    fn layers(&self, input: &NetworkInput) -> Result<Vec<Layer>, EngineError> {
        match self.device.load(Ordering::SeqCst) {
            WELL => self.fake.layers(input),
            LOST => Err(EngineError("the device is lost".to_owned())),
            _ => panic!("on purpose"),
        }
    }
}

async fn ready(inference: &Inference) {
    let mut readiness = inference.watch();
    let ready = readiness.wait_for(|now| matches!(now, Readiness::Ready(_)));
    ready.await.expect("ready");
}

async fn status(router: &Router) -> StatusCode {
    send(router, slices(1).post(ANALYSES)).await.status
}

#[tokio::test]
async fn a_lost_device_is_noticed_after_three_failures_and_replaced() {
    let engine = Mortal::default();
    let (router, inference) = engine.start(Config::default()).await;
    assert_eq!(status(&router).await, StatusCode::CREATED);
    engine.becomes(LOST);
    for failure in 1..=3 {
        assert_eq!(engine.loads(), 1, "before failure {failure}");
        let failed = send(&router, slices(1).post(ANALYSES)).await;
        assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(failed.text().contains("the network failed"));
        assert!(!failed.text().contains("device"), "reasons are for the log");
    }
    until("the network is loaded again", || engine.loads() == 2).await;
    ready(&inference).await;
    assert_eq!(status(&router).await, StatusCode::CREATED);
    assert_eq!(engine.loads(), 2);
}

#[tokio::test]
async fn failures_that_are_not_in_a_row_load_nothing() {
    let engine = Mortal::default();
    let (router, _) = engine.start(Config::default()).await;
    for _ in 0..4 {
        engine.becomes(LOST);
        assert_eq!(status(&router).await, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(status(&router).await, StatusCode::INTERNAL_SERVER_ERROR);
        engine.becomes(WELL);
        assert_eq!(status(&router).await, StatusCode::CREATED);
    }
    assert_eq!(engine.loads(), 1);
}

#[tokio::test]
async fn layers_that_fail_alone_load_nothing() {
    let engine = Mortal::default();
    let (router, _) = engine.start(Config::default()).await;
    let made = send(&router, slices(1).post(ANALYSES)).await;
    let layers = format!("{}/slices/0/layers", made.header("location"));
    engine.becomes(LOST);
    for _ in 0..4 {
        let failed = get(&router, &layers).await;
        assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    }
    engine.becomes(WELL);
    assert_eq!(status(&router).await, StatusCode::CREATED);
    assert_eq!(get(&router, &layers).await.status, StatusCode::OK);
    assert_eq!(engine.loads(), 1);
}

#[tokio::test]
async fn a_device_lost_under_a_patient_costs_two_or_three_slices() {
    let engine = Mortal::default();
    let (router, _) = engine.start(Config::default()).await;
    engine.becomes(LOST);
    let answer = send(&router, slices(20).post(ANALYSES)).await.json();
    let slices = answer["slices"].as_array().expect("slices");
    let failed = slices.iter().filter(|slice| slice["status"] == 500).count();
    let read = slices.iter().filter(|slice| slice["predicted"].is_string());
    assert!((2..=3).contains(&failed), "{answer}");
    assert_eq!(read.count(), 20 - failed, "{answer}");
    assert_eq!(engine.loads(), 2);
}

#[tokio::test]
async fn a_network_that_dies_for_good_is_503_and_the_pages_stay() {
    let (fake, gate) = FakeEngine::held();
    let mut config = Config::default();
    config.queue.batch_slices = Some(1);
    let engine = Mortal {
        once: true,
        fake,
        ..Mortal::default()
    };
    let (router, inference) = engine.start(config).await;
    engine.becomes(PANICS);
    let post = || {
        let router = router.clone();
        tokio::spawn(async move { status(&router).await })
    };
    let first = post();
    until("the first slice runs", || engine.fake.batches().len() == 1).await;
    let waiting = [post(), post()];
    until("two wait", || inference.queued() == 2).await;
    gate.open();
    let first = first.await.expect("an answer");
    assert_eq!(first, StatusCode::INTERNAL_SERVER_ERROR);
    for waiting in waiting {
        let status = waiting.await.expect("an answer");
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    }
    let refused = send(&router, slices(1).post(ANALYSES)).await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (StatusCode::SERVICE_UNAVAILABLE, "60")
    );
    for (path, status) in [
        ("/health/ready", StatusCode::SERVICE_UNAVAILABLE),
        ("/health/live", StatusCode::OK),
        ("/", StatusCode::OK),
    ] {
        assert_eq!(get(&router, path).await.status, status, "{path}");
    }
    assert_eq!(engine.loads(), 2);
}

#[tokio::test]
async fn more_clients_than_places_are_answered_each_and_none_twice() {
    let (engine, gate) = FakeEngine::held();
    let mut config = Config::default();
    (config.queue.queue_slices, config.queue.batch_slices) = (3, Some(2));
    let router = ready_router(config, &engine).await;
    let clients: Vec<_> = (0..30)
        .map(|seed| {
            let (router, form) = (router.clone(), Form::default().slice("a", &slice_png(seed)));
            tokio::spawn(async move { send(&router, form.post(ANALYSES)).await })
        })
        .collect();
    // Those who find no place are told at once, while the network is held.
    let told = || clients.iter().filter(|client| client.is_finished()).count();
    until("most are told", || told() >= 30 - 3 - 2).await;
    gate.open();
    let (mut accepted, mut refused) = (0, 0);
    for client in clients {
        let answer = client.await.expect("an answer");
        match answer.status {
            StatusCode::CREATED => accepted += 1,
            StatusCode::TOO_MANY_REQUESTS => {
                assert_eq!(answer.header("retry-after"), "2");
                refused += 1;
            }
            other => panic!("{other}: {}", answer.text()),
        }
    }
    assert!(accepted >= 3 && accepted + refused == 30, "{accepted}");
    assert_eq!(engine.batches().iter().sum::<usize>(), accepted);
    assert_eq!(status(&router).await, StatusCode::CREATED);
}

/// A server of its own; it ends with the test's runtime.
async fn served(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Connects, and sends the first `bytes` of a form.
async fn sent(address: SocketAddr, form: &[u8], bytes: usize) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let head = format!(
        "POST {ANALYSES} HTTP/1.1\r\nHost: ct.local\r\nContent-Length: {}\r\n\
         Content-Type: multipart/form-data; boundary=----lungsight-test-boundary\r\n\r\n",
        form.len()
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream.write_all(&form[..bytes]).await.expect("sent");
    stream
}

#[tokio::test]
async fn a_client_that_hangs_up_while_it_waits_has_its_slices_dropped() {
    let (engine, gate) = FakeEngine::held();
    let mut config = Config::default();
    config.queue.batch_slices = Some(1);
    let inference = common::ready_inference(&config, &engine).await;
    let state = AppState::new(config, inference);
    let router = router(state.clone());
    let form = slices(6).finished();
    let stream = sent(served(router.clone()).await, &form, form.len()).await;
    until("its first slice runs", || engine.batches().len() == 1).await;
    drop(stream);
    // The request's end is the end of its piece of work.
    let ended = tokio::time::timeout(Duration::from_secs(10), state.work().finished());
    ended.await.expect("the server notices");
    gate.open();
    assert_eq!(status(&router).await, StatusCode::CREATED);
    assert_eq!(engine.batches(), [1, 1]);
    let (kept, _) = state.store().size().await.expect("in memory");
    assert_eq!(kept, 1, "nobody has the id of the other");
}

#[tokio::test]
async fn a_client_that_hangs_up_while_it_sends_leaves_nothing_behind() {
    let engine = FakeEngine::default();
    let config = Config::default();
    let inference = common::ready_inference(&config, &engine).await;
    let state = AppState::new(config, inference);
    let router = router(state.clone());
    let form = slices(6).finished();
    let stream = sent(served(router.clone()).await, &form, form.len() / 2).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(stream);
    let ended = tokio::time::timeout(Duration::from_secs(10), state.work().finished());
    ended.await.expect("the server notices");
    assert!(engine.batches().is_empty());
    assert_eq!(state.store().size().await, Ok((0, 0)));
    assert_eq!(status(&router).await, StatusCode::CREATED);
}

#[tokio::test]
async fn a_server_that_is_being_stopped_takes_nothing_new_and_finishes_what_it_has() {
    let (engine, gate) = FakeEngine::held();
    let config = Config::default();
    let inference = common::ready_inference(&config, &engine).await;
    let state = AppState::new(config, inference);
    let router = router(state.clone());
    let upload = send(&router, slices(3).post(UPLOADS)).await;
    let id = upload.json()["id"].as_str().expect("an id").to_owned();
    let begun = start(&router, &id).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED);

    // While it warms, it has another reason than at its end.
    state.work().warm_first();
    let ready = get(&router, "/health/ready").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.json()["reason"], "the first slice is on its way");
    state.work().stop();
    for form in [slices(1).post(ANALYSES), slices(1).post(UPLOADS)] {
        let refused = send(&router, form).await;
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (StatusCode::SERVICE_UNAVAILABLE, "5")
        );
    }
    let ready = get(&router, "/health/ready").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.json()["reason"], "the server is being stopped");
    let soon = tokio::time::timeout(Duration::from_millis(50), state.work().finished());
    assert!(soon.await.is_err(), "an analysis was accepted and runs");
    gate.open();
    state.work().finished().await;
    let result = get(&router, begun.header("location")).await.json();
    assert_eq!(result["finished"], true);
}
