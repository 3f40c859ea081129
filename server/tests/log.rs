//! What the log must not hold. Alone in its binary: a subscriber set for one thread misses events whose callsites other
//! tests have met without one.

mod common;

use std::sync::{Arc, Mutex};

use common::{Form, default_router, get, send, slice_png};

const ANALYSES: &str = "/api/v1/analyses";

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

#[tokio::test]
async fn names_and_ids_stay_out_of_the_log() {
    let router = default_router().await;
    let log = Kept::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let form = Form::default()
        .slice("Erika-Mustermann.png", &slice_png(1))
        .slice("Max-Mustermann.png", b"text")
        .post(ANALYSES);
    let made = send(&router, form).await;
    let location = made.header("location").to_owned();
    get(&router, &location).await;
    get(&router, &format!("{location}/slices/1/slice.png")).await;
    drop(guard);
    let log = String::from_utf8(log.0.lock().expect("no panic while held").clone()).expect("UTF-8");
    assert!(log.contains("/api/v1/analyses/{id}"), "{log}");
    let id = location.rsplit('/').next().expect("an id");
    assert!(!log.contains("Mustermann") && !log.contains(id), "{log}");
}
