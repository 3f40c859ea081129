//! What `/metrics` counts where servers share a database.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::Place;
use crate::asking::{begun, many_slices};
use crate::common::{FakeEngine, from, get, send};
use crate::servers::{Server, until};

pub async fn figures_are_those_of_all_servers(place: &Place) {
    let front = Server::without_network(place).await;
    let form = many_slices(3).slice("text.png", b"no picture");
    let at = begun(&front, form).await;
    let other = Server::without_network(place).await;
    for server in [&front, &other] {
        let figures = figures(server).await;
        assert_eq!(figure(&figures, "lungsight_queue_slices"), 3.0);
        assert_eq!(figure(&figures, "lungsight_kept_results"), 1.0);
        assert!(figure(&figures, "lungsight_kept_bytes") > 0.0);
    }
    let refused = "lungsight_slices_total{outcome=\"refused\"}";
    assert_eq!(figure(&figures(&front).await, refused), 1.0);

    let worker = Server::with_network(place, &FakeEngine::default()).await;
    worker.finished(&at).await;
    let read = "lungsight_slices_total{outcome=\"read\"}";
    let counted = async || figures(&worker).await.contains(&format!("{read} 3"));
    until("slices are counted where they are done", counted).await;
    let idle = async || figure(&figures(&front).await, "lungsight_queue_slices") == 0.0;
    until("nothing waits", idle).await;
    assert!(!figures(&front).await.contains(read));
}

pub async fn servers_with_a_network_are_counted_while_they_give_signs_of_life(place: &Place) {
    let front = Server::without_network(place).await;
    let told = async || {
        let health = get(&front.router, "/health/ready").await;
        assert_eq!(health.status, StatusCode::OK, "{}", health.text());
        let workers = health.json()["workers"].as_u64().expect("a number");
        let figure = figure(&figures(&front).await, "lungsight_workers");
        (workers, figure == workers as f64)
    };
    assert_eq!(told().await.0, 0);
    let mut worker = Server::with_network(place, &FakeEngine::default()).await;
    until("it is heard of", async || told().await == (1, true)).await;
    worker.kill_worker();
    until("it is missed", async || told().await == (0, true)).await;
    let mut next = Server::with_network(place, &FakeEngine::default()).await;
    until("the next is heard of", async || told().await == (1, true)).await;
    next.worker.take().expect("a worker").stop().await;
    assert_eq!(told().await, (0, true), "who stops in order is not missed");
}

/// What `/metrics` tells on the server's own machine.
async fn figures(server: &Server) -> String {
    let request = Request::get("/metrics").body(Body::empty());
    let request = from("127.0.0.1:9", request.expect("a request"));
    let answer = send(&server.router, request).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.text()
}

fn figure(figures: &str, name: &str) -> f64 {
    let mut lines = figures.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = value.unwrap_or_else(|| panic!("no {name}: {figures}"));
    value.parse().expect("a number")
}
