//! What the inference thread does: load, take a batch, run it, answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use lungsight_imaging::NetworkInput;
use lungsight_network::{Classification, Layer};
use tokio::sync::{mpsc, watch};

use super::{InferenceError, Job, Loader, Readiness, Reply};
use crate::engine::{Engine, EngineError};

/// The thread's side of the queue.
pub(super) struct Worker {
    jobs: mpsc::Receiver<Job>,
    progress: watch::Sender<Readiness>,
    load: Loader,
    batch_slices: usize,
}

/// A slice that waits for its class.
struct Waiting {
    input: Arc<NetworkInput>,
    reply: Reply<Classification>,
}

/// The network panicked: it may be in any state and must not be used again.
struct Panicked;

impl Worker {
    pub(super) fn new(
        jobs: mpsc::Receiver<Job>,
        progress: watch::Sender<Readiness>,
        load: Loader,
        batch_slices: usize,
    ) -> Self {
        Self {
            jobs,
            progress,
            load,
            batch_slices,
        }
    }

    /// Loads the network and serves it until nobody can ask any more; loads it again after a panic.
    pub(super) fn run(mut self) {
        // Slices of a batch in which the network panicked; each is tried once more, alone.
        let mut again: Vec<Waiting> = Vec::new();
        loop {
            let Some(engine) = self.load_engine() else {
                return;
            };
            if self.serve(engine.as_ref(), &mut again) == Served::ToTheEnd {
                return;
            }
            tracing::error!("the network panicked and is loaded again");
            self.progress.send_replace(Readiness::Loading);
        }
    }

    /// `None` when the network cannot be loaded; everything that waits is told by the closed queue.
    fn load_engine(&mut self) -> Option<Box<dyn Engine>> {
        let loaded = catch_unwind(AssertUnwindSafe(&mut self.load))
            .unwrap_or_else(|_| Err(EngineError("loading the network panicked".to_owned())));
        match loaded {
            Ok(engine) => {
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

    fn serve(&mut self, engine: &dyn Engine, again: &mut Vec<Waiting>) -> Served {
        while let Some(waiting) = again.pop() {
            if run_alone(engine, waiting).is_err() {
                return Served::UntilPanic;
            }
        }
        while let Some(first) = self.jobs.blocking_recv() {
            let mut slices = Vec::new();
            let mut next = Some(first);
            while let Some(job) = next {
                match job {
                    Job::Classify { input, reply } if !reply.is_closed() => {
                        slices.push(Waiting { input, reply })
                    }
                    Job::Layers { input, reply } if !reply.is_closed() => {
                        if run_layers(engine, &input, reply).is_err() {
                            again.append(&mut slices);
                            return Served::UntilPanic;
                        }
                    }
                    // The client is gone: nobody waits for the answer.
                    Job::Classify { .. } | Job::Layers { .. } => {}
                }
                next = if slices.len() < self.batch_slices {
                    self.jobs.try_recv().ok()
                } else {
                    None
                };
            }
            if let Err(Panicked) = run_batch(engine, slices, again) {
                return Served::UntilPanic;
            }
        }
        Served::ToTheEnd
    }
}

#[derive(PartialEq, Eq)]
enum Served {
    /// Nobody can ask any more.
    ToTheEnd,
    UntilPanic,
}

/// Runs and answers a batch. What is not answered because of a panic is left in `again`.
fn run_batch(
    engine: &dyn Engine,
    slices: Vec<Waiting>,
    again: &mut Vec<Waiting>,
) -> Result<(), Panicked> {
    if slices.len() < 2 {
        return slices
            .into_iter()
            .try_for_each(|slice| run_alone(engine, slice));
    }
    let inputs: Vec<NetworkInput> = slices
        .iter()
        .map(|slice| slice.input.as_ref().clone())
        .collect();
    match guarded(|| engine.classify(&inputs)) {
        Ok(Ok(results)) if results.len() == slices.len() => {
            for (slice, result) in slices.into_iter().zip(results) {
                answer(slice.reply, Ok(result));
            }
            Ok(())
        }
        Ok(failed) => {
            if let Err(error) = failed {
                tracing::warn!(%error, slices = slices.len(), "a batch failed and is run slice by slice");
            }
            let mut slices = slices.into_iter();
            let outcome = slices
                .by_ref()
                .try_for_each(|slice| run_alone(engine, slice));
            again.extend(slices);
            outcome
        }
        Err(Panicked) => {
            again.extend(slices);
            Err(Panicked)
        }
    }
}

fn run_alone(engine: &dyn Engine, slice: Waiting) -> Result<(), Panicked> {
    let outcome = guarded(|| engine.classify(std::slice::from_ref(slice.input.as_ref())));
    let panicked = outcome.is_err();
    let result = match outcome {
        Ok(Ok(results)) => results.into_iter().next().ok_or(InferenceError::Failed),
        Ok(Err(error)) => {
            tracing::error!(%error, "the network failed on a slice");
            Err(InferenceError::Failed)
        }
        Err(Panicked) => Err(InferenceError::Failed),
    };
    answer(slice.reply, result);
    if panicked { Err(Panicked) } else { Ok(()) }
}

fn run_layers(
    engine: &dyn Engine,
    input: &NetworkInput,
    reply: Reply<Vec<Layer>>,
) -> Result<(), Panicked> {
    let outcome = guarded(|| engine.layers(input));
    let panicked = outcome.is_err();
    let result =
        outcome.unwrap_or_else(|Panicked| Err(EngineError("the network panicked".to_owned())));
    answer(
        reply,
        result.map_err(|error| {
            tracing::error!(%error, "the network failed on the layers of a slice");
            InferenceError::Failed
        }),
    );
    if panicked { Err(Panicked) } else { Ok(()) }
}

/// The engine is dropped after a panic, so that whatever state it was left in is never seen.
fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| Panicked)
}

/// A client that left in the meantime is no error.
fn answer<T>(reply: Reply<T>, result: Result<T, InferenceError>) {
    drop(reply.send(result));
}
