//! What the inference thread does: load, take a batch, run it, answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use lungsight_imaging::NetworkInput;
use lungsight_network::{Classification, Layer};
use tokio::sync::{mpsc, watch};

use super::{InferenceError, Job, Loader, Readiness, Reply};
use crate::engine::{Engine, EngineError};
use crate::metrics::{Metrics, Stage};

/// After so many calls in a row that failed, the device is taken for lost: a batch, and two of its slices alone. What a slice
/// holds is no reason to fail, all are of one size.
const LOST_AFTER: u32 = 3;

/// The thread's side of the queue.
pub(super) struct Worker {
    jobs: mpsc::Receiver<Job>,
    progress: watch::Sender<Readiness>,
    load: Loader,
    /// What the engine is best given, unless told.
    batch_slices: Option<usize>,
    metrics: Metrics,
}

/// The network in use, and how many calls in a row have failed.
struct InUse {
    engine: Box<dyn Engine>,
    failures: u32,
    metrics: Metrics,
}

/// A slice that waits for its class.
struct Waiting {
    input: Arc<NetworkInput>,
    span: tracing::Span,
    reply: Reply<Classification>,
}

/// What was at hand when the network was lost.
#[derive(Default)]
struct Left {
    /// Each is tried once more, alone.
    slices: Vec<Waiting>,
    /// What waited behind the slices.
    layers: Option<(Arc<NetworkInput>, Reply<Vec<Layer>>)>,
}

/// The network must not be used again: it panicked and may be in any state, or its device does not answer any more.
struct Lost;

/// Why a call gave nothing.
enum Failure {
    Error(EngineError),
    Panic,
}

impl Worker {
    pub(super) fn new(
        jobs: mpsc::Receiver<Job>,
        progress: watch::Sender<Readiness>,
        load: Loader,
        batch_slices: Option<usize>,
        metrics: Metrics,
    ) -> Self {
        Self {
            jobs,
            progress,
            load,
            batch_slices,
            metrics,
        }
    }

    /// Loads the network and serves it until nobody can ask any more; loads it again when it is lost.
    pub(super) fn run(mut self) {
        let mut left = Left::default();
        loop {
            let Some(engine) = self.load_engine() else {
                return;
            };
            let mut network = InUse {
                engine,
                failures: 0,
                metrics: self.metrics.clone(),
            };
            if self.serve(&mut network, &mut left).is_ok() {
                return;
            }
            tracing::error!("the network panicked or its device is lost; it is loaded again");
            // Given back before another one is asked for.
            drop(network);
            self.progress.send_replace(Readiness::Loading);
        }
    }

    /// `None` when the network cannot be loaded; everything that waits is told by the closed queue.
    fn load_engine(&mut self) -> Option<Box<dyn Engine>> {
        let loaded = catch_unwind(AssertUnwindSafe(&mut self.load))
            .unwrap_or_else(|_| Err(EngineError("loading the network panicked".to_owned())));
        match loaded {
            Ok(engine) => {
                self.metrics.loaded();
                self.progress.send_replace(Readiness::Ready(engine.info()));
                Some(engine)
            }
            Err(error) => {
                self.progress
                    .send_replace(Readiness::Failed(error.to_string()));
                None
            }
        }
    }

    /// Until nobody can ask any more.
    fn serve(&mut self, network: &mut InUse, left: &mut Left) -> Result<(), Lost> {
        let usual = || network.engine.info().usual_batch;
        let batch_slices = self.batch_slices.unwrap_or_else(usual);
        while let Some(waiting) = left.slices.pop() {
            network.run_alone(waiting)?;
        }
        if let Some((input, reply)) = left.layers.take() {
            network.run_layers(&input, reply)?;
        }
        while let Some(first) = self.jobs.blocking_recv() {
            let mut slices = Vec::new();
            let mut next = Some(first);
            while let Some(job) = next {
                match job {
                    Job::Classify {
                        input,
                        since,
                        span,
                        queued,
                        reply,
                    } if !reply.is_closed() => {
                        drop(queued);
                        self.metrics.took(Stage::Queue, since.elapsed());
                        slices.push(Waiting { input, span, reply });
                    }
                    Job::Layers { input, reply } if !reply.is_closed() => {
                        // Slices that were there before do not wait for it.
                        let before = std::mem::take(&mut slices);
                        if let Err(lost) = network.run_batch(before, &mut left.slices) {
                            left.layers = Some((input, reply));
                            return Err(lost);
                        }
                        network.run_layers(&input, reply)?;
                    }
                    // The client is gone: nobody waits for the answer.
                    Job::Classify { .. } | Job::Layers { .. } => {}
                }
                next = if slices.len() < batch_slices {
                    self.jobs.try_recv().ok()
                } else {
                    None
                };
            }
            network.run_batch(slices, &mut left.slices)?;
        }
        Ok(())
    }
}

impl InUse {
    /// Runs and answers a batch. What is not answered when the network is lost is left in `again`.
    fn run_batch(&mut self, slices: Vec<Waiting>, again: &mut Vec<Waiting>) -> Result<(), Lost> {
        if slices.len() > 1 {
            let inputs: Vec<NetworkInput> = slices
                .iter()
                .map(|slice| slice.input.as_ref().clone())
                .collect();
            let in_network: Vec<_> = slices
                .iter()
                .map(|slice| slice.span.in_scope(|| Stage::Network.span_of(slices.len())))
                .collect();
            let outcome = self.classify(&inputs);
            drop(in_network);
            match outcome {
                Ok(results) => {
                    for (slice, result) in slices.into_iter().zip(results) {
                        answer(slice.reply, Ok(result));
                    }
                    return Ok(());
                }
                Err(Failure::Error(error)) => {
                    tracing::warn!(%error, slices = slices.len(), "a batch failed and is run slice by slice");
                }
                Err(Failure::Panic) => {
                    again.extend(slices);
                    return Err(Lost);
                }
            }
        }
        let mut slices = slices.into_iter();
        let outcome = slices.by_ref().try_for_each(|slice| self.run_alone(slice));
        again.extend(slices);
        outcome
    }

    fn run_alone(&mut self, slice: Waiting) -> Result<(), Lost> {
        let Waiting { input, span, reply } = slice;
        let _in_request = span.enter();
        let mut outcome = Ok(());
        let in_network = Stage::Network.span_of(1);
        let classified = self.classify(std::slice::from_ref(input.as_ref()));
        drop(in_network);
        let result = match classified {
            Ok(results) => results.into_iter().next().ok_or(InferenceError::Failed),
            Err(failure) => {
                outcome = self.verdict(&failure, "the network failed on a slice");
                Err(InferenceError::Failed)
            }
        };
        answer(reply, result);
        outcome
    }

    /// One result for each input.
    fn classify(&mut self, inputs: &[NetworkInput]) -> Result<Vec<Classification>, Failure> {
        self.metrics.batch(inputs.len());
        let began = Instant::now();
        let outcome = self.call(|engine| {
            let results = engine.classify(inputs)?;
            if results.len() == inputs.len() {
                Ok(results)
            } else {
                let (asked, answered) = (inputs.len(), results.len());
                Err(EngineError(format!(
                    "asked for {asked} slices, it answered {answered}"
                )))
            }
        });
        self.metrics.took(Stage::Network, began.elapsed());
        outcome
    }

    fn run_layers(&mut self, input: &NetworkInput, reply: Reply<Vec<Layer>>) -> Result<(), Lost> {
        let mut outcome = Ok(());
        let before = self.failures;
        let result = self.call(|engine| engine.layers(input)).map_err(|failure| {
            // Other kernels compute them than the classes: what fails here alone is no lost device.
            if matches!(failure, Failure::Error(_)) {
                self.failures = before;
            }
            outcome = self.verdict(&failure, "the network failed on the layers of a slice");
            InferenceError::Failed
        });
        answer(reply, result);
        outcome
    }

    /// After a panic [`Self::verdict`] has the engine dropped, so that whatever state it was left in is never seen.
    fn call<T>(
        &mut self,
        ask: impl FnOnce(&dyn Engine) -> Result<T, EngineError>,
    ) -> Result<T, Failure> {
        let outcome = catch_unwind(AssertUnwindSafe(|| ask(self.engine.as_ref())));
        let outcome = outcome.map_err(|_| Failure::Panic);
        let outcome = outcome.and_then(|answer| answer.map_err(Failure::Error));
        self.failures = if outcome.is_ok() {
            0
        } else {
            self.failures + 1
        };
        outcome
    }

    /// Whether the network can be asked again after a failure, which is logged.
    fn verdict(&self, failure: &Failure, what: &str) -> Result<(), Lost> {
        match failure {
            Failure::Error(error) => {
                tracing::error!(%error, "{what}");
                if self.failures < LOST_AFTER {
                    Ok(())
                } else {
                    Err(Lost)
                }
            }
            Failure::Panic => {
                tracing::error!("{what}: it panicked");
                Err(Lost)
            }
        }
    }
}

/// A client that left in the meantime is no error.
fn answer<T>(reply: Reply<T>, result: Result<T, InferenceError>) {
    drop(reply.send(result));
}
