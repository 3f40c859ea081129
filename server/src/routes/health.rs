//! `/health`: is the process there, and can it analyse.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::inference::Readiness;
use crate::state::AppState;

/// `GET /health/live`: the process answers.
pub async fn live() -> &'static str {
    "live\n"
}

#[derive(Default, Serialize)]
struct Ready {
    ready: bool,
    device: Option<String>,
    /// Why `auto` did not take the GPU.
    device_note: Option<String>,
    model: Option<String>,
}

/// `GET /health/ready`: 200 once the weights are loaded and tested, 503 before and when that failed.
pub async fn ready(State(state): State<AppState>) -> Response {
    match state.inference().readiness() {
        Readiness::Ready(info) => Json(Ready {
            ready: true,
            device: Some(info.device),
            device_note: info.device_note,
            model: Some(info.model),
        })
        .into_response(),
        Readiness::Loading | Readiness::Failed(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(Ready::default())).into_response()
        }
    }
}
