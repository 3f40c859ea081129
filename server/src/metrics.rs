//! What the server counts and times, for Prometheus. One recorder per server, none for the process: tests run several.
//!
//! No label tells who or what: routes are patterns, methods those of HTTP, and classes are not counted by themselves.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{
    Counter, Gauge, Histogram, counter, describe_counter, describe_gauge, describe_histogram,
    gauge, histogram, with_local_recorder,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};

use crate::engine::EngineInfo;
use crate::error::{Rejection, slice_status};
use crate::prepare::SliceFault;
use crate::state::AppState;

/// From a millisecond, which a small picture takes, to the minute of a patient on a slow machine.
const SECONDS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0,
];

/// Slices that the network takes at once.
const BATCHES: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

/// Everything that is measured; clones share it.
#[derive(Clone)]
pub struct Metrics(Arc<Parts>);

struct Parts {
    recorder: PrometheusRecorder,
    batch_slices: Histogram,
    /// In the order of [`Stage::ALL`].
    stages: [Histogram; Stage::ALL.len()],
    loads: Counter,
    /// The device and the weights that were told of last.
    device: Mutex<Option<(EngineInfo, Gauge)>>,
}

/// What a request goes through, in this order.
#[derive(Clone, Copy, Debug)]
pub enum Stage {
    /// The whole form.
    Receive,
    /// One slice: decoded, masked, cut out.
    Prepare,
    /// One slice, until the network takes it.
    Queue,
    /// One batch.
    Network,
    /// One picture.
    Draw,
}

impl Stage {
    /// In the order that a request goes through them.
    pub const ALL: [Self; 5] = [
        Self::Receive,
        Self::Prepare,
        Self::Queue,
        Self::Network,
        Self::Draw,
    ];

    /// What metrics and traces call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Prepare => "prepare",
            Self::Queue => "queue",
            Self::Network => "network",
            Self::Draw => "draw",
        }
    }
}

/// What is true at the moment of asking; `None` where the database does not tell.
pub struct Now {
    pub queued: Option<usize>,
    pub queue_capacity: usize,
    pub kept: Option<usize>,
    pub kept_bytes: Option<usize>,
    /// Servers with a network that share the database; `None` without a database, and inside where it does not answer.
    pub workers: Option<Option<usize>>,
    /// Whether results can be kept and are wanted; with a network there, the server is ready.
    pub ready: bool,
    pub device: Option<EngineInfo>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    pub fn new() -> Self {
        let buckets = |builder: PrometheusBuilder, name: &str, buckets: &[f64]| {
            builder
                .set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets)
                .expect("there are buckets")
        };
        let builder = buckets(
            PrometheusBuilder::new(),
            "lungsight_stage_seconds",
            &SECONDS,
        );
        let recorder = buckets(builder, "lungsight_batch_slices", &BATCHES).build_recorder();
        let (batch_slices, stages, loads) = with_local_recorder(&recorder, || {
            describe();
            let of = |stage: Stage| histogram!("lungsight_stage_seconds", "stage" => stage.name());
            (
                histogram!("lungsight_batch_slices"),
                Stage::ALL.map(of),
                counter!("lungsight_network_loads_total"),
            )
        });
        Self(Arc::new(Parts {
            recorder,
            batch_slices,
            stages,
            loads,
            device: Mutex::default(),
        }))
    }

    /// A stage took so long.
    pub fn took(&self, stage: Stage, time: Duration) {
        self.0.stages[stage as usize].record(time.as_secs_f64());
    }

    /// Does the work of a stage.
    pub fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = stage.span().in_scope(work);
        self.took(stage, began.elapsed());
        done
    }

    /// The network takes so many slices at once.
    pub fn batch(&self, slices: usize) {
        self.0.batch_slices.record(slices as f64);
    }

    /// The network was loaded, for the first time or again.
    pub fn loaded(&self) {
        self.0.loads.increment(1);
    }

    /// What became of a slice: `Ok` holds whether the result is inconclusive.
    pub fn slice(&self, outcome: Result<bool, &SliceFault>) {
        let outcome = match outcome {
            Ok(false) => "read",
            Ok(true) => "inconclusive",
            Err(fault) if slice_status(fault).is_server_error() => "failed",
            Err(_) => "refused",
        };
        with_local_recorder(&self.0.recorder, || {
            counter!("lungsight_slices_total", "outcome" => outcome).increment(1);
        });
    }

    fn request(&self, method: &'static str, route: String, response: &Response) {
        let status = response.status().as_u16().to_string();
        with_local_recorder(&self.0.recorder, || {
            counter!("lungsight_requests_total", "method" => method, "route" => route, "status" => status.clone())
                .increment(1);
            if let Some(Rejection(reason)) = response.extensions().get() {
                counter!("lungsight_rejections_total", "reason" => *reason, "status" => status)
                    .increment(1);
            }
        });
    }

    /// Everything, in Prometheus's text format.
    pub fn render(&self, now: Now) -> String {
        with_local_recorder(&self.0.recorder, || {
            let is_ready = now.ready && now.device.is_some();
            let amounts = [
                ("lungsight_queue_slices", now.queued),
                ("lungsight_queue_capacity_slices", Some(now.queue_capacity)),
                ("lungsight_kept_results", now.kept),
                ("lungsight_kept_bytes", now.kept_bytes),
                ("lungsight_ready", Some(usize::from(is_ready))),
            ];
            if let Some(workers) = now.workers {
                gauge!("lungsight_workers").set(workers.map_or(f64::NAN, |workers| workers as f64));
            }
            for (name, amount) in amounts {
                gauge!(name).set(amount.map_or(f64::NAN, |amount| amount as f64));
            }
            if let Some(bytes) = resident_bytes() {
                gauge!("process_resident_memory_bytes").set(bytes as f64);
            }
            self.tell_device(now.device);
        });
        self.0.recorder.handle().render()
    }

    fn tell_device(&self, info: Option<EngineInfo>) {
        let told = self.0.device.lock();
        let mut told = told.unwrap_or_else(PoisonError::into_inner);
        if let Some((known, gauge)) = &*told {
            if info.as_ref() == Some(known) {
                return;
            }
            gauge.set(0.0);
        }
        *told = info.map(|info| {
            let gauge = gauge!("lungsight_device_info", "device" => info.device.clone(), "model" => info.model.clone());
            gauge.set(1.0);
            (info, gauge)
        });
    }

    /// Sums up what was recorded since: to be called from time to time, for where nobody asks.
    pub fn tidy(&self) {
        self.0.recorder.handle().run_upkeep();
    }
}

fn describe() {
    describe_histogram!(
        "lungsight_stage_seconds",
        "Time by stage: receive (a form), prepare (a slice), queue (a slice), network (a batch), draw (a picture)"
    );
    describe_histogram!(
        "lungsight_batch_slices",
        "Slices that the network took at once"
    );
    describe_counter!(
        "lungsight_network_loads_total",
        "How often the network was loaded; more than once after faults"
    );
    describe_counter!(
        "lungsight_slices_total",
        "Slices by outcome: read, inconclusive, refused (the file's fault), failed (the server's)"
    );
    describe_counter!(
        "lungsight_requests_total",
        "Requests answered, by method, route and status"
    );
    describe_counter!(
        "lungsight_rejections_total",
        "Requests turned away, by reason and status"
    );
    describe_gauge!("lungsight_queue_slices", "Slices that wait for the network");
    describe_gauge!(
        "lungsight_queue_capacity_slices",
        "Slices that may wait for the network"
    );
    describe_gauge!(
        "lungsight_kept_results",
        "Analyses and uploads that are kept"
    );
    describe_gauge!("lungsight_kept_bytes", "What their pictures take");
    describe_gauge!(
        "lungsight_ready",
        "1 while it can analyse, as /health/ready says"
    );
    describe_gauge!(
        "lungsight_workers",
        "Servers with a network that share the database"
    );
    describe_gauge!(
        "lungsight_device_info",
        "1 for the device and the weights in use"
    );
    describe_gauge!(
        "process_resident_memory_bytes",
        "Memory of the process, as far as the system tells"
    );
}

/// Resident memory of this process.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// The method, or `other`: clients may make up any number, and write what they like.
pub fn method_of(request: &Request) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    let given = request.method().as_str();
    known
        .into_iter()
        .find(|known| *known == given)
        .unwrap_or("other")
}

/// The pattern that the address asked for fits; never the address itself, whose id opens a result.
pub fn route_of(request: &Request) -> String {
    let route = request.extensions().get::<MatchedPath>();
    route
        .map_or("(file or unknown)", MatchedPath::as_str)
        .to_owned()
}

/// Counts every request when it is answered.
pub async fn requests(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (method, route) = (method_of(&request), route_of(&request));
    let response = next.run(request).await;
    state.metrics().request(method, route, &response);
    response
}
