//! Layers of an example, on a server without a network in front of one that has it.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use lungsight_network::DeviceChoice;
use lungsight_server::config::{ChosenDevice, Config};
use lungsight_server::offers::Offers;
use lungsight_server::router::router;
use lungsight_server::state::AppState;
use lungsight_server::store::Store;
use lungsight_server::store::database::worker::Worker;

use crate::common::{Answer, FakeEngine, get, ready_inference};

const LAYER: &str = "/examples/covid-1/layers/stem.png";

/// A server over the database in a folder.
struct Server {
    router: Router,
    state: AppState,
    worker: Option<Worker>,
}

impl Server {
    async fn start(folder: &tempfile::TempDir, device: ChosenDevice, engine: &FakeEngine) -> Self {
        let file = folder.path().join("kept.sqlite");
        let mut config = Config::default();
        let url = format!("sqlite://{}", file.display());
        config.database.database = Some(url.parse().expect("any text"));
        config.network.device = device;
        let inference = ready_inference(&config, engine).await;
        let store = Store::open(&config).await.expect("a database");
        let state = AppState::with_store(config, inference, Offers::default(), None, store);
        Self {
            router: router(state.clone()),
            worker: state.start_worker(),
            state,
        }
    }

    async fn kept(&self) -> usize {
        self.state.store().size().await.expect("it answers").0
    }

    /// Waits until nothing is kept.
    async fn keeps_nothing(&self) {
        let forgotten = async {
            while self.kept().await > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let forgotten = tokio::time::timeout(Duration::from_secs(20), forgotten).await;
        forgotten.expect("what was analysed for the page is forgotten");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(worker) = self.worker.take() {
            worker.abort();
        }
    }
}

fn runs(engine: &FakeEngine) -> usize {
    *engine.layer_runs.lock().expect("no panic while held")
}

fn shown(answer: &Answer) -> (StatusCode, &str, &str) {
    let header = |name| answer.header(name);
    (
        answer.status,
        header("content-type"),
        header("cache-control"),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn layers_of_an_example_are_drawn_by_the_server_with_a_network() {
    let folder = tempfile::tempdir().expect("a folder");
    let (front_engine, engine) = (FakeEngine::default(), FakeEngine::default());
    let front = Server::start(&folder, ChosenDevice::None, &front_engine).await;
    let behind = Server::start(&folder, ChosenDevice::Of(DeviceChoice::Cpu), &engine).await;
    // What the page's pictures ask for at the same time is drawn once.
    let (first, second) = tokio::join!(get(&front.router, LAYER), get(&front.router, LAYER));
    let expected = (StatusCode::OK, "image/png", "public, max-age=3600");
    assert_eq!(shown(&first), expected, "{}", first.text());
    assert_eq!(shown(&second), expected);
    let other = get(&front.router, "/examples/covid-1/layers/stage4.1.conv2.png").await;
    assert_eq!(other.status, StatusCode::OK);
    assert_eq!((runs(&engine), runs(&front_engine)), (1, 0));
    assert!(front_engine.batches().is_empty());

    let own = get(&behind.router, LAYER).await;
    assert_eq!(own.body, first.body, "the picture is the same");
    for path in [
        "/examples/covid-9/layers/stem.png",
        "/examples/covid-1/layers/none.png",
    ] {
        assert_eq!(get(&front.router, path).await.status, StatusCode::NOT_FOUND);
    }
    front.keeps_nothing().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_leaves_takes_the_example_along() {
    let folder = tempfile::tempdir().expect("a folder");
    let front = Server::start(&folder, ChosenDevice::None, &FakeEngine::default()).await;
    let asked = tokio::spawn({
        let router = front.router.clone();
        async move { get(&router, LAYER).await }
    });
    while front.kept().await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    asked.abort();
    assert!(asked.await.is_err(), "nobody could answer");
    front.keeps_nothing().await;
}
