//! Who may see what, how often, and under which id: tokens, a proxy's users, metrics for this machine, the rate limit.

mod common;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, Version};
use common::{ANALYSES, Answer, FakeEngine, Form, from, ready_inference, send, slice_png};
use lungsight_server::access::{Access, AccessError};
use lungsight_server::config::Config;
use lungsight_server::router::guarded_router;
use lungsight_server::state::AppState;

const USER: &str = "user-0123456789abcdef01234567";
const METRICS: &str = "metrics-0123456789abcdef0123";
const ADMIN: &str = "admin-0123456789abcdef0123456";

const STRANGER: &str = "192.0.2.7:40000";
const PROXY: &str = "10.0.0.1:40000";
const HERE: &str = "127.0.0.1:40000";

/// A file of tokens, and a configuration that names it.
fn with_tokens(lines: &str) -> (tempfile::NamedTempFile, Config) {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), lines).expect("written");
    let mut config = Config::default();
    config.access.tokens = Some(file.path().to_owned());
    (file, config)
}

fn three_tokens() -> String {
    format!("user {USER}\nmetrics {METRICS}\nadmin {ADMIN}\n")
}

fn behind_a_proxy() -> Config {
    let mut config = Config::default();
    config.access.user_header = Some("x-remote-user".parse().expect("a name"));
    config.access.trusted_proxy = vec!["10.0.0.1".parse().expect("an address")];
    config
}

async fn router(config: Config) -> Router {
    let inference = ready_inference(&config, &FakeEngine::default()).await;
    let access = Access::read(&config.access).expect("valid");
    guarded_router(AppState::new(config, inference), access)
}

async fn get(router: &Router, peer: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect("a request");
    send(router, from(peer, request)).await
}

fn one_slice() -> Request<Body> {
    Form::default().slice("a.png", &slice_png(1)).post(ANALYSES)
}

/// Refused as soon as it is let in, and made of nothing: it takes no time.
fn empty_slice(path: &str) -> Request<Body> {
    Form::default().slice("a.png", b"").post(path)
}

#[tokio::test]
async fn each_token_opens_what_its_role_is_for() {
    let (_file, config) = with_tokens(&three_tokens());
    let router = router(config).await;
    let (ok, no, wrong) = (
        StatusCode::OK,
        StatusCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN,
    );
    let unknown = "nobody-0123456789abcdef012345";
    for (path, statuses) in [
        // Without, unknown, user, metrics, admin.
        ("/", [no, no, ok, wrong, ok]),
        ("/api/openapi.json", [no, no, ok, wrong, ok]),
        ("/examples/covid-1.png", [no, no, ok, wrong, ok]),
        ("/metrics", [no, no, wrong, ok, ok]),
        ("/health/live", [ok; 5]),
        ("/health/ready", [ok; 5]),
    ] {
        let tokens = ["", unknown, USER, METRICS, ADMIN];
        for (token, status) in tokens.into_iter().zip(statuses) {
            let bearer = format!("Bearer {token}");
            let headers = [("authorization", bearer.as_str())];
            let given = if token.is_empty() { &[][..] } else { &headers };
            // From this machine, too: with tokens there is no other way in.
            let answer = get(&router, HERE, path, given).await;
            assert_eq!(answer.status, status, "{path} with '{token}'");
            let challenge = answer.header("www-authenticate");
            assert_eq!(
                challenge.starts_with("Bearer realm="),
                status != ok,
                "{path} with '{token}': {challenge}"
            );
        }
    }
}

#[tokio::test]
async fn tokens_for_the_metrics_alone_keep_nobody_from_the_site() {
    let (_file, mut config) = with_tokens(&format!("metrics {METRICS}\n"));
    config.access.trusted_proxy = vec!["127.0.0.1".parse().expect("an address")];
    let router = router(config).await;
    let status = async |path: &str, headers: &[(&str, &str)]| {
        get(&router, STRANGER, path, headers).await.status
    };
    assert_eq!(status("/", &[]).await, StatusCode::OK);
    assert_eq!(status("/metrics", &[]).await, StatusCode::UNAUTHORIZED);
    let bearer = format!("Bearer {METRICS}");
    let with = [("authorization", bearer.as_str())];
    assert_eq!(status("/metrics", &with).await, StatusCode::OK);
    // Patients' names stay for the machine itself.
    for path in ["/pacs", "/pacs/series", "/zh/pacs/series"] {
        assert_eq!(status(path, &with).await, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn without_a_token_no_body_is_read_and_nothing_is_kept() {
    let (_file, config) = with_tokens(&three_tokens());
    let inference = ready_inference(&config, &FakeEngine::default()).await;
    let state = AppState::new(config.clone(), inference);
    let access = Access::read(&config.access).expect("valid");
    let router = guarded_router(state.clone(), access);
    // Never ends: an answer shows that nobody has waited for it.
    let endless = Body::from_stream(futures_util::stream::pending::<std::io::Result<Vec<u8>>>());
    let refused = send(&router, common::post_form("/api/v1/uploads", endless)).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        refused.header("www-authenticate"),
        "Bearer realm=\"lungsight\""
    );
    assert!(refused.json()["error"].is_string());
    assert_eq!(state.store().size().await, Ok((0, 0)));

    let mut allowed = one_slice();
    let token = format!("bearer {USER}").parse().expect("a value");
    allowed.headers_mut().insert("authorization", token);
    assert_eq!(send(&router, allowed).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_browser_is_told_with_a_page() {
    let (_file, config) = with_tokens(&three_tokens());
    let router = router(config).await;
    let accept = [("accept", "text/html,*/*")];
    let page = get(&router, STRANGER, "/diagnosis", &accept).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.text().contains("<html"), "{}", page.text());
    let api = get(&router, STRANGER, "/api/v1/analyses/0", &accept).await;
    assert_eq!(api.header("content-type"), "application/json");
}

#[tokio::test]
async fn a_users_name_is_believed_from_the_proxy_alone() {
    let router = router(behind_a_proxy()).await;
    let named = [("x-remote-user", "erika")];
    let unnamed = [("x-remote-user", "")];
    for (peer, headers, status) in [
        (PROXY, &named, StatusCode::OK),
        (PROXY, &unnamed, StatusCode::UNAUTHORIZED),
        (STRANGER, &named, StatusCode::UNAUTHORIZED),
        (HERE, &named, StatusCode::UNAUTHORIZED),
    ] {
        let answer = get(&router, peer, "/", headers).await;
        assert_eq!(answer.status, status, "{peer} {headers:?}");
    }
    let metrics = get(&router, PROXY, "/metrics", &named).await;
    assert_eq!(metrics.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_user_header_without_a_proxy_is_refused_at_the_start() {
    let mut config = behind_a_proxy();
    config.access.trusted_proxy = Vec::new();
    let refused = Access::read(&config.access);
    assert!(matches!(refused, Err(AccessError::NobodyTrusted)));
}

#[tokio::test]
async fn bad_tokens_are_refused_at_the_start_with_their_line() {
    for (lines, line) in [
        (format!("user {USER}\nadmin short\n"), "line 2"),
        (format!("\nuser {USER}\nadmin {USER}\n"), "line 3"),
        (format!("user {USER}\n\n\nmetrics \n"), "line 4"),
    ] {
        let (file, config) = with_tokens(&lines);
        let error = Access::read(&config.access).expect_err("refused");
        let said = error.to_string();
        assert!(said.contains(line), "{said}");
        assert!(said.contains(file.path().to_str().expect("UTF-8")));
        assert!(!said.contains(USER), "{said}");
    }
}

#[tokio::test]
async fn without_tokens_metrics_are_for_this_machine_alone() {
    let router = router(Config::default()).await;
    let ok = StatusCode::OK;
    let no = StatusCode::FORBIDDEN;
    for (peer, header, status) in [
        (HERE, ("host", "127.0.0.1:3000"), ok),
        ("[::1]:9", ("host", "localhost"), ok),
        (STRANGER, ("host", "127.0.0.1:3000"), no),
        // Passed on by a proxy on this machine.
        (HERE, ("host", "ct.example.org"), no),
        (HERE, ("x-forwarded-for", "192.0.2.7"), no),
    ] {
        let answer = get(&router, peer, "/metrics", &[header]).await;
        assert_eq!(answer.status, status, "{peer} {header:?}");
    }
    assert_eq!(get(&router, STRANGER, "/", &[]).await.status, ok);
    // As nginx passes on, with the host that it was told to ask.
    let mut passed_on = Request::get("/metrics").header("host", "127.0.0.1:3000");
    passed_on = passed_on.version(Version::HTTP_10);
    let passed_on = from(HERE, passed_on.body(Body::empty()).expect("a request"));
    assert_eq!(send(&router, passed_on).await.status, no);
}

#[tokio::test]
async fn who_asks_too_often_is_429_and_others_are_not() {
    let mut config = Config::default();
    (config.rate.rate, config.rate.rate_burst) = (1, 2);
    let router = router(config).await;
    let ask = |path| send(&router, from(STRANGER, empty_slice(path)));
    // All at once: a bucket has a request again after a second.
    let (first, second, refused, page) = tokio::join!(
        ask(ANALYSES),
        ask(ANALYSES),
        ask(ANALYSES),
        ask("/diagnosis")
    );
    for let_in in [first, second] {
        assert_eq!(let_in.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (StatusCode::TOO_MANY_REQUESTS, "1")
    );
    assert!(
        refused.json()["error"]
            .as_str()
            .is_some_and(|error| error.contains("too many requests"))
    );
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.text().contains("<html"), "{}", page.text());
    // What costs nothing is not counted, and another client has a bucket of its own.
    assert_eq!(
        get(&router, STRANGER, "/", &[]).await.status,
        StatusCode::OK
    );
    let other = send(&router, from("192.0.2.8:1", one_slice())).await;
    assert_eq!(other.status, StatusCode::CREATED);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let again = send(&router, from(STRANGER, one_slice())).await;
    assert_eq!(again.status, StatusCode::CREATED);
}

#[tokio::test]
async fn clients_behind_a_trusted_proxy_are_told_apart_and_forged_ones_are_not() {
    let mut config = Config::default();
    config.access.trusted_proxy = vec!["10.0.0.1".parse().expect("an address")];
    (config.rate.rate, config.rate.rate_burst) = (1, 1);
    let router = router(config).await;
    let status = async |peer: &str, client: &str| {
        let mut request = empty_slice(ANALYSES);
        let client = client.parse().expect("a value");
        request.headers_mut().insert("x-forwarded-for", client);
        send(&router, from(peer, request)).await.status
    };
    // All at once: a bucket has a request again after a second.
    let (one, another, forged) = tokio::join!(
        status(PROXY, "192.0.2.1"),
        status(PROXY, "192.0.2.2"),
        status(PROXY, "192.0.2.99, 192.0.2.2"),
    );
    let let_in = StatusCode::UNPROCESSABLE_ENTITY;
    assert_eq!((one, another), (let_in, let_in));
    assert_eq!(forged, StatusCode::TOO_MANY_REQUESTS);
    let (own, forged) = tokio::join!(status(STRANGER, "192.0.2.3"), status(STRANGER, "192.0.2.4"),);
    assert_eq!(own, let_in);
    assert_eq!(forged, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn every_answer_has_an_id_of_ours_and_a_trusted_proxys_is_kept() {
    let router = router(behind_a_proxy()).await;
    let sent = "4bf92f3577b34da6a3ce929d0e0e4736";
    let mut seen = std::collections::HashSet::new();
    for path in [
        "/",
        "/health/live",
        "/api/v1/nothing",
        "/metrics",
        "/no-such-page",
    ] {
        let answer = get(&router, STRANGER, path, &[("x-request-id", sent)]).await;
        let id = answer.header("x-request-id").to_owned();
        assert!(id.len() == 32 && id != sent, "{path}: {id}");
        assert!(seen.insert(id), "{path}");
    }
    let kept = get(&router, PROXY, "/health/live", &[("x-request-id", sent)]).await;
    assert_eq!(kept.header("x-request-id"), sent);
    let name = [("x-request-id", "Erika-Mustermann-1964")];
    let replaced = get(&router, PROXY, "/health/live", &name).await;
    assert_eq!(replaced.header("x-request-id").len(), 32);
}
