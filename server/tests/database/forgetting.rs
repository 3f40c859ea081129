//! What is forgotten: what has expired, and the oldest where there is too much.

use std::time::Duration;

use axum::http::StatusCode;
use lungsight_app::analysis::Analysis;
use lungsight_server::config::{ByteSize, ChosenDevice};

use crate::Place;
use crate::asking::{ANALYSES, begun, many_slices, seen};
use crate::common::{FakeEngine, Form, get, parsed, send, slice_png};
use crate::servers::{Server, config, until};

/// Whether any file of SQLite's holds these bytes.
fn holds(place: &Place, bytes: &[u8]) -> bool {
    let Place::Sqlite(folder) = place else {
        panic!("not SQLite");
    };
    let mut files = std::fs::read_dir(folder.path())
        .expect("a folder")
        .flatten();
    files.any(|file| {
        // One beside the database may go at any time.
        let kept = std::fs::read(file.path()).unwrap_or_default();
        kept.windows(bytes.len()).any(|window| window == bytes)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_forgotten_is_overwritten_in_the_files_of_sqlite() {
    const NAME: &[u8] = b"Erika-Mustermann";
    let place = Place::sqlite();
    let server = Server::with(config(&place), &FakeEngine::default()).await;
    let form = Form::default().slice("Erika-Mustermann.png", &slice_png(1));
    let made = send(&server.router, form.post(ANALYSES)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let picture = format!("{}/slices/0/slice.png", made.header("location"));
    let picture = get(&server.router, &picture).await.body;
    // Any page of the file may end within one of them.
    let pieces: Vec<&[u8]> = picture.chunks_exact(64).skip(2).take(4).collect();
    let pictured = || pieces.iter().any(|piece| holds(&place, piece));
    assert!(holds(&place, NAME) && pictured(), "it is kept as it came");
    drop(server);

    let mut short = config(&place);
    short.store.keep_for = Duration::from_millis(1).into();
    let server = Server::with(short, &FakeEngine::default()).await;
    // A sweep that meets a reader leaves it to the next.
    let overwritten = async || {
        server.state.store().sweep().await.expect("swept");
        !holds(&place, NAME) && !pictured()
    };
    until("it is overwritten", overwritten).await;
}

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

    // Who finishes an analysis makes room as its own settings have it: one server at a time.
    drop(server);
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

    drop(server);
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

pub async fn what_is_not_finished_is_kept_however_many_there_are(place: &Place) {
    let mut one = config(place);
    one.store.keep = 1;
    one.network.device = ChosenDevice::None;
    let front = Server::with(one, &FakeEngine::default()).await;
    let mut places = Vec::new();
    for _ in 0..3 {
        places.push(begun(&front, many_slices(2)).await);
    }
    let mut unfinished = Vec::new();
    for place in &places {
        let analysis: Analysis = parsed(&get(&front.router, place).await);
        unfinished.push(!analysis.finished);
    }
    assert_eq!(unfinished, [true; 3]);

    let mut one = config(place);
    one.store.keep = 1;
    let engine = FakeEngine::default();
    let worker = Server::with(one, &engine).await;
    until("all are done", async || seen(&engine) == 6).await;
    // PostgreSQL may finish several at once, none of which sees the others: the next sweep does.
    let kept = async || {
        worker.state.store().sweep().await.expect("swept");
        let mut kept = 0;
        for place in &places {
            kept += usize::from(get(&front.router, place).await.status == StatusCode::OK);
        }
        kept
    };
    until("one is kept", async || kept().await == 1).await;
}
