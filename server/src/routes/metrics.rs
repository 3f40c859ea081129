//! `GET /metrics`: for Prometheus. Who may ask: [`access`](crate::access).

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::metrics::Now;
use crate::state::AppState;

/// Counts, times and the state of this moment, in Prometheus's text format.
pub async fn show(State(state): State<AppState>) -> impl IntoResponse {
    let (kept, kept_bytes) = state.store().size();
    let now = Now {
        queued: state.inference().queued(),
        queue_capacity: state.inference().queue_capacity(),
        kept,
        kept_bytes,
        device: state.inference().info().ok(),
    };
    let text = state.metrics().render(now);
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
}
