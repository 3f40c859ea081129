//! What is logged of a request: its id, method, route, status and time.
//!
//! Never logged: file names, tokens, users, addresses of clients, and the address asked for, because the id in it opens a
//! result. The route's pattern stands in its place.

mod fields;

use std::io::IsTerminal;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::request_id::RequestId;
use tracing::level_filters::LevelFilter;
use tracing::{Instrument, Level, Span};
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::client::Proxies;
use crate::metrics::{method_of, route_of};
use crate::traces::{self, Traces};

/// What others have to say, unless they are asked by name. wgpu tries OpenGL too, and calls it an error where a machine has
/// none, and Vulkan's loader where it has no driver; the database is asked for work four times a second.
const OTHERS: &str = "wgpu_core=warn,wgpu_hal=warn,wgpu_hal::gles=off,wgpu_hal::vulkan::instance=off,naga=warn,\
                      sqlx=warn,opentelemetry=warn,opentelemetry_sdk=warn,";

/// What the request's span is known by.
pub const MODULE: &str = module_path!();

/// What the routes of probes begin with.
const PROBES: &str = "/health/";

/// Logs every request when it is answered; whatever is logged on the way has the request's id with it. Where traces are sent,
/// its own begins here.
pub async fn requests(State(proxies): State<Proxies>, request: Request, next: Next) -> Response {
    let (method, route) = (method_of(&request), route_of(&request));
    let id = request.extensions().get::<RequestId>();
    let id = id.and_then(|id| id.header_value().to_str().ok());
    let span = if route.starts_with(PROBES) {
        // They come all the time, and no trace is made of them.
        tracing::info_span!("probe", id)
    } else {
        let name = format!("{method} {route}");
        tracing::info_span!(traces::REQUEST, id, otel.name = name, otel.kind = "server")
    };
    traces::begun(&span, method, &route);
    if proxies.sent(request.extensions()) {
        traces::go_on_with(&span, request.headers());
    }
    answer(request, next, (method, route))
        .instrument(span)
        .await
}

async fn answer(request: Request, next: Next, (method, route): (&str, String)) -> Response {
    let started = Instant::now();
    let response = next.run(request).await;
    let (status, duration_ms) = (response.status().as_u16(), started.elapsed().as_millis());
    if response.status().is_server_error() {
        tracing::warn!(%method, route, status, duration_ms, "answered");
    } else {
        tracing::debug!(%method, route, status, duration_ms, "answered");
    }
    traces::answered(&Span::current(), response.status());
    response
}

/// What the log holds.
pub const VARIABLE: &str = "LUNGSIGHT_LOG";

/// Sends the log to stderr: `LUNGSIGHT_LOG` chooses what (`debug`, `lungsight_server=debug`, …), `info` without it. A server's
/// traces go their own way.
pub fn start(is_server: bool) -> Option<Traces> {
    let given = std::env::var(VARIABLE).unwrap_or_default();
    let given = Some(given.as_str()).filter(|given| !given.is_empty());
    let filter = filter(given.unwrap_or("info")).unwrap_or_else(|error| {
        eprintln!("{VARIABLE}: {error}; the log is kept as without it");
        filter("info").unwrap_or_default()
    });
    let log = tracing_subscriber::fmt::layer()
        .fmt_fields(fields::Told)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .with_filter(filter);
    let registry = tracing_subscriber::registry().with(log);
    let traces = if is_server {
        early(Traces::start)
    } else {
        Ok(None)
    };
    match traces {
        Ok(Some(traces)) => {
            registry.with(traces.layer()).init();
            return Some(traces);
        }
        Ok(None) => registry.init(),
        Err(reason) => {
            registry.init();
            tracing::warn!(reason, "no traces are sent");
        }
    }
    None
}

/// Has what is said of settings heard before there is a log.
fn early<T>(start: impl FnOnce() -> T) -> T {
    let stderr = tracing_subscriber::fmt()
        .with_max_level(Level::WARN)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    tracing::subscriber::with_default(stderr.finish(), start)
}

/// What is asked for, and of others what they are asked for by name.
fn filter(given: &str) -> Result<EnvFilter, ParseError> {
    let parsed = |words: String| EnvFilter::builder().parse(words);
    let alone = parsed(given.to_owned())?;
    if alone
        .max_level_hint()
        .is_some_and(|most| most < LevelFilter::WARN)
    {
        // Quieter than others are by themselves.
        return Ok(alone);
    }
    // Of two words about one target the last one counts.
    parsed(format!("{OTHERS}{given},{}=off", traces::TARGET))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_quiet_until_they_are_asked_by_name() {
        let told = |given: &str| filter(given).expect("a filter").to_string();
        let quiet = told("debug");
        assert!(quiet.contains("sqlx=warn"), "{quiet}");
        assert!(quiet.contains("debug"), "{quiet}");
        let asked = told("debug,sqlx=trace");
        assert!(
            asked.contains("sqlx=trace") && !asked.contains("sqlx=warn"),
            "{asked}"
        );
        for silent in ["off", "error"] {
            assert!(!told(silent).contains("warn"), "{}", told(silent));
        }
        assert!(filter("lungsight_server=loud").is_err());
    }
}
