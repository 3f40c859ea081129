//! Where the time of a request goes, as OpenTelemetry traces: a span for each request, and in it one for each stage that the
//! metrics time.
//!
//! They are sent, as OTLP over HTTP, where the variables of the OpenTelemetry specification say, and made for nobody without
//! them. What the log doesn't tell a trace doesn't either: it knows patterns of routes and the request's id, no file name,
//! token, user or address.

use std::collections::HashMap;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{
    SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider,
};
use opentelemetry::{Context, Key};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tracing::field::Empty;
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::log;
use crate::metrics::Stage;

/// Of spans that are sent and not logged.
pub const TARGET: &str = "lungsight_trace";

/// The span of a request, which is sent and logged.
pub const REQUEST: &str = "request";

/// How long what is left may take to be sent when the server stops; its other steps leave no more.
const LAST: Duration = Duration::from_millis(500);

/// Where the collector is: of everything, or of traces alone. One of them asks for traces.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];

/// Turns everything off again.
const DISABLED: &str = "OTEL_SDK_DISABLED";

/// The way to the collector.
pub struct Traces(SdkTracerProvider);

/// Where the collector is to be looked for, when traces are asked for: the first variable that says so, with its value.
fn asked(variable: impl Fn(&str) -> Option<String>) -> Option<(&'static str, String)> {
    if variable(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return None;
    }
    let given = |name| Some((name, variable(name).filter(|value| !value.is_empty())?));
    ENDPOINTS.into_iter().find_map(given)
}

impl Traces {
    /// As the variables have it; `None` without them. A collector that isn't there is no reason not to serve.
    ///
    /// # Errors
    /// When the variables make no sense.
    pub fn start() -> Result<Option<Self>, String> {
        let Some((name, value)) = asked(|name| std::env::var(name).ok()) else {
            return Ok(None);
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .build();
        let exporter = exporter.map_err(|error| format!("{name}={value}: {error}"))?;
        let described = Resource::builder();
        let described = if is_named(&Resource::builder().build()) {
            described
        } else {
            described.with_service_name("lungsight")
        };
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(described.build())
            .build();
        Ok(Some(Self(provider)))
    }

    /// What hands our spans on.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("lungsight"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_level(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(is_sent).with_max_level_hint(LevelFilter::INFO))
    }

    /// Sends what is left.
    pub fn end(self) {
        if let Err(error) = self.0.shutdown_with_timeout(LAST) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Whether the variables give the service a name; without, the SDK makes one up.
fn is_named(described: &Resource) -> bool {
    let name = described.get(&Key::from_static_str("service.name"));
    name.is_some_and(|name| !name.as_str().starts_with("unknown_service"))
}

fn is_sent(span: &Metadata<'_>) -> bool {
    span.target() == TARGET || (span.name() == REQUEST && span.target() == log::MODULE)
}

/// What was asked for.
pub fn begun(span: &Span, method: &'static str, route: &str) {
    span.set_attribute("http.request.method", method);
    span.set_attribute("http.route", route.to_owned());
}

/// Puts a request's span under that of the proxy that passed it on, where there is one.
pub fn go_on_with(span: &Span, headers: &HeaderMap) {
    if let Some(parent) = Parent::of(&HeaderExtractor(headers)) {
        parent.adopt(span);
    }
}

/// What it was answered with. Its time ends here: what goes on in it has spans of its own.
pub fn answered(span: &Span, status: StatusCode) {
    span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
    span.context().span().end();
}

/// A span that work is passed on from: a proxy's, or that of the request that has put a slice into the database. Written as a
/// `traceparent` (W3C Trace Context).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    trace: TraceId,
    span: SpanId,
    flags: TraceFlags,
}

/// Where a `traceparent` is written.
const PARENT: &str = "traceparent";

impl Parent {
    /// The span that this is a part of; `None` where it is sent to nobody.
    pub fn current() -> Option<Self> {
        Self::of_context(&Span::current().context())
    }

    /// What is named there, without what else whoever made it has written.
    fn of(carrier: &dyn Extractor) -> Option<Self> {
        Self::of_context(&TraceContextPropagator::new().extract(carrier))
    }

    fn of_context(context: &Context) -> Option<Self> {
        let span = context.span().span_context().clone();
        span.is_valid().then(|| Self {
            trace: span.trace_id(),
            span: span.span_id(),
            flags: span.trace_flags(),
        })
    }

    fn context(self) -> Context {
        let Self { trace, span, flags } = self;
        let remote = SpanContext::new(trace, span, flags, true, TraceState::NONE);
        Context::new().with_remote_span_context(remote)
    }

    /// Puts a span under this one.
    fn adopt(self, span: &Span) {
        // Fails where nobody sends it.
        let _ = span.set_parent(self.context());
    }
}

/// How it is written into a job: what cannot be read is none, since no trace is worth a slice.
pub mod parent {
    use super::*;

    pub fn serialize<S: Serializer>(parent: &Option<Parent>, to: S) -> Result<S::Ok, S::Error> {
        let written = parent.map(|parent| {
            let mut written = HashMap::new();
            TraceContextPropagator::new().inject_context(&parent.context(), &mut written);
            written.remove(PARENT)
        });
        written.flatten().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Parent>, D::Error> {
        let written = Option::<String>::deserialize(from)?;
        let carrier = written.map(|written| HashMap::from([(PARENT.to_owned(), written)]));
        Ok(carrier.and_then(|carrier| Parent::of(&carrier)))
    }
}

/// The span of a slice out of the database: under that of the request that put it in, where that is sent to somebody.
pub fn of_shared_slice(parent: Option<Parent>) -> Span {
    let span =
        tracing::info_span!(target: TARGET, parent: None, "shared slice", otel.kind = "consumer");
    if let Some(parent) = parent {
        parent.adopt(&span);
    }
    span
}

impl Stage {
    /// The span of this stage within that of what is being done; none where that has none.
    pub fn span(self) -> Span {
        if Span::current().is_none() {
            return Span::none();
        }
        tracing::info_span!(target: TARGET, "stage", otel.name = self.name(), lungsight.slices = Empty)
    }

    /// The same for slices that go through it together.
    pub fn span_of(self, slices: usize) -> Span {
        let span = self.span();
        span.record("lungsight.slices", slices);
        span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_asks_for_traces_unless_all_is_disabled() {
        let of = |variables: &[(&str, &str)]| {
            let find = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            asked(find).map(|(name, _)| name)
        };
        let [all, traces] = ENDPOINTS;
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[(all, "")]), None);
        assert_eq!(of(&[(all, "http://c:4318")]), Some(all));
        assert_eq!(of(&[(traces, "http://c:4318/v1/traces")]), Some(traces));
        assert_eq!(of(&[(all, "http://c:4318"), (DISABLED, "True")]), None);
    }

    #[test]
    fn a_parent_is_taken_from_a_whole_header_alone() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", value.parse().expect("a value"));
            Parent::of(&HeaderExtractor(&headers))
        };
        let written = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let named = of(written).expect("a parent");
        let trace = named.trace.to_string();
        assert_eq!(trace, "4bf92f3577b34da6a3ce929d0e0e4736");
        // And goes through the database as it is.
        let mut json = Vec::new();
        let to = &mut serde_json::Serializer::new(&mut json);
        parent::serialize(&Some(named), to).expect("text");
        assert_eq!(json, format!("\"{written}\"").as_bytes());
        let back = |json: &[u8]| {
            let from = &mut serde_json::Deserializer::from_slice(json);
            parent::deserialize(from).expect("text")
        };
        assert_eq!(back(&json), Some(named));
        assert_eq!((back(b"\"Erika\""), back(b"null")), (None, None));
        assert!(of("Erika-Mustermann").is_none());
        assert!(of("00-00000000000000000000000000000000-00f067aa0ba902b7-01").is_none());
    }
}
