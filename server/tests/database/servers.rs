//! Servers in this process that share a database.

use std::time::{Duration, Instant};

use axum::Router;
use lungsight_app::analysis::Analysis;
use lungsight_network::DeviceChoice;
use lungsight_server::config::{ChosenDevice, Config};
use lungsight_server::offers::Offers;
use lungsight_server::router::router;
use lungsight_server::state::AppState;
use lungsight_server::store::Store;
use lungsight_server::store::database::worker::Worker;

use crate::Place;
use crate::common::{FakeEngine, get, parsed, ready_inference};

/// Long enough for a worker on a busy machine, short enough to wait for.
pub const WORKER_TIMEOUT: Duration = Duration::from_secs(4);

pub struct Server {
    pub router: Router,
    pub state: AppState,
    pub worker: Option<Worker>,
}

/// The defaults, over the test's database.
pub fn config(place: &Place) -> Config {
    let mut config = Config::default();
    config.database.database = Some(place.url().parse().expect("any text"));
    config.database.worker_timeout = WORKER_TIMEOUT.into();
    config.network.device = ChosenDevice::Of(DeviceChoice::Cpu);
    config
}

impl Server {
    /// A server with a network, which works on what any server is given.
    pub async fn with_network(place: &Place, engine: &FakeEngine) -> Self {
        Self::with(config(place), engine).await
    }

    /// A server that leaves slices to others.
    pub async fn without_network(place: &Place) -> Self {
        let mut config = config(place);
        config.network.device = ChosenDevice::None;
        Self::with(config, &FakeEngine::default()).await
    }

    pub async fn with(config: Config, engine: &FakeEngine) -> Self {
        let inference = ready_inference(&config, engine).await;
        let store = Store::open(&config).await.expect("a database");
        let state = AppState::with_store(config, inference, Offers::default(), None, store);
        Self {
            router: router(state.clone()),
            worker: state.start_worker(),
            state,
        }
    }

    /// Ends the worker as a killed process would.
    pub fn kill_worker(&mut self) {
        self.worker.take().expect("a worker").abort();
    }

    /// The analysis at `path` once it is finished.
    pub async fn finished(&self, path: &str) -> Analysis {
        let began = Instant::now();
        loop {
            let analysis: Analysis = parsed(&get(&self.router, path).await);
            if analysis.finished {
                return analysis;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{analysis:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(worker) = self.worker.take() {
            worker.abort();
        }
    }
}

/// Waits until `is` holds.
pub async fn until(what: &str, is: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !is().await {
        assert!(began.elapsed() < Duration::from_secs(60), "not: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
