//! What every request can reach: one value, cloned by reference count.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use lungsight_app::analysis::Analysis;
use lungsight_app::backend::{Archive, Backend, OwnExample};
use lungsight_app::evaluation::Evaluation;
use lungsight_app::network::NetworkPart;

use crate::config::Config;
use crate::evaluation;
use crate::figures::Figures;
use crate::inference::Inference;
use crate::layers::LayerCache;
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::offers::Offers;
use crate::pacs::Pacs;
use crate::pool::PicturePool;
use crate::store::Store;
use crate::work::Work;

/// The running server's parts.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

struct Parts {
    inference: Inference,
    store: Store,
    layers: LayerCache,
    memory: Memory,
    pictures: PicturePool,
    figures: Figures,
    evaluation: Option<Evaluation>,
    offers: Offers,
    pacs: Option<Pacs>,
    work: Work,
    leptos: LeptosOptions,
    config: Config,
}

impl AppState {
    /// Without examples, archives and PACS of one's own, whatever the configuration names.
    pub fn new(config: Config, inference: Inference) -> Self {
        Self::with(config, inference, Offers::default(), None)
    }

    /// With what [`Offers::read`] has found, and the way to the picture archive.
    pub fn with(config: Config, inference: Inference, offers: Offers, pacs: Option<Pacs>) -> Self {
        let leptos = LeptosOptions::builder()
            .output_name("lungsight")
            .site_root(config.site.site.to_string_lossy().into_owned())
            .site_pkg_dir(build_folder(&config.site.site))
            .build();
        Self(Arc::new(Parts {
            inference,
            store: Store::new(&config.store),
            layers: LayerCache::new(config.store.keep_layers),
            memory: Memory::new(config.requests.request_memory),
            pictures: PicturePool::new(config.requests.picture_threads),
            figures: Figures::read(&config.network.weights),
            evaluation: evaluation::read(&config.network.weights),
            offers,
            pacs,
            work: Work::default(),
            leptos,
            config,
        }))
    }

    pub fn config(&self) -> &Config {
        &self.0.config
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

    /// Where pictures are decoded and drawn.
    pub fn pictures(&self) -> &PicturePool {
        &self.0.pictures
    }

    /// What the evaluation of the weights has drawn.
    pub fn figures(&self) -> &Figures {
        &self.0.figures
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

    /// What is counted and timed.
    pub fn metrics(&self) -> &Metrics {
        self.0.inference.metrics()
    }

    /// Forgets what has expired, once a minute, for as long as it is polled.
    pub async fn sweep_forever(self) {
        let mut minute = tokio::time::interval(Duration::from_secs(60));
        loop {
            minute.tick().await;
            self.store().sweep(Instant::now());
            self.metrics().tidy();
            self.layers()
                .retain(|id| self.store().analysis(id).is_some());
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

/// What the pages may ask.
impl Backend for AppState {
    fn analysis(&self, id: &str) -> Option<Analysis> {
        self.store()
            .analysis(id)
            .map(|record| record.analysis.clone())
    }

    fn device(&self) -> String {
        self.inference()
            .info()
            .map_or_else(|reason| reason.to_string(), |info| info.device)
    }

    fn network(&self) -> Vec<NetworkPart> {
        self.inference()
            .info()
            .map_or_else(|_| Vec::new(), |info| info.network)
    }

    fn figures(&self) -> Vec<String> {
        AppState::figures(self).names()
    }

    fn evaluation(&self) -> Option<Evaluation> {
        self.0.evaluation.clone()
    }

    fn examples(&self) -> Vec<OwnExample> {
        self.offers().examples.list()
    }

    fn has_pacs(&self) -> bool {
        self.pacs().is_some()
    }

    fn is_storable(&self, id: &str) -> bool {
        self.pacs()
            .is_some_and(|pacs| pacs.origins.get(id).is_some())
    }

    fn archives(&self) -> Vec<Archive> {
        self.offers().archives.list()
    }

    fn model(&self) -> String {
        self.inference()
            .info()
            .map_or_else(|reason| reason.to_string(), |info| info.model)
    }
}
