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

/// What the targets of our own crates begin with.
const OURS: &str = "lungsight";

/// Who is not heard even at errors, unless asked by name: wgpu tries OpenGL too, and calls it an error where a machine has
/// none, and Vulkan's loader where it has no driver.
const SILENT: &str = "wgpu_hal::gles=off,wgpu_hal::vulkan::instance=off,";

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

/// What is asked for. A level by itself is our own crates': others log addresses, and the database is asked for work four
/// times a second, so they stay at warnings until they are asked by name.
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
    let words = given.split(',').filter(|word| !word.is_empty());
    let (levels, named): (Vec<&str>, Vec<&str>) =
        words.partition(|word| word.parse::<LevelFilter>().is_ok());
    // Of two words about one target the last one counts, here and in the filter.
    let level: Option<LevelFilter> = levels.last().and_then(|word| word.parse().ok());
    let others = level.map_or(LevelFilter::WARN, |level| level.min(LevelFilter::WARN));
    let ours = level.map_or_else(String::new, |level| format!("{OURS}={level},"));
    let (named, traces) = (named.join(","), traces::TARGET);
    parsed(format!("{others},{SILENT}{ours}{named},{traces}=off"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_quiet_until_they_are_asked_by_name() {
        let told = |given: &str| filter(given).expect("a filter").to_string();
        for (given, expected) in [
            ("debug", ["lungsight=debug", "warn"]),
            ("debug,sqlx=trace", ["sqlx=trace", "warn"]),
            ("debug,lungsight=info", ["lungsight=info", "warn"]),
            ("lungsight_server=debug", ["lungsight_server=debug", "warn"]),
            ("error,lungsight_server=debug", ["lungsight=error", "error"]),
            ("debug,info", ["lungsight=info", "warn"]),
        ] {
            let told = told(given);
            for word in expected {
                assert!(told.split(',').any(|told| told == word), "{word}: {told}");
            }
            assert!(told.contains("lungsight_trace=off"), "{told}");
        }
        for silent in ["off", "error"] {
            assert!(!told(silent).contains("warn"), "{}", told(silent));
        }
        assert!(filter("lungsight_server=loud").is_err());
    }
}
