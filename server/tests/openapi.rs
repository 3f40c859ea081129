//! The OpenAPI document against the router as wired, and the page to try it.

mod common;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use common::{Form, default_router, get, send, slice_png};
use lungsight_server::openapi::Document;
use lungsight_server::router::{reading, work};
use serde_json::Value;
use utoipa::OpenApi;

fn document() -> Value {
    serde_json::to_value(Document::openapi()).expect("JSON")
}

#[tokio::test]
async fn every_route_of_the_api_is_in_the_document_with_its_methods() {
    let document = document();
    let paths = document["paths"].as_object().expect("paths");
    let described: BTreeSet<&str> = paths.keys().map(String::as_str).collect();
    let routes = work().into_iter().chain(reading());
    let wired: BTreeSet<&str> = routes.map(|(pattern, _)| pattern).collect();
    assert_eq!(described, wired);

    let router = default_router().await;
    for (path, item) in paths {
        let address = path
            .replace("{id}", &"0".repeat(32))
            .replace("{number}", "0")
            .replace("{file}", "stem.png");
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let request = Request::builder()
                .method(Method::from_bytes(method.as_bytes()).expect("a method"))
                .uri(&address)
                .body(Body::empty())
                .expect("a request");
            let status = send(&router, request).await.status;
            let is_described = item.get(method.to_lowercase()).is_some();
            let is_answered = status != StatusCode::METHOD_NOT_ALLOWED;
            assert_eq!(is_answered, is_described, "{method} {path}: {status}");
        }
    }
}

/// Every `$ref` in a value.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str));
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn the_document_is_whole() {
    let document = document();
    let version = document["openapi"].as_str().expect("a version");
    assert!(version.starts_with("3.1"), "{version}");
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("of this document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let at = format!("{method} {path}");
            assert!(operation["summary"].is_string(), "{at}");
            let name = operation["operationId"].as_str().expect("a name");
            // Names of functions that generators make.
            assert!(names.insert(name.to_owned()), "{at}: {name} again");
            let parameters = operation["parameters"].as_array();
            let in_path: BTreeSet<&str> = parameters
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .filter_map(|parameter| parameter["name"].as_str())
                .collect();
            let in_pattern: BTreeSet<&str> = path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                .collect();
            assert_eq!(in_path, in_pattern, "{at}");
            let responses = operation["responses"].as_object().expect("responses");
            let is_api = path.starts_with("/api/");
            assert_eq!(responses.contains_key("401"), is_api, "{at}");
            for (status, response) in responses {
                assert!(response["content"].is_object(), "{at} {status}");
            }
        }
    }
    let token = &document["components"]["securitySchemes"]["token"];
    assert_eq!(
        (&token["type"], &token["scheme"]),
        (&"http".into(), &"bearer".into())
    );
}

#[tokio::test]
async fn a_query_that_names_something_twice_is_told_in_json() {
    let router = default_router().await;
    let heatmap = "/api/v1/analyses/0/slices/0/heatmap.png?class=covid&class=covid";
    let answer = get(&router, heatmap).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.json()["error"].is_string());
}

/// The names that a schema asks for.
fn required(document: &Value, schema: &str) -> BTreeSet<String> {
    let schema = &document["components"]["schemas"][schema]["required"];
    let names = schema.as_array().expect("required");
    names
        .iter()
        .map(|name| name.as_str().expect("a name").to_owned())
        .collect()
}

#[tokio::test]
async fn answers_have_what_their_schemas_ask_for() {
    let document = document();
    let router = default_router().await;
    let form = Form::default()
        .slice("a.png", &slice_png(1))
        .slice("b.png", b"text")
        .text("grouping", "patient");
    let analysis = send(&router, form.post("/api/v1/analyses")).await.json();
    let keys = |value: &Value| -> BTreeSet<String> {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect()
    };
    for (schema, value) in [
        ("Analysis", &analysis),
        ("SliceAnalysis", &analysis["slices"][0]),
        ("SliceError", &analysis["slices"][1]),
        ("PatientResult", &analysis["patient"]),
    ] {
        let (asked, given) = (required(&document, schema), keys(value));
        assert!(
            asked.len() >= 2 && asked.is_subset(&given),
            "{schema}: {asked:?}, {given:?}"
        );
    }
    let probabilities =
        &document["components"]["schemas"]["SliceAnalysis"]["properties"]["probabilities"];
    let named = keys(&probabilities["properties"]);
    assert_eq!(named, keys(&analysis["slices"][0]["probabilities"]));
}

#[tokio::test]
async fn the_document_and_the_page_to_try_it_are_served_from_files_alone() {
    let router = default_router().await;
    let sent = get(&router, "/api/openapi.json").await;
    assert_eq!(sent.header("content-type"), "application/json");
    assert_eq!(sent.json(), document());

    let short = get(&router, "/api/docs").await;
    assert_eq!(short.header("location"), "/api/docs/");
    let page = get(&router, "/api/docs/").await;
    assert_eq!(page.status, StatusCode::OK);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self';"), "{policy}");
    let html = page.text();
    let scripts: Vec<&str> = html.split("<script").skip(1).collect();
    assert!(scripts.len() >= 2, "{html}");
    for script in scripts {
        let (attributes, rest) = script.split_once('>').expect("closed");
        let inline = rest.split("</script>").next().expect("an end");
        assert!(inline.trim().is_empty(), "{inline}");
        let file = attributes.split("src=\"").nth(1).expect("a file");
        let file = file
            .split('"')
            .next()
            .expect("a name")
            .trim_start_matches("./");
        let script = get(&router, &format!("/api/docs/{file}")).await;
        assert_eq!(script.status, StatusCode::OK, "{file}");
        assert!(
            script.header("content-type").contains("javascript"),
            "{file}"
        );
    }
    let start = get(&router, "/api/docs/swagger-initializer.js")
        .await
        .text();
    assert!(start.contains("\"/api/openapi.json\""), "{start}");
    assert!(
        !start.contains("http://") && !start.contains("https://"),
        "{start}"
    );
    let none = get(&router, "/api/docs/none.js").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}
