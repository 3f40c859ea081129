//! A router as wired, over a network that needs no weights, and forms to post to it.

#![allow(
    dead_code,
    reason = "each test binary uses its own part of this module"
)]

pub mod served;

use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use lungsight_imaging::{
    Class, Finding, INPUT_SIDE, Mask, NetworkInput, PhantomOptions, Probabilities, Rect,
    encode_png_grey, encode_png_mask, phantom,
};
use lungsight_network::grad_cam::LevelMap;
use lungsight_network::{Classification, Heat, Inconclusive, Layer, PatientRule};
use lungsight_server::config::Config;
use lungsight_server::engine::{Engine, EngineError, EngineInfo};
use lungsight_server::inference::{Inference, Loader, Readiness};
use lungsight_server::router::router;
use lungsight_server::state::AppState;
use tower::ServiceExt;

pub const ANALYSES: &str = "/api/v1/analyses";
pub const UPLOADS: &str = "/api/v1/uploads";

/// The first pixel of an input on which the fake network panics.
pub const PANIC: u8 = 251;
/// The first pixel of an input on which the fake network fails.
pub const FAIL: u8 = 252;

/// Holds the fake network back until it is opened.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub fn open(&self) {
        *self.0.0.lock().expect("no panic while held") = true;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let opened = self.0.0.lock().expect("no panic while held");
        drop(self.0.1.wait_while(opened, |open| !*open).expect("valid"));
    }
}

/// A network that answers from the mean grey of its input, and tells in which batches it was asked.
#[derive(Clone, Default)]
pub struct FakeEngine {
    /// Whether it fails on every slice.
    pub fails: bool,
    /// Whether it has other weights.
    pub is_another: bool,
    /// Whether all slices are unlike those that it knows.
    pub knows_none: bool,
    pub gate: Option<Gate>,
    pub batches: Arc<Mutex<Vec<usize>>>,
    pub layer_runs: Arc<Mutex<usize>>,
}

impl FakeEngine {
    /// One that is held back by a gate, and the gate.
    pub fn held() -> (Self, Gate) {
        let gate = Gate::default();
        let engine = Self {
            gate: Some(gate.clone()),
            ..Self::default()
        };
        (engine, gate)
    }

    /// Sizes of the batches that it was asked for so far.
    pub fn batches(&self) -> Vec<usize> {
        self.batches.lock().expect("no panic while held").clone()
    }

    /// Waits until it is asked for a first batch.
    pub async fn is_asked(&self) {
        until("the network is asked", || !self.batches().is_empty()).await;
    }

    pub fn loader(&self) -> Loader {
        let engine = self.clone();
        Box::new(move || Ok(Box::new(engine.clone())))
    }
}

impl Engine for FakeEngine {
    fn info(&self) -> EngineInfo {
        EngineInfo {
            device: "cpu: fake".to_owned(),
            device_note: Some("no GPU <here>".to_owned()),
            model: if self.is_another {
                "fake-2 1111"
            } else {
                "fake-1 0000"
            }
            .to_owned(),
            network: Vec::new(),
            patient_rule: PatientRule::Mean,
            least_probability: 0.0,
            usual_batch: 8,
        }
    }

    fn classify(&self, inputs: &[NetworkInput]) -> Result<Vec<Classification>, EngineError> {
        self.batches
            .lock()
            .expect("no panic while held")
            .push(inputs.len());
        if let Some(gate) = &self.gate {
            gate.pass();
        }
        if self.fails {
            return Err(EngineError("the fake network fails on purpose".to_owned()));
        }
        let inconclusive = self.knows_none.then_some(Inconclusive::Unlike);
        let classified = inputs.iter().map(classification);
        classified
            .map(|classified| {
                Ok(Classification {
                    inconclusive,
                    ..classified?
                })
            })
            .collect()
    }

    fn layers(&self, _: &NetworkInput) -> Result<Vec<Layer>, EngineError> {
        *self.layer_runs.lock().expect("no panic while held") += 1;
        let layer = |name: &str, channels: usize, side: usize| {
            let values = (0..channels * side * side)
                .map(|place| place as f32)
                .collect();
            Layer {
                name: name.to_owned(),
                channels,
                height: side,
                width: side,
                values,
            }
        };
        Ok(vec![layer("stem", 64, 16), layer("stage4.1.conv2", 512, 8)])
    }
}

pub fn classification(input: &NetworkInput) -> Result<Classification, EngineError> {
    assert_ne!(input.pixels[0], PANIC, "the fake network panics on purpose");
    if input.pixels[0] == FAIL {
        return Err(EngineError("the fake network fails on purpose".to_owned()));
    }
    let mean = input
        .pixels
        .iter()
        .map(|&grey| f32::from(grey))
        .sum::<f32>()
        / input.pixels.len() as f32;
    let logits = [0.0, mean / 100.0, 1.0];
    let probabilities = Probabilities::from_logits(logits);
    let heat = |class: Class| Heat {
        width: 8,
        height: 8,
        values: (0..64)
            .map(|place| (place * (class.index() + 1) % 64) as f32 / 63.0)
            .collect(),
    };
    Ok(Classification {
        logits,
        probabilities,
        predicted: probabilities.most_likely(),
        inconclusive: None,
        heats: Class::ALL.map(heat),
        maps: Class::ALL.map(|class| [24, 12, 6].map(|side| level_map(class, side))),
    })
}

/// A map that speaks for the class on the slice's left, the more the further down, and against it on the right.
fn level_map(class: Class, side: usize) -> LevelMap {
    let scale = (class.index() + 1) as f32;
    let value = |at: usize| {
        let (column, row) = (at % side, at / side);
        let down = (row + 1) as f32 / side as f32;
        if column * 2 < side {
            scale * down
        } else {
            -0.5
        }
    };
    LevelMap {
        side,
        values: (0..side * side).map(value).collect(),
    }
}

/// The router with a network that is ready.
pub async fn ready_router(config: Config, engine: &FakeEngine) -> Router {
    let inference = ready_inference(&config, engine).await;
    router(AppState::new(config, inference))
}

/// The inference thread with a network that is ready.
pub async fn ready_inference(config: &Config, engine: &FakeEngine) -> Inference {
    let (inference, _) = Inference::start(&config.queue, engine.loader()).expect("a thread");
    inference
        .watch()
        .wait_for(|now| matches!(now, Readiness::Ready(_)))
        .await
        .expect("ready");
    inference
}

/// A network input that is of one grey.
pub fn flat_input(grey: u8) -> Arc<NetworkInput> {
    let crop = Rect {
        x: 0,
        y: 0,
        width: 100,
        height: 100,
    };
    Arc::new(NetworkInput {
        pixels: vec![grey; INPUT_SIDE * INPUT_SIDE],
        crop,
    })
}

/// The router with defaults.
pub async fn default_router() -> Router {
    ready_router(Config::default(), &FakeEngine::default()).await
}

/// Waits until something is so, ten seconds at most.
pub async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..2000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("ten seconds have passed: {what}");
}

/// A synthetic slice as a PNG.
pub fn slice_png(seed: u64) -> Vec<u8> {
    let options = PhantomOptions {
        side: 256,
        seed,
        finding: Finding::GroundGlass,
        ..PhantomOptions::default()
    };
    encode_png_grey(&phantom(&options).slice)
}

/// A mask PNG in which the middle is lung.
pub fn mask_png(width: u32, height: u32) -> Vec<u8> {
    let middle = |at: u32, side: u32| (side / 4..side * 3 / 4).contains(&at);
    let values = (0..height)
        .flat_map(|y| (0..width).map(move |x| u8::from(middle(x, width) && middle(y, height))));
    encode_png_mask(&Mask::new(width, height, values.collect()).expect("fits"))
}

/// A form with so many slices, each another.
pub fn slices(count: u64) -> Form {
    (0..count).fold(Form::default(), |form, seed| {
        form.slice("a.png", &slice_png(seed))
    })
}

/// Begins to analyse an upload.
pub async fn start(router: &Router, upload: &str) -> Answer {
    let start = Request::post(format!("{UPLOADS}/{upload}/analysis"));
    send(router, start.body(Body::empty()).expect("a request")).await
}

/// A form that is put together field by field.
#[derive(Clone, Default)]
pub struct Form(Vec<u8>);

const BOUNDARY: &str = "----lungsight-test-boundary";

impl Form {
    pub fn slice(self, name: &str, bytes: &[u8]) -> Self {
        self.field(&format!("name=\"slice\"; filename=\"{name}\""), bytes)
    }

    pub fn mask(self, bytes: &[u8]) -> Self {
        self.field("name=\"mask\"; filename=\"mask.png\"", bytes)
    }

    pub fn text(self, name: &str, value: &str) -> Self {
        self.field(&format!("name=\"{name}\""), value.as_bytes())
    }

    pub fn field(mut self, disposition: &str, bytes: &[u8]) -> Self {
        self.0.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n")
                .bytes(),
        );
        self.0.extend_from_slice(bytes);
        self.0.extend(b"\r\n");
        self
    }

    /// The bytes so far, without the closing line: what a connection that breaks has sent.
    pub fn unfinished(self) -> Vec<u8> {
        self.0
    }

    pub fn finished(mut self) -> Vec<u8> {
        self.0.extend(format!("--{BOUNDARY}--\r\n").bytes());
        self.0
    }

    pub fn post(self, path: &str) -> Request<Body> {
        post_form(path, self.finished())
    }
}

pub fn post_form(path: &str, body: impl Into<Body>) -> Request<Body> {
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    Request::post(path)
        .header(header::CONTENT_TYPE, content_type)
        .body(body.into())
        .expect("a request")
}

/// What an answer's JSON says.
pub fn parsed<T: serde::de::DeserializeOwned>(answer: &Answer) -> T {
    serde_json::from_slice(&answer.body)
        .unwrap_or_else(|error| panic!("{error}: {}", answer.text()))
}

/// An answer with its body read.
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("visible"))
    }
}

/// A request as a connection from `peer`, an address with its port, brings it.
pub fn from(peer: &str, mut request: Request<Body>) -> Request<Body> {
    let peer: SocketAddr = peer.parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

pub async fn send(router: &Router, request: Request<Body>) -> Answer {
    read(router.clone().oneshot(request).await.expect("infallible")).await
}

pub async fn get(router: &Router, path: &str) -> Answer {
    send(
        router,
        Request::get(path).body(Body::empty()).expect("a request"),
    )
    .await
}

async fn read(response: Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body").to_bytes().to_vec();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}
