//! `lungsight serve`: listens at once, loads the network beside it, stops in order.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::access::Access;
use crate::cli::CommandError;
use crate::config::{ChosenDevice, Config};
use crate::connections;
use crate::engine::{self, EngineError};
use crate::environment;
use crate::inference::{Inference, Loader, Readiness};
use crate::offers::Offers;
use crate::pacs::Pacs;
use crate::router::guarded_router;
use crate::state::AppState;
use crate::store::Store;
use crate::warm;

/// How long slices at hand may take after everything else has stopped.
const WORKER_STOP: Duration = Duration::from_secs(10);

/// How long the database may take to be closed.
const STORE_CLOSE: Duration = Duration::from_secs(3);

/// Serves until SIGTERM or ctrl-c, or until the network turns out to be unusable.
///
/// # Errors
/// When the address cannot be listened on, the network cannot be loaded, or what is to be offered is not there.
pub fn serve(config: Config) -> Result<(), CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(CommandError::io("starting the runtime"))?;
    let outcome = runtime.block_on(run(config));
    // A blocking thread may hang on a picture; the process ends all the same.
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

async fn run(config: Config) -> Result<(), CommandError> {
    let listen = config.listen.clone();
    let network = config.network.clone();
    let access = Access::read(&config.access)?;
    let mut offers = Offers::read(&config.site)?;
    offers.examples.look(&config.requests.decoding());
    let pacs = Pacs::new(&config)?;
    warn_of_oddities(&config);
    let listener = TcpListener::bind(listen.addr)
        .await
        .map_err(CommandError::io(format!("listening on {}", listen.addr)))?;
    let store = Store::open(&config).await?;
    let load: Loader = match network.device {
        ChosenDevice::None if store.database().is_none() => {
            return Err(CommandError::NobodyComputes);
        }
        ChosenDevice::None => Box::new(move || engine::absent(&network.weights)),
        device => Box::new(move || engine::load(&network.weights, device)),
    };
    let (inference, _thread) = Inference::start(&config.queue, load)
        .map_err(CommandError::io("starting the inference thread"))?;
    let mut readiness = inference.watch();
    let state = AppState::with_store(config, inference, offers, pacs, store);
    tracing::info!("listening on http://{}", listen.addr);
    tokio::spawn(state.clone().sweep_forever());
    state.work().warm_first();
    tokio::spawn(warm_when_loaded(state.clone()));
    let worker = state.start_worker();
    let closing = state.clone();

    let (stop, stopping) = watch::channel(false);
    let router = guarded_router(state.clone(), access);
    let (terms, trusted) = (listen.clone(), state.config().access.trusted_proxy.clone());
    let mut server = tokio::spawn(async move {
        connections::serve(listener, router, &terms, &trusted, stopping).await
    });
    let outcome = tokio::select! {
        () = asked_to_stop() => {
            tracing::info!("stopping; requests in progress have {} to finish", listen.stop_within);
            Ok(())
        }
        error = report_readiness(&mut readiness) => Err(error.into()),
        ended = &mut server => {
            return ended.map_err(std::io::Error::other).map_err(CommandError::io("serving"));
        }
    };
    let end = async {
        if outcome.is_ok() {
            // Balancers see that the server is not ready, and nobody who was told 202 finds the door shut.
            state.work().stop();
            state.work().finished().await;
        }
        stop.send_replace(true);
        (&mut server).await
    };
    match tokio::time::timeout(*listen.stop_within, end).await {
        Ok(_) => tracing::info!("stopped"),
        Err(_) => tracing::warn!("stopped with requests in progress"),
    }
    // Last: requests in progress may wait for its slices. What it has not begun is left to others, or to the next start.
    if let Some(worker) = worker
        && tokio::time::timeout(WORKER_STOP, worker.stop())
            .await
            .is_err()
    {
        tracing::warn!(
            "stopped with slices at hand; they are done by another server, or after the next start"
        );
    }
    if tokio::time::timeout(STORE_CLOSE, closing.store().close())
        .await
        .is_err()
    {
        tracing::warn!("stopped without closing the database");
    }
    outcome
}

/// What is likely a mistake, and no reason not to start.
fn warn_of_oddities(config: &Config) {
    for name in environment::unknown() {
        tracing::warn!("{name} is no setting of this version and is passed over");
    }
    let site = &config.site.site;
    if !site.join("pkg").is_dir() {
        let site = site.display();
        tracing::warn!("{site} holds no built site: pages will have no style and no script");
    }
}

/// Has a slice go the whole way once the network is there; until then the server is not ready.
async fn warm_when_loaded(state: AppState) {
    let mut readiness = state.inference().watch();
    let loaded = readiness.wait_for(|now| matches!(now, Readiness::Ready(_)));
    if loaded.await.is_ok() {
        // A front end has nothing to warm.
        if state.has_network() {
            warm::up(&state).await;
        }
        state.work().warmed();
    }
}

/// Logs every change, and returns when the network cannot be used.
async fn report_readiness(readiness: &mut watch::Receiver<Readiness>) -> EngineError {
    loop {
        match readiness.borrow_and_update().clone() {
            Readiness::Loading => tracing::info!("loading the network"),
            Readiness::Ready(info) => {
                tracing::info!(device = info.device, model = info.model, "ready");
                if let Some(note) = info.device_note {
                    tracing::info!("{note}");
                }
            }
            Readiness::Failed(reason) => {
                tracing::error!(reason, "the network cannot be used");
                return EngineError(reason);
            }
        }
        if readiness.changed().await.is_err() {
            return EngineError("the inference thread ended".to_owned());
        }
    }
}

/// Waits for SIGTERM or ctrl-c.
async fn asked_to_stop() {
    let interrupt = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "ctrl-c is not heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "SIGTERM is not heard");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
