//! The hand of a server with a network: takes slices out of the database's queue, whichever server put them in, and writes
//! their results.
//!
//! apalis hands a job to one worker, notices workers that give no sign of life, and hands their jobs to others. A result is
//! written where there is none yet, so that a slice that two have worked on is counted once. Nothing here gives up on a
//! slice because the database is away: a result waits until it can be written, and if this worker is taken for dead
//! meanwhile, another one does the slice again.

mod hand;
mod handfuls;
mod knocks;
mod release;

use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::{BackendExt as _, BoxDynError, WorkerBuilder, WorkerContext};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use super::{Database, KeepError, on_either};
use crate::config::Config;
use crate::engine::EngineInfo;
use crate::id;
use crate::inference::{Inference, Readiness};
use crate::pool::PicturePool;
use hand::{Hand, work_on};
use handfuls::Handfuls;
use knocks::Knocks;

/// How long to wait before the database is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Signs of life in the time after which a worker is taken for dead.
const SIGNS: u32 = 3;

/// A worker that goes on by itself.
pub struct Worker {
    stop: watch::Sender<bool>,
    kill: watch::Sender<bool>,
    task: JoinHandle<()>,
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
        let batch_slices = config.queue.batch_slices;
        let sign_of_life = sign_of_life(*config.database.worker_timeout);
        let terms = move |info: &EngineInfo| {
            let handful = batch_slices.unwrap_or(info.usual_batch);
            let handful = u32::try_from(handful).unwrap_or(u32::MAX);
            Terms {
                handful,
                // The next batch is ready when one is done.
                at_once: handful.saturating_mul(2),
                sign_of_life,
            }
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
    /// What the network takes at once.
    handful: u32,
    /// Slices at hand at most.
    at_once: u32,
    sign_of_life: Duration,
}

/// Works until it is told to stop; begins anew, under another name, whenever the database was away.
async fn work(
    database: Database,
    inference: Inference,
    pictures: PicturePool,
    terms: impl Fn(&EngineInfo) -> Terms,
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
    let terms = terms(&info);
    let hand = Hand {
        database,
        inference,
        pictures,
        info,
        killed,
    };
    let places = Arc::new(Semaphore::new(terms.at_once as usize));
    let mut last: Option<String> = None;
    while !*stopping.borrow() {
        if let Some(name) = &last
            && let Err(error) = hand.database.release(name).await
        {
            tracing::debug!(%error, "slices of an earlier worker wait for its time to pass");
            if error == KeepError::Full {
                // Who waits for those slices has nobody else to hear it from.
                hand.database.tell_full();
            }
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        let name = format!("lungsight-{}", id::random());
        let context = WorkerContext::new(&name);
        last = Some(name);
        let stopped = async { drop(stopping.wait_for(|stop| *stop).await) };
        let outcome = tokio::select! {
            outcome = run(hand.clone(), &context, terms, &places) => outcome,
            // It is left where it is: apalis, asked to stop, no longer looks at what it is in the middle of, which may hold
            // the database's only place for a writer.
            () = stopped => {
                drop(context.stop());
                Ok(())
            }
        };
        // Slices at hand go on without it, and are waited for.
        drop(places.acquire_many(terms.at_once).await);
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

async fn run(
    hand: Hand,
    context: &WorkerContext,
    terms: Terms,
    places: &Arc<Semaphore>,
) -> Result<(), BoxDynError> {
    let database = hand.database.clone();
    on_either!(&database.0.pool, pool => {
        let jobs = Handfuls::new(pool, terms, places.clone());
        let worker = WorkerBuilder::new(context)
            .backend(jobs.poll_with_stream(Knocks::new(&database)))
            .data(hand)
            .build(work_on);
        worker.run().await.map_err(Into::into)
    })
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
