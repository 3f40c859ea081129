//! What is done with a job.

use apalis::prelude::{Attempt, BoxDynError, Data};
use tokio::sync::watch;

use super::PAUSE;
use super::handfuls::Place;
use tracing::Instrument;

use crate::engine::EngineInfo;
use crate::inference::{Inference, InferenceError};
use crate::layers::draw;
use crate::pool::PicturePool;
use crate::prepare::{PreparedSlice, SliceFault};
use crate::record::Extent;
use crate::store::database::packed::PackedPictures;
use crate::store::database::put::Seen;
use crate::store::database::queue::Task;
use crate::store::database::{Database, KeepError, SliceJob};
use crate::traces;

/// Visits after which what cannot be read is given up.
const MOST_UNREADABLE: usize = 5;

/// After so many attempts that none finished, the slice itself is taken to end its workers.
const MOST_ATTEMPTS: usize = 5;

/// What a worker works with; cloned for every slice.
#[derive(Clone)]
pub(super) struct Hand {
    pub(super) database: Database,
    pub(super) inference: Inference,
    pub(super) pictures: PicturePool,
    /// What it was at the beginning.
    pub(super) info: EngineInfo,
    pub(super) killed: watch::Receiver<bool>,
}

/// One job, from the queue to its end.
pub(super) async fn work_on(
    job: SliceJob,
    attempt: Attempt,
    place: Data<Place>,
    hand: Data<Hand>,
) -> Result<(), BoxDynError> {
    let (attempt, hand) = (attempt.current(), (*hand).clone());
    // On its own: it is brought to its end whatever becomes of the worker.
    let work = async move {
        let _place = place;
        let mut killed = hand.killed.clone();
        let killed = async {
            if killed.wait_for(|killed| *killed).await.is_err() {
                // Nobody is left to kill it.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = hand.work_on(job, attempt) => false,
            () = killed => true,
        }
    };
    if tokio::spawn(work).await? {
        // apalis would take the job for done; who is killed says nothing more.
        std::future::pending::<()>().await;
    }
    Ok(())
}

impl Hand {
    async fn work_on(&self, job: SliceJob, attempt: usize) {
        let work = async {
            match job.task {
                Task::Classify => self.classify(job, attempt).await,
                Task::Layers => self.draw_layers(job, attempt).await,
            }
        };
        work.instrument(traces::of_shared_slice(job.parent)).await;
    }

    async fn classify(&self, job: SliceJob, attempt: usize) {
        let Some(Some(pictures)) = insist(&self.database, || self.database.waiting(job)).await
        else {
            // Done by another, or its analysis is gone.
            return;
        };
        let result = if attempt > MOST_ATTEMPTS {
            tracing::error!("a slice that no worker has finished is given up");
            Err(SliceFault::Inference(InferenceError::Failed))
        } else {
            match self.opened(pictures).await {
                Some(prepared) => self.answer(prepared).await,
                None => Err(SliceFault::Internal),
            }
        };
        if matches!(result, Err(SliceFault::Inference(InferenceError::Stopped))) {
            // The network is gone, and with it soon this process: the slice is left for another.
            std::future::pending::<()>().await;
        }
        let info = self.info();
        let is_first = insist(&self.database, || self.database.put(job, &result, &info)).await;
        if is_first == Some(true) {
            let outcome = result.as_ref();
            let outcome = outcome.map(|seen| seen.classification.inconclusive.is_some());
            self.inference.metrics().slice(outcome);
        }
    }

    async fn draw_layers(&self, job: SliceJob, attempt: usize) {
        let wanted = insist(&self.database, || self.database.wanted_layers(job)).await;
        let Some(Some(pictures)) = wanted else {
            return;
        };
        let layers = match self.opened(pictures).await {
            Some(prepared) if attempt <= MOST_ATTEMPTS => {
                self.inference.layers_in_turn(prepared.input).await
            }
            _ => Err(InferenceError::Failed),
        };
        // Whoever waits is told of a failure, and may ask again.
        let drawn = match layers {
            Ok(layers) => self.pictures.run_in_turn(move || layers.map(draw)).await,
            Err(_) => Ok(Vec::new()),
        };
        let drawn = drawn.unwrap_or_default();
        insist(&self.database, || self.database.put_layers(job, &drawn)).await;
    }

    async fn opened(&self, pictures: PackedPictures) -> Option<PreparedSlice> {
        let opened = self.pictures.run_in_turn(move || pictures.open()).await;
        // The log has the reason.
        opened.ok()?.ok()
    }

    /// The network as it is: after the loss of its device it may be on another one.
    fn info(&self) -> EngineInfo {
        let info = self.inference.info();
        info.unwrap_or_else(|_| self.info.clone())
    }

    async fn answer(&self, prepared: PreparedSlice) -> Result<Seen, SliceFault> {
        let answer = match self.inference.classify(prepared.input.clone()).await {
            Ok(answer) => answer.wait().await,
            Err(error) => Err(error),
        };
        let classification = answer.map_err(SliceFault::Inference)?;
        let see = move || {
            let heat = &classification.heats[classification.predicted.index()];
            Seen {
                extent: Extent::of(&prepared, heat),
                classification,
            }
        };
        let seen = self.pictures.run_in_turn(see).await;
        seen.map_err(|_| SliceFault::Internal)
    }
}

/// Visits the database until it does as it is told. That it is full is told to those who wait for the result. `None` where what is
/// kept there cannot be read, again and again: the job is given up, so that its place is free for others.
async fn insist<T, V: Future<Output = Result<T, KeepError>>>(
    database: &Database,
    visit: impl Fn() -> V,
) -> Option<T> {
    let mut unreadable = 0;
    loop {
        match visit().await {
            Ok(outcome) => return Some(outcome),
            Err(KeepError::Full) => database.tell_full(),
            Err(KeepError::Lost | KeepError::Broken) => {}
            Err(KeepError::Unreadable) => unreadable += 1,
        }
        if unreadable == MOST_UNREADABLE {
            tracing::error!("a slice is given up: what the database keeps of it cannot be read");
            return None;
        }
        tokio::time::sleep(PAUSE).await;
    }
}
