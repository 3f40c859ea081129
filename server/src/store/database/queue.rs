//! Slices that wait for a network, as jobs of apalis; one job for each slice.

use apalis::prelude::{Task, TaskBuilder};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, SqliteConnection};

use super::KeepError;

/// What apalis calls our queue.
pub(super) const QUEUE: &str = "lungsight-slices";

/// One slice to classify. It names rows of our tables and nothing else: apalis and the database may log jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceJob {
    pub(super) entry: i64,
    pub(super) number: i32,
}

/// A connection that jobs are put in through, in the transaction that puts in their slices.
pub(super) trait Jobs {
    /// Puts a job in for each slice of an entry.
    async fn push(&mut self, entry: i64, numbers: &[i32]) -> Result<(), KeepError>;
}

impl Jobs for SqliteConnection {
    async fn push(&mut self, entry: i64, numbers: &[i32]) -> Result<(), KeepError> {
        let tasks = tasks(entry, numbers)?;
        let pushed = apalis_sqlite::queries::push_tasks(self, QUEUE, &tasks).await;
        pushed.map_err(|error| match error {
            apalis_sqlite::Error::Database(error) => error.into(),
            other => defect(&other),
        })
    }
}

impl Jobs for PgConnection {
    async fn push(&mut self, entry: i64, numbers: &[i32]) -> Result<(), KeepError> {
        let tasks = tasks(entry, numbers)?;
        let pushed = apalis_postgres::queries::push_tasks(self, QUEUE, tasks).await;
        pushed.map_err(|error| match error {
            apalis_postgres::Error::Database(error) => error.into(),
            other => defect(&other),
        })
    }
}

fn tasks(entry: i64, numbers: &[i32]) -> Result<Vec<Task<Vec<u8>>>, KeepError> {
    let task = |&number| {
        let job = serde_json::to_vec(&SliceJob { entry, number })?;
        Ok(TaskBuilder::new(job).build())
    };
    numbers.iter().map(task).collect()
}

fn defect(error: &dyn std::error::Error) -> KeepError {
    tracing::error!(%error, "jobs could not be queued");
    KeepError::Broken
}
