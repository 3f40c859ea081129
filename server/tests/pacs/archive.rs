//! A DICOMweb server that has one series, and takes its time or fails where a test wants it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use lungsight_series::synthetic::{Coding, FrameOfSeries, ct_slice, dicom_series};
use lungsight_series::{AIR_HU, HuSlice, Limits, collect};
use tokio::net::TcpListener;
use tokio::sync::watch;

const SIDE: u32 = 128;

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
    /// The files of the last request to store.
    last: Mutex<Vec<Vec<u8>>>,
    is_held: watch::Sender<bool>,
    fails: Mutex<bool>,
    refuses: Mutex<bool>,
}

impl Archive {
    /// So many slices with lungs, and one of air nearest the head: numbers in the series are not places among those analysed.
    pub async fn start(slices: u32) -> Self {
        let (_, mut files) = dicom_series(SIDE, slices, &Coding::Explicit);
        let above = FrameOfSeries {
            number: slices,
            position_mm: 5.0,
            ..FrameOfSeries::default()
        };
        let air = vec![AIR_HU; (SIDE * SIDE) as usize];
        let air = HuSlice::new(SIDE, SIDE, air).expect("a slice");
        files.push((
            "above.dcm".to_owned(),
            ct_slice(&air, &above).file(&Coding::Explicit),
        ));
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
            last: Mutex::default(),
            is_held: watch::Sender::new(false),
            fails: Mutex::default(),
            refuses: Mutex::default(),
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

    /// Refuses the last file of the next request to store, for want of room.
    pub fn refuse_one(&self) {
        *self.shared.refuses.lock().expect("no panic while held") = true;
    }

    /// The files of the last request to store.
    pub fn last(&self) -> Vec<Vec<u8>> {
        self.shared
            .last
            .lock()
            .expect("no panic while held")
            .clone()
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
    *shared.last.lock().expect("no panic while held") = files_in(&body);
    let asked = uids.clone();
    shared.sent.lock().expect("no panic while held").push(asked);
    let mut is_held = shared.is_held.subscribe();
    drop(is_held.wait_for(|is_held| !is_held).await);
    if std::mem::take(&mut *shared.fails.lock().expect("no panic while held")) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let refuses = std::mem::take(&mut *shared.refuses.lock().expect("no panic while held"));
    let (kept, refused) = uids.split_at(uids.len() - usize::from(refuses));
    let item = |uid: &String, more: &str| {
        format!(r#"{{"00081155": {{"vr": "UI", "Value": ["{uid}"]}}{more}}}"#)
    };
    let kept: Vec<_> = kept.iter().map(|uid| item(uid, "")).collect();
    // 0xA700: out of resources (PS3.18 I.2.2).
    let reason = r#", "00081197": {"vr": "US", "Value": [42752]}"#;
    let refused: Vec<_> = refused.iter().map(|uid| item(uid, reason)).collect();
    let status = match refused.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::ACCEPTED,
    };
    let json = [(header::CONTENT_TYPE, "application/dicom+json")];
    let says = format!(
        r#"{{"00081199": {{"vr": "SQ", "Value": [{}]}}, "00081198": {{"vr": "SQ", "Value": [{}]}}}}"#,
        kept.join(", "),
        refused.join(", ")
    );
    (status, json, says).into_response()
}

/// The files of a body, between the delimiters that its first line shows.
fn files_in(body: &[u8]) -> Vec<Vec<u8>> {
    let line = body.windows(2).position(|two| two == b"\r\n");
    let delimiter = &body[..line.expect("a first line")];
    let places = body.windows(delimiter.len()).enumerate();
    let places = places.filter(|(_, bytes)| *bytes == delimiter);
    let places: Vec<usize> = places.map(|(place, _)| place).collect();
    let parts = places.windows(2).map(|pair| &body[pair[0]..pair[1]]);
    parts
        .map(|part| {
            let head = part.windows(4).position(|four| four == b"\r\n\r\n");
            let start = head.expect("a part has a head") + 4;
            part[start..part.len() - 2].to_vec()
        })
        .collect()
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
