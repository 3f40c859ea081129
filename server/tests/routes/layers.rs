//! What the network's layers respond to, of slices that were sent and of examples.

use std::time::Duration;

use crate::common::{
    ANALYSES, FakeEngine, Form, get, parsed, ready_inference, ready_router, send, slice_png,
};
use axum::http::StatusCode;
use lungsight_app::analysis::Layers;
use lungsight_imaging::{Limits, decode};
use lungsight_server::config::Config;
use lungsight_server::router::router;
use lungsight_server::state::AppState;

#[tokio::test]
async fn layers_are_computed_once_and_drawn() {
    let engine = FakeEngine::default();
    let router = ready_router(Config::default(), &engine).await;
    let analysis = send(
        &router,
        Form::default().slice("a.png", &slice_png(1)).post(ANALYSES),
    )
    .await
    .json();
    assert_eq!(*engine.layer_runs.lock().expect("no panic while held"), 0);
    let link = analysis["slices"][0]["layers"].as_str().expect("a link");
    let layers: Layers = parsed(&get(&router, link).await);
    let sizes: Vec<_> = layers
        .layers
        .iter()
        .map(|l| (l.name.as_str(), l.channels, l.shown, l.width))
        .collect();
    assert_eq!(
        sizes,
        [("stem", 64, 64, 16), ("stage4.1.conv2", 512, 64, 8)]
    );
    for layer in &layers.layers {
        let picture = get(&router, &layer.picture).await;
        assert_eq!(picture.status, StatusCode::OK);
        assert!(decode(&picture.body, &Limits::default()).is_ok());
    }
    assert_eq!(*engine.layer_runs.lock().expect("no panic while held"), 1);
    assert_eq!(
        get(&router, &format!("{link}/none.png")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn layers_are_forgotten_with_their_analysis() {
    let mut config = Config::default();
    config.store.keep = 1;
    let router = ready_router(config, &FakeEngine::default()).await;
    let form = Form::default().slice("a.png", &slice_png(1));
    let first = send(&router, form.post(ANALYSES)).await;
    let layers = format!("{}/slices/0/layers", first.header("location"));
    let paths = [layers.clone(), format!("{layers}/stem.png")];
    for path in &paths {
        assert_eq!(get(&router, path).await.status, StatusCode::OK, "{path}");
    }
    let form = Form::default().slice("b.png", &slice_png(2));
    let second = send(&router, form.post(ANALYSES)).await;
    assert_eq!(second.status, StatusCode::CREATED);
    for path in &paths {
        let gone = get(&router, path).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn layers_of_an_example_do_not_expire() {
    let (config, engine) = (Config::default(), FakeEngine::default());
    let inference = ready_inference(&config, &engine).await;
    let state = AppState::new(config, inference);
    let router = router(state.clone());
    let path = "/examples/covid-1/layers/stem.png";
    assert_eq!(get(&router, path).await.status, StatusCode::OK);
    // It sweeps at once, and again a minute later.
    let sweep = tokio::spawn(state.sweep_forever());
    tokio::time::sleep(Duration::from_millis(100)).await;
    sweep.abort();
    assert_eq!(get(&router, path).await.status, StatusCode::OK);
    assert_eq!(*engine.layer_runs.lock().expect("no panic while held"), 1);
}

#[tokio::test]
async fn layers_of_an_example_are_made_once() {
    let engine = FakeEngine::default();
    let router = ready_router(Config::default(), &engine).await;
    for layer in ["stem", "stage4.1.conv2", "stem"] {
        let picture = get(&router, &format!("/examples/covid-1/layers/{layer}.png")).await;
        assert_eq!(
            (picture.status, picture.header("content-type")),
            (StatusCode::OK, "image/png"),
            "{layer}"
        );
    }
    assert_eq!(*engine.layer_runs.lock().expect("no panic while held"), 1);
    for path in [
        "/examples/covid-9/layers/stem.png",
        "/examples/covid-1/layers/none.png",
        "/examples/covid-1/layers/stem",
    ] {
        assert_eq!(
            get(&router, path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
