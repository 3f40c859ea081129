//! Analyses and uploads in SQLite or PostgreSQL, through sqlx; slices wait for the network in apalis' queue beside them.
//!
//! In the order of a slice's life: [`packed`] makes rows of it, [`begin`] puts them in with their jobs, in one transaction;
//! a [`worker`] of any server takes a job, and [`put`] writes the result where none is yet; [`read`] and [`follow`] tell of
//! it, [`sweep`] forgets it; [`layers`] are drawn for servers that cannot. Both engines run the same statements
//! on our own tables, whose columns differ in their types; those on apalis' tables, and each engine's locks and log, are written
//! for each.

mod begin;
mod clock;
mod connect;
mod error;
mod follow;
mod layers;
mod packed;
mod pictures;
mod put;
mod queue;
mod read;
mod sweep;
pub mod worker;
mod workers;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::{PgPool, SqlitePool};
use tokio::sync::{Notify, watch};

use lungsight_app::analysis::{Analysis, Grouping, LeftOut, PatientResult, Remarks, SliceResult};
use lungsight_series::Note;

pub use begin::{Beginning, Begun};
pub use connect::OpenError;
pub use error::KeepError;
pub use layers::{Asked, AskedLayers, KEEP as KEEP_LAYERS, Taken};
pub use packed::{PackedRecord, PackedSlice, SliceRow};
pub use queue::SliceJob;

use clock::Clock;
use follow::Followed;

use crate::config::Config;

/// Longest that one visit to the database may take: what hangs is given up.
const VISIT: Duration = Duration::from_secs(60);

/// A value of `kind`.
const UPLOAD: i32 = 0;
const ANALYSIS: i32 = 1;

/// The way to the database; clones share it.
#[derive(Clone)]
pub struct Database(Arc<Parts>);

struct Parts {
    pool: Pool,
    clock: Clock,
    /// What is kept at most, and what may wait.
    limits: KeepLimits,
    /// Wakes this process's worker: it need not wait until it looks again.
    queued: Notify,
    /// Counts results that this process has written: those who follow need not wait either.
    written: watch::Sender<u64>,
    /// The analyses that somebody follows, by id.
    followed: Mutex<HashMap<String, Followed>>,
    /// Counts how often this process's worker has found no room.
    full: watch::Sender<u64>,
}

struct KeepLimits {
    keep: i64,
    keep_bytes: i64,
    keep_for: Duration,
    queue_slices: i64,
    /// Who has given no sign of life for so long is taken for dead.
    worker_timeout: Duration,
}

/// Connections to one of the engines.
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// All of an answer but its id and its slices.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Head {
    created: String,
    finished: bool,
    device: String,
    model: String,
    grouping: Grouping,
    /// Under a name of its own: rows of earlier versions hold a number.
    #[serde(default, rename = "left_out_for")]
    left_out: LeftOut,
    #[serde(default)]
    notes: Vec<Note>,
    patient: Option<PatientResult>,
}

impl Head {
    fn with(self, id: String, slices: Vec<SliceResult>) -> Analysis {
        let Self {
            created,
            finished,
            device,
            model,
            grouping,
            left_out,
            notes,
            patient,
        } = self;
        Analysis {
            id,
            created,
            finished,
            device,
            model,
            grouping,
            slices,
            left_out,
            notes,
            patient,
        }
    }

    fn remarks(&self) -> Remarks {
        Remarks {
            left_out: self.left_out,
            notes: self.notes.clone(),
        }
    }
}

/// Runs statements on whichever engine it is: they are compiled for both.
macro_rules! on_either {
    ($pool:expr, $engine:ident => $body:expr) => {
        match $pool {
            $crate::store::database::Pool::Sqlite($engine) => $body,
            $crate::store::database::Pool::Postgres($engine) => $body,
        }
    };
}

/// The same in a transaction, undone where the body returns early. SQLite is asked for its one writer's place at the
/// beginning: waiting for it in the middle could wait for ever.
macro_rules! in_transaction {
    ($pool:expr, $transaction:ident => $body:expr) => {
        match $pool {
            $crate::store::database::Pool::Sqlite(pool) => {
                let mut $transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
                let outcome = $body;
                $transaction.commit().await?;
                outcome
            }
            $crate::store::database::Pool::Postgres(pool) => {
                let mut $transaction = pool.begin().await?;
                let outcome = $body;
                $transaction.commit().await?;
                outcome
            }
        }
    };
}

use in_transaction;
use on_either;

impl Database {
    fn new(pool: Pool, config: &Config) -> Self {
        let bounded = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Self(Arc::new(Parts {
            pool,
            clock: Clock::new(),
            limits: KeepLimits {
                keep: bounded(config.store.keep),
                keep_bytes: bounded(config.store.keep_memory.bytes()),
                keep_for: *config.store.keep_for,
                queue_slices: bounded(config.queue.queue_slices),
                worker_timeout: *config.database.worker_timeout,
            },
            queued: Notify::new(),
            written: watch::Sender::new(0),
            followed: Mutex::default(),
            full: watch::Sender::new(0),
        }))
    }

    /// Such as `sqlite`.
    pub fn engine(&self) -> &'static str {
        match self.0.pool {
            Pool::Sqlite(_) => "sqlite",
            Pool::Postgres(_) => "postgres",
        }
    }

    /// Whether the database answers.
    pub async fn check(&self) -> Result<(), KeepError> {
        within(VISIT, async {
            on_either!(&self.0.pool, pool => sqlx::query("SELECT 1").execute(pool).await.map(drop))?;
            Ok(())
        })
        .await
    }

    /// Ends all visits, in order: SQLite then puts what lies beside its file into it.
    pub async fn close(&self) {
        on_either!(&self.0.pool, pool => pool.close().await);
    }

    /// Waits until this process's worker finds no room.
    pub async fn is_full(&self) {
        // The sender is as old as we are.
        drop(self.0.full.subscribe().changed().await);
    }

    fn tell_full(&self) {
        self.0
            .full
            .send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// Gives a visit up after `limit`; what it had begun is undone.
async fn within<T>(
    limit: Duration,
    visit: impl Future<Output = Result<T, KeepError>>,
) -> Result<T, KeepError> {
    match tokio::time::timeout(limit, visit).await {
        Ok(outcome) => outcome,
        Err(_) => {
            tracing::warn!("the database did not answer within {} s", limit.as_secs());
            Err(KeepError::Lost)
        }
    }
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
