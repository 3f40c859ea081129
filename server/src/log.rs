//! What is logged of a request: its id, method, route, status and time.
//!
//! Never logged: file names, tokens, users, addresses of clients, and the address asked for, because the id in it opens a
//! result. The route's pattern stands in its place.

use std::io::IsTerminal;
use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tower_http::request_id::RequestId;
use tracing::Instrument;
use tracing_subscriber::EnvFilter;

use crate::metrics::route_of;

/// wgpu tries OpenGL too, and calls it an error where a machine has none.
const DEFAULT_FILTER: &str = "info,wgpu_core=warn,wgpu_hal=warn,wgpu_hal::gles=off,naga=warn";

/// Logs every request when it is answered; whatever is logged on the way has the request's id with it.
pub async fn requests(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>();
    let id = id.and_then(|id| id.header_value().to_str().ok());
    let span = tracing::info_span!("request", id);
    answer(request, next).instrument(span).await
}

async fn answer(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (method, route) = (request.method().clone(), route_of(&request));
    let response = next.run(request).await;
    let (status, duration_ms) = (response.status().as_u16(), started.elapsed().as_millis());
    if response.status().is_server_error() {
        tracing::warn!(%method, route, status, duration_ms, "answered");
    } else {
        tracing::debug!(%method, route, status, duration_ms, "answered");
    }
    response
}

/// What the log holds.
pub const VARIABLE: &str = "LUNGSIGHT_LOG";

/// Sends the log to stderr: `LUNGSIGHT_LOG` chooses what (`debug`, `lungsight_server=debug`, …), `info` without it.
pub fn start() {
    let given = std::env::var(VARIABLE).unwrap_or_default();
    let usual = || EnvFilter::new(DEFAULT_FILTER);
    let filter = if given.is_empty() {
        usual()
    } else {
        let filter = EnvFilter::builder().parse(&given);
        filter.unwrap_or_else(|error| {
            eprintln!("{VARIABLE}: {error}; the log is kept as without it");
            usual()
        })
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}
