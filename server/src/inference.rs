//! One thread owns the network; slices wait for it in a bounded queue and are answered one by one.
//!
//! The thread knows no HTTP. It takes what waits, up to a batch, runs it and answers each slice through its own
//! one-shot channel. A batch that fails is run again slice by slice, so that one slice cannot spoil its neighbours. After
//! a panic, or when one call after the other fails (a lost device), the network is loaded anew; when that fails the thread
//! ends and [`Readiness::Failed`] says why.

mod thread;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use lungsight_imaging::NetworkInput;
use lungsight_network::{Classification, Layer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use crate::config::QueueConfig;
use crate::engine::{Engine, EngineError, EngineInfo};
use crate::metrics::{Metrics, Stage};

/// Slices whose layers are computed or drawn at most: each takes the network alone, and slices are to find places beside them.
const LAYERS_AT_ONCE: usize = 4;

/// How far the network is.
#[derive(Clone, Debug, PartialEq)]
pub enum Readiness {
    /// The weights are being read and tested.
    Loading,
    Ready(EngineInfo),
    /// The network cannot be used, and why. It stays so.
    Failed(String),
}

/// Why a slice has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InferenceError {
    #[error("too many slices are waiting; try again in a moment")]
    QueueFull,
    #[error("the network is still being loaded; try again in a moment")]
    NotReady,
    #[error("the network is not available")]
    Stopped,
    #[error("the network failed on this slice")]
    Failed,
}

/// One thing to do for the network, with the channel for its answer.
enum Job {
    Classify {
        input: Arc<NetworkInput>,
        since: Instant,
        /// The request's, so that what is logged of the slice is found beside it.
        span: tracing::Span,
        /// Until the network takes it.
        queued: tracing::Span,
        reply: Reply<Classification>,
    },
    Layers {
        input: Arc<NetworkInput>,
        reply: Reply<Vec<Layer>>,
    },
}

type Reply<T> = oneshot::Sender<Result<T, InferenceError>>;

/// The answer to one job, once it is there.
pub struct Answer<T>(oneshot::Receiver<Result<T, InferenceError>>);

impl<T> Answer<T> {
    /// Waits for the result.
    ///
    /// # Errors
    /// When the network failed on it or stopped before it was its turn.
    pub async fn wait(self) -> Result<T, InferenceError> {
        self.0.await.unwrap_or(Err(InferenceError::Stopped))
    }
}

/// The way to the thread; clones share it. The thread ends when the last one is dropped.
#[derive(Clone)]
pub struct Inference {
    jobs: mpsc::Sender<Job>,
    layers: Arc<Semaphore>,
    readiness: watch::Receiver<Readiness>,
    metrics: Metrics,
}

/// Makes the network, on the thread that will own it; called again after a panic or the loss of its device.
pub type Loader = Box<dyn FnMut() -> Result<Box<dyn Engine>, EngineError> + Send>;

impl Inference {
    /// Starts the thread, which loads the network first.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(queue: &QueueConfig, load: Loader) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (jobs, waiting) = mpsc::channel(queue.queue_slices);
        let (progress, readiness) = watch::channel(Readiness::Loading);
        let metrics = Metrics::new();
        let worker =
            thread::Worker::new(waiting, progress, load, queue.batch_slices, metrics.clone());
        let thread = std::thread::Builder::new()
            .name("inference".to_owned())
            .spawn(move || worker.run())?;
        let inference = Self {
            jobs,
            layers: Arc::new(Semaphore::new(LAYERS_AT_ONCE)),
            readiness,
            metrics,
        };
        Ok((inference, thread))
    }

    /// What this network and its server count and time.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Slices that wait now.
    pub fn queued(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    /// Slices that may wait.
    pub fn queue_capacity(&self) -> usize {
        self.jobs.max_capacity()
    }

    /// How far the network is now.
    pub fn readiness(&self) -> Readiness {
        self.readiness.borrow().clone()
    }

    /// A channel that tells of every change of [`Readiness`].
    pub fn watch(&self) -> watch::Receiver<Readiness> {
        self.readiness.clone()
    }

    /// What runs where.
    ///
    /// # Errors
    /// While the network is being loaded, and when it could not be.
    pub fn info(&self) -> Result<EngineInfo, InferenceError> {
        match &*self.readiness.borrow() {
            Readiness::Ready(info) => Ok(info.clone()),
            Readiness::Loading => Err(InferenceError::NotReady),
            Readiness::Failed(_) => Err(InferenceError::Stopped),
        }
    }

    /// Queues a slice at once or not at all: a new request is turned away when the queue is full.
    ///
    /// # Errors
    /// [`InferenceError::QueueFull`], or the network is not there.
    pub fn try_classify(
        &self,
        input: Arc<NetworkInput>,
    ) -> Result<Answer<Classification>, InferenceError> {
        self.info()?;
        let (reply, answer) = oneshot::channel();
        self.jobs
            .try_send(classify(input, reply))
            .map_err(refusal)?;
        Ok(Answer(answer))
    }

    /// Queues a slice and waits for a place: for the further slices of a request that was let in.
    ///
    /// # Errors
    /// When the network is not there.
    pub async fn classify(
        &self,
        input: Arc<NetworkInput>,
    ) -> Result<Answer<Classification>, InferenceError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.jobs.send(classify(input, reply)).await;
        sent.map_err(|_| InferenceError::Stopped)?;
        Ok(Answer(answer))
    }

    /// The output of every convolution for one slice, which runs the network once more.
    ///
    /// # Errors
    /// [`InferenceError::QueueFull`], also where enough others wait for layers; or the network is not there or failed.
    pub async fn layers(&self, input: Arc<NetworkInput>) -> Result<HeldLayers, InferenceError> {
        self.info()?;
        let place = self.layers.clone().try_acquire_owned();
        let place = place.map_err(|_| InferenceError::QueueFull)?;
        let (reply, answer) = oneshot::channel();
        self.jobs
            .try_send(Job::Layers { input, reply })
            .map_err(refusal)?;
        let layers = Answer(answer).wait().await?;
        Ok(HeldLayers { layers, place })
    }

    /// The same for a request that was let in elsewhere: waits for a place.
    ///
    /// # Errors
    /// When the network is not there or failed.
    pub async fn layers_in_turn(
        &self,
        input: Arc<NetworkInput>,
    ) -> Result<HeldLayers, InferenceError> {
        let place = self.layers.clone().acquire_owned().await;
        let place = place.map_err(|_| InferenceError::Stopped)?;
        let (reply, answer) = oneshot::channel();
        let sent = self.jobs.send(Job::Layers { input, reply }).await;
        sent.map_err(|_| InferenceError::Stopped)?;
        let layers = Answer(answer).wait().await?;
        Ok(HeldLayers { layers, place })
    }
}

/// A slice's layers, some 12 MB, and their place among those that may be there at once.
pub struct HeldLayers {
    pub layers: Vec<Layer>,
    place: OwnedSemaphorePermit,
}

impl HeldLayers {
    /// Makes something of each, and gives memory and place back.
    pub fn map<T>(self, draw: impl Fn(&Layer) -> T) -> Vec<T> {
        let _place = self.place;
        self.layers.iter().map(draw).collect()
    }
}

fn classify(input: Arc<NetworkInput>, reply: Reply<Classification>) -> Job {
    Job::Classify {
        input,
        since: Instant::now(),
        span: tracing::Span::current(),
        queued: Stage::Queue.span(),
        reply,
    }
}

fn refusal(error: mpsc::error::TrySendError<Job>) -> InferenceError {
    match error {
        mpsc::error::TrySendError::Full(_) => InferenceError::QueueFull,
        mpsc::error::TrySendError::Closed(_) => InferenceError::Stopped,
    }
}
