//! `GET /metrics`: for Prometheus. Who may ask: [`access`](crate::access).

use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::metrics::Now;
use crate::state::AppState;
use crate::store::KeepError;

/// How long the database may take: Prometheus waits for ten seconds, and the other figures are there without it.
const LONGEST: Duration = Duration::from_secs(2);

/// Counts, times and the state of this moment, in Prometheus's text format. With a database, queue and results are those of
/// all servers that share it.
pub async fn show(State(state): State<AppState>) -> impl IntoResponse {
    let kept = tokio::time::timeout(LONGEST, kept(&state)).await;
    let kept = kept.ok().and_then(Result::ok);
    let now = Now {
        queued: kept.map(|kept| kept.queued),
        queue_capacity: state.inference().queue_capacity(),
        kept: kept.map(|kept| kept.results),
        kept_bytes: kept.map(|kept| kept.bytes),
        workers: state
            .store()
            .database()
            .map(|_| kept.and_then(|kept| kept.workers)),
        ready: kept.is_some() && state.work().is_wanted(),
        device: state.inference().info().ok(),
    };
    let text = state.metrics().render(now);
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
}

#[derive(Clone, Copy)]
struct KeptNow {
    queued: usize,
    results: usize,
    bytes: usize,
    workers: Option<usize>,
}

async fn kept(state: &AppState) -> Result<KeptNow, KeepError> {
    let (queued, workers) = match state.store().database() {
        None => (state.inference().queued(), None),
        Some(database) => {
            let waiting = database.waiting_slices().await?;
            let waiting = usize::try_from(waiting).unwrap_or_default();
            (waiting, Some(database.workers().await?))
        }
    };
    let (results, bytes) = state.store().size().await?;
    Ok(KeptNow {
        queued,
        results,
        bytes,
        workers,
    })
}
