//! What every request can reach: one value, cloned by reference count.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use lungsight_app::evaluation::Evaluation;

use crate::config::{ChosenDevice, Config};
use crate::evaluation;
use crate::figures::Figures;
use crate::inference::Inference;
use crate::layers::LayerCache;
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::offers::Offers;
use crate::pacs::Pacs;
use crate::pool::PicturePool;
use crate::routes::examples;
use crate::store::Store;
use crate::store::database::worker::Worker;
use crate::work::Work;

/// The running server's parts.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

struct Parts {
    inference: Inference,
    store: Store,
    layers: LayerCache,
    memory: Memory,
    answers: Memory,
    pictures: PicturePool,
    figures: Figures,
    evaluation: Option<Evaluation>,
    offers: Offers,
    pacs: Option<Pacs>,
    work: Work,
    beginning: Mutex<()>,
    leptos: LeptosOptions,
    config: Config,
}

impl AppState {
    /// Without examples, archives and PACS of one's own, whatever the configuration names.
    pub fn new(config: Config, inference: Inference) -> Self {
        Self::with(config, inference, Offers::default(), None)
    }

    /// With what [`Offers::read`] has found, the way to the picture archive, and results in memory, whatever database the
    /// configuration names.
    pub fn with(config: Config, inference: Inference, offers: Offers, pacs: Option<Pacs>) -> Self {
        let store = Store::in_memory(&config);
        Self::with_store(config, inference, offers, pacs, store)
    }

    /// With results where [`Store::open`] keeps them.
    pub fn with_store(
        config: Config,
        inference: Inference,
        offers: Offers,
        pacs: Option<Pacs>,
        store: Store,
    ) -> Self {
        let leptos = LeptosOptions::builder()
            .output_name("lungsight")
            .site_root(config.site.site.to_string_lossy().into_owned())
            .site_pkg_dir(build_folder(&config.site.site))
            .build();
        Self(Arc::new(Parts {
            inference,
            store,
            layers: LayerCache::new(config.store.keep_layers),
            memory: Memory::new(config.requests.request_memory),
            answers: Memory::new(config.requests.request_memory.half()),
            pictures: PicturePool::new(config.requests.picture_threads),
            figures: Figures::read(&config.network.weights),
            evaluation: evaluation::read(&config.network.weights),
            offers,
            pacs,
            work: Work::default(),
            beginning: Mutex::default(),
            leptos,
            config,
        }))
    }

    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Whether this server has a network, or leaves slices to others.
    pub fn has_network(&self) -> bool {
        self.0.config.network.device != ChosenDevice::None
    }

    /// The way to the network.
    pub fn inference(&self) -> &Inference {
        &self.0.inference
    }

    /// Analyses and uploads.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Feature maps that were drawn.
    pub fn layers(&self) -> &LayerCache {
        &self.0.layers
    }

    /// The memory that requests in progress share.
    pub fn memory(&self) -> &Memory {
        &self.0.memory
    }

    /// The memory that files on their way to clients share, half as much: clients who read slowly keep nobody from sending.
    pub fn answers(&self) -> &Memory {
        &self.0.answers
    }

    /// Where pictures are decoded and drawn.
    pub fn pictures(&self) -> &PicturePool {
        &self.0.pictures
    }

    /// What the evaluation of the weights has drawn.
    pub fn figures(&self) -> &Figures {
        &self.0.figures
    }

    /// The same in numbers, with what the weights learned from.
    pub fn evaluation(&self) -> Option<&Evaluation> {
        self.0.evaluation.as_ref()
    }

    /// Examples and archives of whoever runs the server.
    pub fn offers(&self) -> &Offers {
        &self.0.offers
    }

    /// The house's picture archive, where one is configured.
    pub fn pacs(&self) -> Option<&Pacs> {
        self.0.pacs.as_ref()
    }

    /// What is in progress.
    pub fn work(&self) -> &Work {
        &self.0.work
    }

    /// Lets one upload in memory be begun at a time.
    pub fn begin_alone(&self) -> MutexGuard<'_, ()> {
        let beginning = &self.0.beginning;
        beginning.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is counted and timed.
    pub fn metrics(&self) -> &Metrics {
        self.0.inference.metrics()
    }

    /// Begins to take slices out of the database, where there is one and this server has a network.
    pub fn start_worker(&self) -> Option<Worker> {
        let database = self.store().database()?;
        self.has_network().then(|| {
            Worker::start(
                database.clone(),
                self.inference().clone(),
                self.pictures().clone(),
                self.config(),
            )
        })
    }

    /// Says in the log that slices wait for nobody.
    async fn miss_workers(&self) {
        if let Some(database) = self.store().database()
            && !self.has_network()
            && let Ok(0) = database.workers().await
        {
            tracing::warn!("no server with a network gives a sign of life: slices wait for one");
        }
    }

    /// Forgets what has expired, once a minute, for as long as it is polled.
    pub async fn sweep_forever(self) {
        let mut minute = tokio::time::interval(Duration::from_secs(60));
        loop {
            minute.tick().await;
            self.metrics().tidy();
            if self.store().sweep().await.is_err() {
                // The log has the reason; what has expired is not shown, swept or not.
                continue;
            }
            self.miss_workers().await;
            for id in self.layers().ids() {
                // Of an example that the program draws, which does not expire.
                if examples::named(&id).is_some() {
                    continue;
                }
                if let Ok(false) = self.store().has(&id).await {
                    self.layers().retain(|kept| kept != id);
                }
            }
        }
    }
}

/// The folder of the build's files below the site, as `cargo xtask build` names it; `pkg` where another tool has made it.
fn build_folder(site: &Path) -> String {
    match std::fs::read_to_string(site.join("pkg/build")) {
        Ok(fingerprint) => format!("pkg/{}", fingerprint.trim()),
        Err(_) => "pkg".to_owned(),
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.0.leptos.clone()
    }
}
