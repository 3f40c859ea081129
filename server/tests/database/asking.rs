//! What the scenarios send, and what they read of the answers.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use lungsight_app::analysis::{Analysis, SliceSeen, Upload};

use crate::common::{Answer, FakeEngine, Form, mask_png, parsed, send, slice_png};
use crate::servers::Server;

pub const ANALYSES: &str = "/api/v1/analyses";

pub fn two_slices() -> Form {
    Form::default()
        .slice("a.png", &slice_png(1))
        .slice("text.png", b"no picture")
        .slice("b.png", &slice_png(2))
        .mask(&mask_png(256, 256))
        .text("threshold", "90")
        .text("grouping", "patient")
}

pub fn many_slices(count: u64) -> Form {
    (0..count).fold(Form::default(), |form, number| {
        form.slice(&format!("{number}.png"), &slice_png(number))
    })
}

pub async fn start(server: &Server, upload: &Upload) -> Answer {
    let start = Request::post(format!("/api/v1/uploads/{}/analysis", upload.id));
    send(&server.router, start.body(Body::empty()).expect("valid")).await
}

pub async fn uploaded(server: &Server, form: Form) -> Upload {
    let answer = send(&server.router, form.post("/api/v1/uploads")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    parsed(&answer)
}

/// Begins an analysis by upload and start; where it is found.
pub async fn begun(server: &Server, form: Form) -> String {
    let upload = uploaded(server, form).await;
    let answer = start(server, &upload).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    answer.header("location").to_owned()
}

/// Numbers of the slices that a stream of events has told, in that order, and the whole at its end.
pub fn told(stream: &str) -> (Vec<usize>, Option<Analysis>) {
    let (mut numbers, mut end) = (Vec::new(), None);
    for block in stream.split("\n\n") {
        let data = block.lines().find_map(|line| line.strip_prefix("data:"));
        let Some(data) = data.map(str::trim) else {
            continue;
        };
        if block.starts_with("event: slice") {
            let seen: SliceSeen = serde_json::from_str(data).expect("a slice");
            numbers.push(seen.number);
        } else if block.starts_with("event: end") {
            end = Some(serde_json::from_str(data).expect("an analysis"));
        }
    }
    (numbers, end)
}

/// How many slices a network was given.
pub fn seen(engine: &FakeEngine) -> usize {
    let batches = engine.batches.lock().expect("no panic while held");
    batches.iter().sum()
}
