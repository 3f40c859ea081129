//! `/health`: is the process there, and can it analyse.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::inference::Readiness;
use crate::state::AppState;

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
}

/// `GET /health/ready`: 200 once the weights are loaded and tested; 503 before, when that failed, and while the server is
/// being stopped.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "health",
    operation_id = "ready",
    summary = "Whether it can analyse",
    responses(
        (status = 200, description = "It can", body = Ready),
        (status = 503, description = "It cannot: not yet, not any more, or it is being stopped", body = Ready),
    )
)]
pub async fn ready(State(state): State<AppState>) -> Response {
    match state.inference().readiness() {
        Readiness::Ready(info) if state.work().is_wanted() => Json(Ready {
            ready: true,
            device: Some(info.device),
            device_note: info.device_note,
            model: Some(info.model),
        })
        .into_response(),
        Readiness::Ready(_) | Readiness::Loading | Readiness::Failed(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(Ready::default())).into_response()
        }
    }
}
