//! `/health`: is the process there, and can it analyse.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::inference::Readiness;
use crate::state::AppState;
use crate::store::Database;

/// `GET /health/live`: the process answers.
#[utoipa::path(
    get,
    path = "/health/live",
    tag = "health",
    operation_id = "live",
    summary = "Whether the process answers",
    responses(
        (status = 200, description = "It does", body = String, content_type = "text/plain"),
    )
)]
pub async fn live() -> &'static str {
    "live\n"
}

/// Whether the server can analyse, and with what.
#[derive(Default, Serialize, ToSchema)]
pub struct Ready {
    ready: bool,
    /// Why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<&'static str>,
    device: Option<String>,
    /// Why `auto` did not take the GPU.
    device_note: Option<String>,
    model: Option<String>,
    /// Where results are kept: `memory`, `sqlite` or `postgres`.
    keeps_in: &'static str,
    /// With a database: servers with a network that share it. Without any, slices wait for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    workers: Option<usize>,
}

/// `GET /health/ready`: 200 once the weights are loaded and tested; 503 before, when that failed, while the database is away
/// and while the server is being stopped.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "health",
    operation_id = "ready",
    summary = "Whether it can analyse",
    responses(
        (status = 200, description = "It can", body = Ready),
        (status = 503, description = "It cannot: not yet, not any more, its database is away, or it is being stopped", body = Ready),
    )
)]
pub async fn ready(State(state): State<AppState>) -> Response {
    let database = state.store().database();
    let keeps_in = database.map_or("memory", Database::engine);
    let reason = unready(&state).await;
    let workers = match database {
        // It has just answered: a probe is not kept waiting by one that is away.
        Some(database) if reason.is_none() => database.workers().await.ok(),
        _ => None,
    };
    let info = state.inference().info().ok().filter(|_| reason.is_none());
    let (device, device_note, model) = match info {
        Some(info) => (Some(info.device), info.device_note, Some(info.model)),
        None => (None, None, None),
    };
    let status = match reason {
        None => StatusCode::OK,
        Some(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = Ready {
        ready: reason.is_none(),
        reason,
        device,
        device_note,
        model,
        keeps_in,
        workers,
    };
    (status, Json(body)).into_response()
}

/// Why the server cannot analyse now.
async fn unready(state: &AppState) -> Option<&'static str> {
    match state.inference().readiness() {
        Readiness::Loading => Some("the network is being loaded"),
        Readiness::Failed(_) => Some("the network could not be loaded; the log says why"),
        Readiness::Ready(_) if state.work().is_stopping() => Some("the server is being stopped"),
        Readiness::Ready(_) if !state.work().is_wanted() => Some("the first slice is on its way"),
        Readiness::Ready(_) if state.pictures().is_stuck() => {
            Some("the threads for pictures are taken by work that does not end")
        }
        Readiness::Ready(_) if state.store().check().await.is_err() => {
            Some("the database does not answer")
        }
        Readiness::Ready(_) => None,
    }
}
