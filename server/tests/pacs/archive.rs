//! A DICOMweb server that has one series, and takes its time or fails where a test wants it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use lungsight_series::synthetic::{Coding, dicom_series};
use lungsight_series::{Limits, collect};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Ends with the test's runtime.
pub struct Archive {
    pub address: String,
    pub study: String,
    pub series: String,
    shared: Arc<Shared>,
}

struct Shared {
    /// What a search finds, in DICOM JSON.
    found: String,
    /// All files of the series as one body.
    files: Bytes,
    /// SOP Instance UIDs of each request to store.
    sent: Mutex<Vec<Vec<String>>>,
    is_held: watch::Sender<bool>,
    fails: Mutex<bool>,
}

impl Archive {
    pub async fn start(slices: u32) -> Self {
        let (_, files) = dicom_series(128, slices, &Coding::Explicit);
        let mut body = Vec::new();
        for (_, file) in &files {
            body.extend_from_slice(b"--b\r\nContent-Type: application/dicom\r\n\r\n");
            body.extend_from_slice(file);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--b--\r\n");
        let read = collect(files, &Limits::default()).series.remove(0);
        let identifiers = read.identifiers().expect("DICOM has some");
        let study = identifiers.study_instance_uid().to_owned();
        let series = identifiers.series_instance_uid().to_owned();
        let found = format!(
            r#"[{{"0020000D": {{"vr": "UI", "Value": ["{study}"]}}, "0020000E": {{"vr": "UI", "Value": ["{series}"]}}}}]"#
        );
        let shared = Arc::new(Shared {
            found,
            files: body.into(),
            sent: Mutex::default(),
            is_held: watch::Sender::new(false),
            fails: Mutex::default(),
        });
        let router = Router::new()
            .route("/studies/{study}/series", get(find))
            .route("/studies/{study}/series/{series}", get(fetch))
            .route("/studies", post(store))
            .with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            address: format!("http://{address}"),
            study,
            series,
            shared,
        }
    }

    /// Answers no request to store until it is released.
    pub fn hold(&self) {
        self.shared.is_held.send_replace(true);
    }

    pub fn release(&self) {
        self.shared.is_held.send_replace(false);
    }

    /// Takes the files of the next request to store, and says that it did not.
    pub fn fail_once(&self) {
        *self.shared.fails.lock().expect("no panic while held") = true;
    }

    /// SOP Instance UIDs of each request to store.
    pub fn sent(&self) -> Vec<Vec<String>> {
        self.shared
            .sent
            .lock()
            .expect("no panic while held")
            .clone()
    }

    /// Requests to store so far.
    pub fn asked(&self) -> usize {
        self.sent().len()
    }
}

async fn find(State(shared): State<Arc<Shared>>) -> Response {
    let json = [(header::CONTENT_TYPE, "application/dicom+json")];
    (json, shared.found.clone()).into_response()
}

async fn fetch(State(shared): State<Arc<Shared>>) -> Response {
    let kind = "multipart/related; type=\"application/dicom\"; boundary=b";
    ([(header::CONTENT_TYPE, kind)], shared.files.clone()).into_response()
}

async fn store(State(shared): State<Arc<Shared>>, body: Body) -> Response {
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .expect("a body");
    let uids = instance_uids(&body);
    let references = uids
        .iter()
        .map(|uid| format!(r#"{{"00081155": {{"vr": "UI", "Value": ["{uid}"]}}}}"#));
    let references: Vec<_> = references.collect();
    shared.sent.lock().expect("no panic while held").push(uids);
    let mut is_held = shared.is_held.subscribe();
    drop(is_held.wait_for(|is_held| !is_held).await);
    if std::mem::take(&mut *shared.fails.lock().expect("no panic while held")) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let json = [(header::CONTENT_TYPE, "application/dicom+json")];
    let says = format!(
        r#"{{"00081199": {{"vr": "SQ", "Value": [{}]}}}}"#,
        references.join(", ")
    );
    (json, says).into_response()
}

/// Media Storage SOP Instance UID (0002,0003) of each file in a body.
fn instance_uids(body: &[u8]) -> Vec<String> {
    const TAG: &[u8] = b"\x02\0\x03\0UI";
    let places = body.windows(TAG.len()).enumerate();
    let places = places.filter(|(_, bytes)| *bytes == TAG);
    places
        .map(|(place, _)| {
            let value = &body[place + TAG.len()..];
            let length = usize::from(u16::from_le_bytes([value[0], value[1]]));
            let uid = String::from_utf8_lossy(&value[2..2 + length]);
            uid.trim_end_matches('\0').to_owned()
        })
        .collect()
}
