//! Jobs taken as many at a time as there are places for, so that the network's batches fill.
//!
//! apalis takes a fixed number, and gives no sign of life while it holds jobs that it has not begun. Here each look asks for
//! no more than can be begun at once.

use std::sync::Arc;
use std::task::{Context, Poll};

use apalis::prelude::{Backend, Task, WorkerContext};
use apalis_core::backend::{BackendConfig, WireFormatBackend};
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{SIGNS, Terms};
use crate::store::database::SliceJob;
use crate::store::database::queue::QUEUE;

/// A job's place among those at hand, given back when the last one lets go of it.
pub(super) type Place = Arc<OwnedSemaphorePermit>;

/// Connections to one of the engines.
pub(super) trait Stores {
    type Storage: Stored;

    fn storage(&self, terms: Terms) -> Self::Storage;
}

/// A storage on one of the engines.
pub(super) trait Stored: Sized {
    /// From now on so many jobs at a time.
    fn at_most(self, jobs: usize, terms: Terms) -> Self;
}

// Results are what `put` writes; that a job has begun need not be written for it to be done by one worker.
macro_rules! stored {
    ($storage:ident, $config:path, $pool:path) => {
        impl Stores for $pool {
            type Storage = $storage<SliceJob>;

            fn storage(&self, terms: Terms) -> Self::Storage {
                $storage::<SliceJob>::new(self).at_most(terms.at_once as usize, terms)
            }
        }

        impl Stored for $storage<SliceJob> {
            fn at_most(self, jobs: usize, terms: Terms) -> Self {
                let config = <$config>::default()
                    .queue(QUEUE)
                    .batch_size(jobs)
                    .lock_tasks(false)
                    .heartbeat_interval(terms.sign_of_life)
                    .missed_heartbeats(SIGNS as usize);
                self.with_config(config)
            }
        }
    };
}

stored!(SqliteStorage, apalis_sqlite::Config, sqlx::SqlitePool);
stored!(PostgresStorage, apalis_postgres::Config, sqlx::PgPool);

/// See the module.
pub(super) struct Handfuls<S> {
    /// There but for the moment in which it is told another number.
    storage: Option<S>,
    terms: Terms,
    places: Arc<Semaphore>,
    /// Every place is taken: a single one that becomes free is not worth a look.
    is_full: bool,
}

impl<S: Stored> Handfuls<S> {
    pub(super) fn new(
        pool: &impl Stores<Storage = S>,
        terms: Terms,
        places: Arc<Semaphore>,
    ) -> Self {
        Self {
            storage: Some(pool.storage(terms)),
            terms,
            places,
            is_full: false,
        }
    }

    fn storage(&mut self) -> &mut S {
        self.storage.as_mut().expect(THERE)
    }

    /// How many jobs may be taken now.
    fn room(&mut self) -> usize {
        let free = self.places.available_permits();
        // Jobs that the storage holds were asked for when there was a place for each: where none is free it holds none, and
        // may be left alone.
        self.is_full = free == 0 || self.is_full && free < self.terms.handful as usize;
        if self.is_full { 0 } else { free }
    }
}

const THERE: &str = "it is put back at once";

impl<S> Backend for Handfuls<S>
where
    S: Stored + Backend<Task = Task<Vec<u8>>>,
{
    type Task = S::Task;
    type Error = S::Error;

    fn poll_ready(
        &mut self,
        context: &mut Context<'_>,
        worker: &WorkerContext,
    ) -> Poll<Result<(), S::Error>> {
        self.storage().poll_ready(context, worker)
    }

    /// Whoever is done with a job wakes the worker, which asks here again.
    fn poll_next(
        &mut self,
        context: &mut Context<'_>,
        worker: &WorkerContext,
    ) -> Poll<Option<Result<S::Task, S::Error>>> {
        let room = self.room();
        if room == 0 {
            return Poll::Pending;
        }
        let terms = self.terms;
        let storage = self.storage.take();
        self.storage = storage.map(|storage| storage.at_most(room, terms));
        let taken = self.storage().poll_next(context, worker);
        taken.map_ok(|mut job| {
            let place = self.places.clone().try_acquire_owned();
            job.inject_data::<Place>(Arc::new(place.expect("nobody else takes places")));
            job
        })
    }

    fn poll_close(
        &mut self,
        context: &mut Context<'_>,
        worker: &WorkerContext,
    ) -> Poll<Result<(), S::Error>> {
        self.storage().poll_close(context, worker)
    }
}

impl<S: Stored + BackendConfig> BackendConfig for Handfuls<S> {
    type Args = S::Args;
    type Id = S::Id;
    type Kind = S::Kind;
    type Config = S::Config;
    type Layer = S::Layer;

    fn config(&self) -> &S::Config {
        self.storage.as_ref().expect(THERE).config()
    }

    fn middleware(&mut self, worker: &mut WorkerContext) -> S::Layer {
        self.storage().middleware(worker)
    }
}

impl<S: Stored + WireFormatBackend> WireFormatBackend for Handfuls<S> {
    type Codec = S::Codec;
    type Compact = S::Compact;

    fn codec(&self) -> &S::Codec {
        self.storage.as_ref().expect(THERE).codec()
    }
}
