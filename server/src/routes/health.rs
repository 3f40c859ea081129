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
    device: Option<String>,
    /// Why `auto` did not take the GPU.
    device_note: Option<String>,
    model: Option<String>,
    /// Where results are kept: `memory`, `sqlite` or `postgres`.
    keeps_in: &'static str,
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
    let keeps_in = state.store().database().map_or("memory", Database::engine);
    let readiness = state.inference().readiness();
    let keeps = state.store().check().await.is_ok();
    match readiness {
        Readiness::Ready(info) if keeps && state.work().is_wanted() => Json(Ready {
            ready: true,
            device: Some(info.device),
            device_note: info.device_note,
            model: Some(info.model),
            keeps_in,
        })
        .into_response(),
        Readiness::Ready(_) | Readiness::Loading | Readiness::Failed(_) => {
            let not_ready = Ready {
                keeps_in,
                ..Ready::default()
            };
            (StatusCode::SERVICE_UNAVAILABLE, Json(not_ready)).into_response()
        }
    }
}
