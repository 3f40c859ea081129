//! Which servers with a network share the database: those that have given a sign of life.

use super::queue::QUEUE;
use super::{Database, KeepError, Pool, VISIT, within};

const SQLITE: &str = "SELECT COUNT(*) FROM Workers \
     WHERE worker_type = $1 AND CAST(strftime('%s', 'now') AS INTEGER) - last_seen <= $2";

const POSTGRES: &str = "SELECT COUNT(*) FROM apalis.workers \
     WHERE worker_type = $1 AND NOW() - last_seen <= make_interval(secs => $2)";

impl Database {
    /// How many servers take slices out of the queue; one that died counts until it is missed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn workers(&self) -> Result<usize, KeepError> {
        let longest = self.0.limits.worker_timeout;
        let count = within(VISIT, async {
            let count: i64 = match &self.0.pool {
                Pool::Sqlite(pool) => {
                    let seconds = i64::try_from(longest.as_secs()).unwrap_or(i64::MAX);
                    let query = sqlx::query_scalar(SQLITE).bind(QUEUE).bind(seconds);
                    query.fetch_one(pool).await?
                }
                Pool::Postgres(pool) => {
                    let query = sqlx::query_scalar(POSTGRES).bind(QUEUE);
                    query.bind(longest.as_secs_f64()).fetch_one(pool).await?
                }
            };
            Ok(count)
        });
        Ok(usize::try_from(count.await?).unwrap_or_default())
    }
}
