//! Slices that wait for a network, as jobs of apalis; one job for each slice and task.

use apalis::prelude::TaskBuilder;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, SqliteConnection};

use super::KeepError;
use crate::traces::{self, Parent};

/// What apalis calls our queue.
pub(super) const QUEUE: &str = "lungsight-slices";

/// What a network is to do with a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Task {
    Classify,
    Layers,
}

/// One slice and what to do with it. It names rows of our tables and a trace, and nothing else: apalis and the database may log jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceJob {
    pub(super) task: Task,
    pub(super) entry: i64,
    pub(super) number: i32,
    /// What it is done for, where that is traced.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "traces::parent"
    )]
    pub(super) parent: Option<Parent>,
}

/// What PostgreSQL knows the queue by, where one after the other looks whether there is room in it; any number would do.
const QUEUE_LOCK: i64 = 0x6c75_6e67;

/// A connection that jobs are put in through, in the transaction that puts in their slices.
pub(super) trait Jobs {
    /// Waits until nobody else is between looking whether there is room and putting jobs in; for the rest of the transaction.
    async fn lock_queue(&mut self) -> Result<(), KeepError>;

    /// Puts a job in for each slice of an entry.
    async fn push(&mut self, task: Task, entry: i64, numbers: &[i32]) -> Result<(), KeepError>;
}

impl Jobs for SqliteConnection {
    async fn lock_queue(&mut self) -> Result<(), KeepError> {
        // Whoever writes is alone.
        Ok(())
    }

    async fn push(&mut self, task: Task, entry: i64, numbers: &[i32]) -> Result<(), KeepError> {
        let tasks = tasks(task, entry, numbers)?;
        let pushed = apalis_sqlite::queries::push_tasks(self, QUEUE, &tasks).await;
        pushed.map_err(|error| match error {
            apalis_sqlite::Error::Database(error) => error.into(),
            other => defect(&other),
        })
    }
}

impl Jobs for PgConnection {
    async fn lock_queue(&mut self) -> Result<(), KeepError> {
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(QUEUE_LOCK)
            .execute(self)
            .await?;
        Ok(())
    }

    async fn push(&mut self, task: Task, entry: i64, numbers: &[i32]) -> Result<(), KeepError> {
        let tasks = tasks(task, entry, numbers)?;
        let pushed = apalis_postgres::queries::push_tasks(self, QUEUE, tasks).await;
        pushed.map_err(|error| match error {
            apalis_postgres::Error::Database(error) => error.into(),
            other => defect(&other),
        })
    }
}

fn tasks(
    task: Task,
    entry: i64,
    numbers: &[i32],
) -> Result<Vec<apalis::prelude::Task<Vec<u8>>>, KeepError> {
    let parent = Parent::current();
    let job = |&number| {
        let job = SliceJob {
            task,
            entry,
            number,
            parent,
        };
        Ok(TaskBuilder::new(serde_json::to_vec(&job)?).build())
    };
    numbers.iter().map(job).collect()
}

fn defect(error: &dyn std::error::Error) -> KeepError {
    tracing::error!(%error, "jobs could not be queued");
    KeepError::Broken
}
