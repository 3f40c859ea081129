//! The hand of a server with a network: takes slices out of the database's queue, whichever server put them in, and writes
//! their results.
//!
//! apalis hands a job to one worker, notices workers that give no sign of life, and hands their jobs to others. A result is
//! written where there is none yet, so that a slice that two have worked on is counted once. Nothing here gives up on a
//! slice because the database is away: a result waits until it can be written, and if this worker is taken for dead
//! meanwhile, another one does the slice again.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use apalis::layers::WorkerBuilderExt as _;
use apalis::prelude::{Attempt, BackendExt as _, BoxDynError, Data, WorkerBuilder, WorkerContext};
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use futures_core::Stream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior};

use super::packed::PackedPictures;
use super::put::Seen;
use super::queue::{QUEUE, Task};
use super::{Database, KeepError, Pool, SliceJob, on_either};
use crate::config::Config;
use crate::engine::EngineInfo;
use crate::id;
use crate::inference::{Inference, InferenceError, Readiness};
use crate::layers::draw;
use crate::pool::PicturePool;
use crate::prepare::{PreparedSlice, SliceFault};
use crate::record::Extent;

/// How long another server's slices may wait before they are seen; those of this one are seen at once.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// How long to wait before the database is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Signs of life in the time after which a worker is taken for dead.
const SIGNS: u32 = 3;

/// A slice that so many workers began and none finished is what they died of.
const MOST_ATTEMPTS: usize = 5;

/// A worker that goes on by itself.
pub struct Worker {
    stop: watch::Sender<bool>,
    kill: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// What a worker works with; cloned for every slice.
#[derive(Clone)]
struct Hand {
    database: Database,
    inference: Inference,
    pictures: PicturePool,
    /// What it was at the beginning.
    info: EngineInfo,
    /// One for each slice that may be at hand.
    places: Arc<Semaphore>,
    killed: watch::Receiver<bool>,
}

impl Worker {
    /// Begins to work once the network is ready.
    pub fn start(
        database: Database,
        inference: Inference,
        pictures: PicturePool,
        config: &Config,
    ) -> Self {
        let (stop, stopping) = watch::channel(false);
        let terms = Terms {
            // Twice what the network takes at once: the next batch is ready when one is done.
            at_once: u32::try_from(config.queue.batch_slices * 2).unwrap_or(u32::MAX),
            sign_of_life: sign_of_life(*config.database.worker_timeout),
        };
        let (kill, killed) = watch::channel(false);
        let task = tokio::spawn(work(database, inference, pictures, terms, stopping, killed));
        Self { stop, kill, task }
    }

    /// Takes no more slices, and waits until those at hand are done.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if self.task.await.is_err() {
            tracing::error!("the worker ended with a panic");
        }
    }

    /// Ends at once, as if the process had been killed.
    pub fn abort(self) {
        self.kill.send_replace(true);
        self.task.abort();
    }
}

/// Rounded up: apalis multiplies it again, and takes whole seconds of that.
fn sign_of_life(timeout: Duration) -> Duration {
    let milliseconds = timeout.as_millis().div_ceil(u128::from(SIGNS));
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX))
}

#[derive(Clone, Copy)]
struct Terms {
    at_once: u32,
    sign_of_life: Duration,
}

/// Works until it is told to stop; begins anew, under another name, whenever the database was away.
async fn work(
    database: Database,
    inference: Inference,
    pictures: PicturePool,
    terms: Terms,
    mut stopping: watch::Receiver<bool>,
    killed: watch::Receiver<bool>,
) {
    let mut readiness = inference.watch();
    let Ok(Readiness::Ready(info)) = readiness
        .wait_for(|now| matches!(now, Readiness::Ready(_)))
        .await
        .map(|now| now.clone())
    else {
        return;
    };
    let hand = Hand {
        database,
        inference,
        pictures,
        info,
        places: Arc::new(Semaphore::new(terms.at_once as usize)),
        killed,
    };
    let mut last: Option<String> = None;
    while !*stopping.borrow() {
        if let Some(name) = &last
            && let Err(error) = hand.database.release(name).await
        {
            tracing::debug!(%error, "slices of an earlier worker wait for its time to pass");
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        let name = format!("lungsight-{}", id::random());
        let context = WorkerContext::new(&name);
        last = Some(name);
        let stopped = async { drop(stopping.wait_for(|stop| *stop).await) };
        let outcome = tokio::select! {
            outcome = run(hand.clone(), &context, terms) => outcome,
            // It is left where it is: apalis, asked to stop, no longer looks at what it is in the middle of, which may hold
            // the database's only place for a writer.
            () = stopped => {
                drop(context.stop());
                Ok(())
            }
        };
        // Slices at hand go on without it, and are waited for.
        drop(hand.places.acquire_many(terms.at_once).await);
        if let Err(error) = outcome {
            tracing::warn!(error, "the worker begins anew");
            // apalis hands its database's error on as words.
            let words = error.to_string();
            if words.contains("is full") || words.contains("No space left") {
                hand.database.tell_full();
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    if let Some(name) = &last
        && hand.database.release(name).await.is_err()
    {
        tracing::info!("slices that were not begun wait until this worker is taken for dead");
    }
}

async fn run(hand: Hand, context: &WorkerContext, terms: Terms) -> Result<(), BoxDynError> {
    let database = hand.database.clone();
    on_either!(&database.0.pool, pool => {
        let storage = storage(pool, terms).poll_with_stream(Knocks::new(&database));
        let worker = WorkerBuilder::new(context)
            .backend(storage)
            .data(hand)
            .concurrency(terms.at_once as usize)
            .build(work_on);
        worker.run().await.map_err(Into::into)
    })
}

/// A storage on one of the engines.
trait Stored {
    type Storage;
    fn stored(&self, terms: Terms) -> Self::Storage;
}

fn storage<P: Stored>(pool: &P, terms: Terms) -> P::Storage {
    pool.stored(terms)
}

// One job at a time: while apalis holds jobs that it has not begun, it gives no sign of life. Results are what `put` writes;
// that a job has begun need not be written for it to be done by one worker.
impl Stored for sqlx::SqlitePool {
    type Storage = SqliteStorage<SliceJob>;

    fn stored(&self, terms: Terms) -> Self::Storage {
        let config = apalis_sqlite::Config::default()
            .queue(QUEUE)
            .batch_size(1)
            .lock_tasks(false)
            .heartbeat_interval(terms.sign_of_life)
            .missed_heartbeats(SIGNS as usize);
        SqliteStorage::new(self).with_config(config)
    }
}

impl Stored for sqlx::PgPool {
    type Storage = PostgresStorage<SliceJob>;

    fn stored(&self, terms: Terms) -> Self::Storage {
        let config = apalis_postgres::Config::default()
            .queue(QUEUE)
            .batch_size(1)
            .lock_tasks(false)
            .heartbeat_interval(terms.sign_of_life)
            .missed_heartbeats(SIGNS as usize);
        PostgresStorage::new(self).with_config(config)
    }
}

/// What wakes the worker to look for jobs: time, and slices that this process has put in.
///
/// apalis polls it before it looks, and goes to sleep after: whatever is over is passed, so that the next knock is always
/// awaited. (Its own interval is forgotten when it ends while a look is under way.)
struct Knocks {
    clock: Interval,
    queued: Pin<Box<dyn Stream<Item = ()> + Send>>,
}

impl Knocks {
    fn new(database: &Database) -> Self {
        let mut clock = tokio::time::interval(LOOK_AGAIN);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let queued = futures_util::stream::unfold(database.clone(), async |database| {
            database.0.queued.notified().await;
            Some(((), database))
        });
        Self {
            clock,
            queued: Box::pin(queued),
        }
    }
}

impl Stream for Knocks {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<()>> {
        while self.clock.poll_tick(context).is_ready() {}
        while self.queued.as_mut().poll_next(context).is_ready() {}
        Poll::Pending
    }
}

/// One job, from the queue to its end.
async fn work_on(job: SliceJob, attempt: Attempt, hand: Data<Hand>) -> Result<(), BoxDynError> {
    let (attempt, hand) = (attempt.current(), (*hand).clone());
    let place = hand.places.clone().acquire_owned().await?;
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
            () = hand.work_on(job, attempt) => {}
            () = killed => {}
        }
    };
    tokio::spawn(work).await?;
    Ok(())
}

impl Hand {
    async fn work_on(&self, job: SliceJob, attempt: usize) {
        match job.task {
            Task::Classify => self.classify(job, attempt).await,
            Task::Layers => self.draw_layers(job, attempt).await,
        }
    }

    async fn classify(&self, job: SliceJob, attempt: usize) {
        let Some(pictures) = insist(&self.database, || self.database.waiting(job)).await else {
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
        if is_first {
            let outcome = result.as_ref();
            let outcome = outcome.map(|seen| seen.classification.inconclusive.is_some());
            self.inference.metrics().slice(outcome);
        }
    }

    async fn draw_layers(&self, job: SliceJob, attempt: usize) {
        let Some(pictures) = insist(&self.database, || self.database.wanted_layers(job)).await
        else {
            return;
        };
        let layers = match self.opened(pictures).await {
            Some(prepared) if attempt <= MOST_ATTEMPTS => {
                self.inference.layers(prepared.input).await
            }
            _ => Err(InferenceError::Failed),
        };
        // Whoever waits is told of a failure, and may ask again.
        let drawn = match layers {
            Ok(layers) => {
                self.pictures
                    .run(move || layers.iter().map(draw).collect())
                    .await
            }
            Err(_) => Ok(Vec::new()),
        };
        let drawn = drawn.unwrap_or_default();
        insist(&self.database, || self.database.put_layers(job, &drawn)).await;
    }

    async fn opened(&self, pictures: PackedPictures) -> Option<PreparedSlice> {
        let opened = self.pictures.run(move || pictures.open()).await;
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
        let heat = &classification.heats[classification.predicted.index()];
        Ok(Seen {
            extent: Extent::of(&prepared, heat),
            classification,
        })
    }
}

/// Visits the database until it does as it is told. That it is full is told to those who wait for the result.
async fn insist<T, V: Future<Output = Result<T, KeepError>>>(
    database: &Database,
    visit: impl Fn() -> V,
) -> T {
    loop {
        match visit().await {
            Ok(outcome) => return outcome,
            Err(error) => {
                if error == KeepError::Full {
                    database.tell_full();
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

impl Database {
    /// Gives the jobs of a worker of this process that has ended back to the queue, so that they need not wait until it is
    /// taken for dead.
    async fn release(&self, worker: &str) -> Result<(), KeepError> {
        match &self.0.pool {
            Pool::Sqlite(pool) => {
                let mut connection = pool.acquire().await?;
                let jobs = sqlx::query_scalar(
                    "SELECT id FROM Jobs WHERE lock_by = $1 AND status = 'Queued'",
                );
                let jobs: Vec<String> = jobs.bind(worker).fetch_all(&mut *connection).await?;
                if !jobs.is_empty() {
                    apalis_sqlite::queries::reenqueue_abandoned(
                        &mut *connection,
                        QUEUE,
                        worker,
                        &jobs,
                    )
                    .await?;
                }
            }
            Pool::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                let jobs = sqlx::query_scalar(
                    "SELECT id FROM apalis.jobs WHERE lock_by = $1 AND status = 'Queued'",
                );
                let jobs: Vec<String> = jobs.bind(worker).fetch_all(&mut *connection).await?;
                if !jobs.is_empty() {
                    let released = apalis_postgres::queries::reenqueue_abandoned(
                        &mut *connection,
                        QUEUE,
                        worker,
                        &jobs,
                    )
                    .await;
                    match released {
                        Ok(_) => {}
                        Err(apalis_postgres::Error::Database(error)) => return Err(error.into()),
                        Err(_) => return Err(KeepError::Broken),
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_of_the_timeout_is_lost_to_rounding() {
        for seconds in [3, 4, 5, 10, 30, 31] {
            let together = sign_of_life(Duration::from_secs(seconds)) * SIGNS;
            assert_eq!(together.as_secs(), seconds);
        }
    }
}
