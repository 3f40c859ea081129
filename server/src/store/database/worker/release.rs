//! Jobs of a worker that has ended, given back.

use super::super::queue::QUEUE;
use crate::store::database::{Database, KeepError, Pool, VISIT, within};

impl Database {
    /// Gives the jobs of a worker of this process that has ended back to the queue, so that they need not wait until it is
    /// taken for dead, and has it counted no more.
    pub(super) async fn release(&self, worker: &str) -> Result<(), KeepError> {
        within(VISIT, async {
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
                    let gone = "UPDATE Workers SET last_seen = 0 WHERE id = $1";
                    let gone = sqlx::query(gone).bind(worker);
                    gone.execute(&mut *connection).await?;
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
                            Err(apalis_postgres::Error::Database(error)) => {
                                return Err(error.into());
                            }
                            Err(_) => return Err(KeepError::Broken),
                        }
                    }
                    let gone =
                        "UPDATE apalis.workers SET last_seen = to_timestamp(0) WHERE id = $1";
                    let gone = sqlx::query(gone).bind(worker);
                    gone.execute(&mut *connection).await?;
                }
            }
            Ok(())
        })
        .await
    }
}
