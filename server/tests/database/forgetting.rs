//! What is forgotten: what has expired, and the oldest where there is too much.

use std::time::Duration;

use axum::http::StatusCode;
use lungsight_server::config::ByteSize;

use crate::Place;
use crate::asking::ANALYSES;
use crate::common::{FakeEngine, Form, get, send, slice_png};
use crate::servers::{Server, config};

pub async fn what_has_expired_or_is_too_much_is_forgotten(place: &Place) {
    let mut few = config(place);
    few.store.keep = 2;
    let server = Server::with(few, &FakeEngine::default()).await;
    let mut places = Vec::new();
    for seed in 0..3 {
        let form = Form::default().slice("a.png", &slice_png(seed));
        let made = send(&server.router, form.post(ANALYSES)).await;
        places.push(made.header("location").to_owned());
    }
    let mut there = Vec::new();
    for place in &places {
        there.push(get(&server.router, place).await.status.as_u16());
    }
    assert_eq!(there, [404, 200, 200]);

    // By bytes, all but the newest go, whatever its size.
    let mut small = config(place);
    small.store.keep_memory = ByteSize::new(1);
    let server = Server::with(small, &FakeEngine::default()).await;
    let form = Form::default().slice("a.png", &slice_png(9));
    let newest = send(&server.router, form.post(ANALYSES)).await;
    let newest = newest.header("location").to_owned();
    assert_eq!(get(&server.router, &newest).await.status, StatusCode::OK);
    assert_eq!(
        get(&server.router, &places[2]).await.status,
        StatusCode::NOT_FOUND
    );

    // By time, also where nobody has swept yet.
    let mut short = config(place);
    short.store.keep_for = Duration::from_millis(1).into();
    let server = Server::with(short, &FakeEngine::default()).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(
        get(&server.router, &newest).await.status,
        StatusCode::NOT_FOUND
    );
    let picture = get(&server.router, &format!("{newest}/slices/0/slice.png")).await;
    assert_eq!(picture.status, StatusCode::NOT_FOUND);
    server.state.store().sweep().await.expect("swept");
    let patient = Server::without_network(place).await;
    assert_eq!(
        get(&patient.router, &newest).await.status,
        StatusCode::NOT_FOUND
    );
}
