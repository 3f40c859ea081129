//! What the log must not hold. Alone in its binary: a subscriber set for one thread misses events whose callsites other
//! tests have met without one.

mod common;

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;
use common::{FakeEngine, Form, from, ready_inference, send, slice_png};
use lungsight_server::access::Access;
use lungsight_server::config::Config;
use lungsight_server::router::guarded_router;
use lungsight_server::state::AppState;

const ANALYSES: &str = "/api/v1/analyses";
const TOKEN: &str = "secret-0123456789abcdef0123";
const WRONG_TOKEN: &str = "guessed-0123456789abcdef01";
const PROXY: &str = "10.0.0.1:40000";
const STRANGER: &str = "192.0.2.77:40000";
const PROXYS_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A log that is kept to be looked at.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .expect("no panic while held")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// From `peer`, with everything that could give its sender away.
fn telling(peer: &str, token: Option<&str>, request: Request<Body>) -> Request<Body> {
    let mut request = from(peer, request);
    for (name, value) in [
        ("x-request-id", "Erika-Mustermann-1964"),
        ("x-remote-user", "dr-mabuse"),
        ("x-forwarded-for", "198.51.100.23"),
        ("user-agent", "Mustermann-Browser"),
        ("cookie", "name=Mustermann"),
        ("referer", "http://ct.local/Mustermann"),
    ] {
        let value = value.parse().expect("a value");
        request.headers_mut().insert(name, value);
    }
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse().expect("a value");
        request.headers_mut().insert("authorization", value);
    }
    request
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

#[tokio::test]
async fn names_ids_tokens_users_and_addresses_stay_out_of_the_log() {
    let tokens = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(tokens.path(), format!("user {TOKEN}\n")).expect("written");
    let mut config = Config::default();
    config.access.tokens = Some(tokens.path().to_owned());
    config.access.user_header = Some("x-remote-user".parse().expect("a name"));
    config.access.trusted_proxy = vec!["10.0.0.1".parse().expect("an address")];
    (config.rate.rate, config.rate.rate_burst) = (1, 3);
    let inference = ready_inference(&config, &FakeEngine::default()).await;
    let access = Access::read(&config.access).expect("valid");
    let router = guarded_router(AppState::new(config, inference), access);

    let log = Kept::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let form = || {
        let form = Form::default()
            .slice("Erika-Mustermann.png", &slice_png(1))
            .slice("Max-Mustermann.png", b"text");
        form.post(ANALYSES)
    };
    let made = send(&router, telling(STRANGER, Some(TOKEN), form())).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let location = made.header("location").to_owned();
    let mut answered = vec![made];
    for (peer, token, request, status) in [
        // The user's name, and the addresses of results.
        (PROXY, None, get(&location), 200),
        (
            PROXY,
            None,
            get(&format!("{location}/slices/0/slice.png")),
            200,
        ),
        (PROXY, None, get("/Mustermann?name=Mustermann"), 404),
        (STRANGER, Some(WRONG_TOKEN), form(), 401),
        (STRANGER, None, get("/"), 401),
    ] {
        let answer = send(&router, telling(peer, token, request)).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        answered.push(answer);
    }
    // Of the proxy's client, all at once: it may ask again after a second.
    let ask = || send(&router, telling(PROXY, None, form()));
    let (first, second, third, refused) = tokio::join!(ask(), ask(), ask(), ask());
    for (answer, status) in [(first, 201), (second, 201), (third, 201), (refused, 429)] {
        assert_eq!(answer.status, status, "{}", answer.text());
        answered.push(answer);
    }
    let mut from_proxy = telling(PROXY, None, get("/health/live"));
    let id = PROXYS_ID.parse().expect("a value");
    from_proxy.headers_mut().insert("x-request-id", id);
    answered.push(send(&router, from_proxy).await);
    drop(guard);

    let log = String::from_utf8(log.0.lock().expect("no panic while held").clone()).expect("UTF-8");
    assert!(log.contains("/api/v1/analyses/{id}"), "{log}");
    for answer in &answered {
        let id = answer.header("x-request-id");
        assert!(log.contains(id), "no line for the request {id}: {log}");
    }
    assert!(log.contains(PROXYS_ID), "{log}");
    let id = location.rsplit('/').next().expect("an id");
    for secret in [
        "Mustermann",
        id,
        TOKEN,
        WRONG_TOKEN,
        "mabuse",
        "192.0.2.77",
        "10.0.0.1",
        "198.51.100",
    ] {
        assert!(!log.contains(secret), "'{secret}' is in the log: {log}");
    }
}
