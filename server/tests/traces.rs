//! Traces, as a collector gets them from the binary with the real weights.
#![cfg(unix)]

mod common;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use common::served::Served;
use common::{ANALYSES, Form, slice_png};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message;

const PROXYS_TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PROXYS_SPAN: &str = "00f067aa0ba902b7";

/// All that has come.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

impl Collector {
    async fn start(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let address = listener.local_addr().expect("an address");
        let take = async |State(collector): State<Self>, body: Bytes| {
            let sent = ExportTraceServiceRequest::decode(body).expect("OTLP");
            collector.0.lock().expect("no panic while held").push(sent);
        };
        let router = Router::new().route("/v1/traces", post(take));
        let router = router.with_state(self.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        address
    }

    fn all(&self) -> Vec<ExportTraceServiceRequest> {
        self.0.lock().expect("no panic while held").clone()
    }

    fn spans(&self) -> Vec<Span> {
        let all = self.all();
        let resources = all.iter().flat_map(|sent| &sent.resource_spans);
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }
}

fn attribute(attributes: &[KeyValue], key: &str) -> String {
    let found = attributes.iter().find(|known| known.key == key);
    match found.and_then(|found| found.value.as_ref()?.value.as_ref()) {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        Some(any_value::Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The names of the spans right below one, in alphabetical order.
fn children(spans: &[Span], parent: &Span) -> Vec<String> {
    let mut names: Vec<_> = spans
        .iter()
        .filter(|span| span.trace_id == parent.trace_id && span.parent_span_id == parent.span_id)
        .map(|span| span.name.clone())
        .collect();
    names.sort();
    names
}

fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

fn form() -> Form {
    Form::default()
        .slice("Erika-Mustermann.png", &slice_png(1))
        .slice("Max-Mustermann.png", b"text")
        .slice("Erika-Mustermann.png", &slice_png(2))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_span_with_its_stages_in_it_and_tells_nothing_of_its_sender() {
    let collector = Collector::default();
    let endpoint = format!("http://{}", collector.start().await);
    let mut server = Served::start_alone(
        &["--trusted-proxy=127.0.0.1"],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)],
    );
    let headers = format!(
        "traceparent: 00-{PROXYS_TRACE}-{PROXYS_SPAN}-01\r\ntracestate: name=Mustermann\r\n\
         x-forwarded-for: 198.51.100.23\r\n\
         user-agent: Mustermann-Browser\r\nreferer: http://ct.local/Mustermann\r\n"
    );
    let answer = server.post_with(ANALYSES, &headers, form());
    assert_eq!(answer.status, 201, "{}", answer.text());
    let location = answer.header("location");
    let picture = server.get(&format!("{location}/slices/0/heatmap.png"));
    assert_eq!(picture.status, 200);
    assert_eq!(server.get("/Mustermann?name=Mustermann").status, 404);
    server.stop();

    let spans = collector.spans();
    let [request] = named(&spans, "POST /api/v1/analyses")[..] else {
        panic!("{spans:?}");
    };
    assert_eq!(hex(&request.trace_id), PROXYS_TRACE);
    assert_eq!(hex(&request.parent_span_id), PROXYS_SPAN);
    assert_eq!(request.kind(), SpanKind::Server);
    for (key, value) in [
        ("http.request.method", "POST"),
        ("http.route", ANALYSES),
        ("http.response.status_code", "201"),
        ("id", answer.header("x-request-id")),
    ] {
        assert_eq!(attribute(&request.attributes, key), value, "{key}");
    }
    assert_eq!(
        children(&spans, request),
        [
            "network", "network", "prepare", "prepare", "prepare", "queue", "queue", "receive"
        ]
    );
    let [drawing] = named(
        &spans,
        "GET /api/v1/analyses/{id}/slices/{number}/heatmap.png",
    )[..] else {
        panic!("{spans:?}");
    };
    assert_ne!(drawing.trace_id, request.trace_id);
    assert_eq!(children(&spans, drawing), ["draw"]);
    let [lost] = named(&spans, "GET (file or unknown)")[..] else {
        panic!("{spans:?}");
    };
    assert_eq!(
        attribute(&lost.attributes, "http.response.status_code"),
        "404"
    );
    // Neither probes nor the slice that the server is warmed with.
    let roots = spans.iter().filter(|span| span.parent_span_id.is_empty());
    assert_eq!(roots.count(), 2, "{spans:?}");

    let all = collector.all();
    let resource = all[0].resource_spans[0].resource.as_ref();
    let attributes = &resource.expect("a resource").attributes;
    assert_eq!(attribute(attributes, "service.name"), "lungsight");
    let all = format!("{all:?}");
    let id = location.rsplit('/').next().expect("an id");
    for secret in ["Mustermann", "198.51.100", "127.0.0.1", id] {
        assert!(!all.contains(secret), "'{secret}' is in a trace: {all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slices_that_a_database_hands_on_are_traced_by_the_server_that_does_them() {
    let collector = Collector::default();
    let endpoint = format!("http://{}/v1/traces", collector.start().await);
    let folder = tempfile::tempdir().expect("a folder");
    let database = format!("sqlite://{}", folder.path().join("results.db").display());
    let variables = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint.as_str()),
        ("LUNGSIGHT_DATABASE", &database),
    ];
    let mut server = Served::start_alone(&[], &variables);
    let answer = server.post(ANALYSES, form());
    assert_eq!(answer.status, 201, "{}", answer.text());
    server.stop();

    let spans = collector.spans();
    let [request] = named(&spans, "POST /api/v1/analyses")[..] else {
        panic!("{spans:?}");
    };
    assert_eq!(
        children(&spans, request),
        [
            "prepare",
            "prepare",
            "prepare",
            "receive",
            "shared slice",
            "shared slice"
        ]
    );
    let done = named(&spans, "shared slice");
    assert_eq!(done.len(), 2, "{spans:?}");
    for slice in done {
        assert_eq!(slice.kind(), SpanKind::Consumer);
        assert_eq!(children(&spans, slice), ["network", "queue"]);
    }
}

#[test]
fn a_collector_that_is_away_or_misnamed_is_told_and_costs_no_answer() {
    for (endpoint, told) in [
        // Nobody listens there.
        ("http://127.0.0.1:9", "the last traces were not sent"),
        ("no address", "no traces are sent"),
    ] {
        let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)];
        let mut server = Served::start_alone(&[], &variables);
        let answer = server.post(ANALYSES, form());
        assert_eq!(answer.status, 201, "{}", answer.text());
        server.stop();
        let log = server.log();
        assert!(log.contains(told), "{log}");
    }
}
