//! What an attacker may send, by class (those of the Orthanc advisories CVE-2026-5437 to 5445 that apply to pictures and
//! forms): each ends in its status and a message that names the file, within a bound of time and memory, and the good files
//! beside it are analysed.

#[path = "../common/mod.rs"]
mod common;
#[path = "../../../crates/imaging/tests/hostile/mod.rs"]
mod files;

mod bombs;
mod connections;
mod forged;
mod forms;
mod masks;
mod truncated;

use std::time::{Duration, Instant};

use axum::Router;
use common::{Form, default_router, send, slice_png};
use serde_json::Value;

pub const ANALYSES: &str = "/api/v1/analyses";

/// Each takes a tenth of it, on a machine at rest.
const LONGEST: Duration = Duration::from_secs(10);

/// Of all tests together, which run side by side.
const MOST_BYTES: usize = 1 << 30;

/// Holds what has happened since `began` to its bounds.
pub fn assert_bounded(began: Instant, what: &str) {
    assert!(
        began.elapsed() < LONGEST,
        "{what} took {:?}",
        began.elapsed()
    );
    if let Some(peak) = files::peak_bytes() {
        assert!(
            peak < MOST_BYTES,
            "{what}: the tests have taken {peak} bytes"
        );
    }
}

/// Sends a file between two good ones, which must have a result; what is said of the file is the answer.
pub async fn between_good_ones(router: &Router, name: &str, file: &[u8]) -> Value {
    let form = Form::default()
        .slice("first.png", &slice_png(1))
        .slice(name, file)
        .slice("last.png", &slice_png(2));
    let began = Instant::now();
    let answer = send(router, form.post(ANALYSES)).await;
    assert_bounded(began, name);
    assert_eq!(answer.status, 201, "{name}: {}", answer.text());
    let mut slices = answer.json()["slices"].take();
    for good in [0, 2] {
        assert!(
            slices[good]["predicted"].is_string(),
            "beside {name}: {slices}"
        );
    }
    assert_eq!(slices[1]["name"], name);
    slices[1].take()
}

/// Sends a file alone and between good ones: both times it is refused with `status`, its name and `words`.
pub async fn is_refused(name: &str, file: &[u8], status: u16, words: &str) {
    let router = default_router().await;
    let beside = between_good_ones(&router, name, file).await;
    assert_eq!(beside["status"], status, "{beside}");
    assert!(
        beside["error"]
            .as_str()
            .is_some_and(|error| error.contains(words)),
        "{beside}"
    );
    let alone = send(&router, Form::default().slice(name, file).post(ANALYSES)).await;
    assert_eq!(alone.status, status, "{}", alone.text());
    let error = alone.json()["error"].take();
    assert!(
        error
            .as_str()
            .is_some_and(|error| error.contains(name) && error.contains(words)),
        "{error}"
    );
}

/// Sends a file between good ones: it has a result too.
pub async fn is_read(name: &str, file: &[u8]) {
    let slice = between_good_ones(&default_router().await, name, file).await;
    assert!(slice["predicted"].is_string(), "{slice}");
}
