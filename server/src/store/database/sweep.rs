//! What is forgotten: what has expired, the oldest where there is too much, and what apalis needs no more. Any server does
//! it for all.

use super::queue::QUEUE;
use super::{Database, KeepError, Pool, VISIT, in_transaction, milliseconds, within};

/// Until they expire, the newest is kept whatever its size, and an analysis that is not finished: somebody waits for it. An upload
/// that another transaction makes an analysis of meanwhile is none any more when it comes to the row.
pub(super) const MAKE_ROOM: &str = "DELETE FROM lungsight_kept WHERE since <= $1 OR (\
       (kind = $4 OR pending <= 0) AND entry IN (\
       SELECT entry FROM (\
         SELECT entry, \
           ROW_NUMBER() OVER (ORDER BY since DESC, entry DESC) AS place, \
           SUM(bytes) OVER (ORDER BY since DESC, entry DESC) AS together \
         FROM lungsight_kept WHERE kind = $4 OR pending <= 0\
       ) AS ranked \
       WHERE place > $2 OR (together > $3 AND place > 1)))";

/// How long a silent worker is remembered, in seconds.
const FORGET_WORKERS_S: i64 = 24 * 3600;

/// Forgets the oldest; in the transaction that puts something new in or finishes it.
macro_rules! make_room {
    ($transaction:expr, $database:expr) => {{
        let limits = &$database.0.limits;
        sqlx::query($crate::store::database::sweep::MAKE_ROOM)
            .bind($database.expired())
            .bind(limits.keep)
            .bind(limits.keep_bytes)
            .bind($crate::store::database::UPLOAD)
            .execute(&mut *$transaction)
            .await?;
    }};
}

pub(super) use make_room;

impl Database {
    /// Forgets what has expired.
    pub async fn sweep(&self) -> Result<(), KeepError> {
        if let Pool::Postgres(_) = &self.0.pool {
            within(VISIT, self.set_clock()).await?;
        }
        within(VISIT, self.sweep_one_by_one()).await?;
        let visit = async {
            let layers = self.now().saturating_sub(milliseconds(super::layers::KEEP));
            in_transaction!(&self.0.pool, transaction => {
                make_room!(transaction, self);
                sqlx::query("DELETE FROM lungsight_layers WHERE since <= $1")
                    .bind(layers)
                    .execute(&mut *transaction)
                    .await?;
            });
            Ok(())
        };
        within(VISIT, visit).await?;
        within(VISIT, self.sweep_jobs()).await
    }

    /// SQLite writes what it overwrites beside its file first: all that has expired at once would want as much room again, which a
    /// full disk does not have. So one after the other, and what lies beside the file is put into it and cut off each time, with
    /// the names and slices in it.
    async fn sweep_one_by_one(&self) -> Result<(), KeepError> {
        const OLDEST: &str = "DELETE FROM lungsight_kept WHERE entry IN \
             (SELECT entry FROM lungsight_kept WHERE since <= $1 ORDER BY since LIMIT 1)";
        const CUT_OFF: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
        let Pool::Sqlite(pool) = &self.0.pool else {
            return Ok(());
        };
        loop {
            sqlx::query(CUT_OFF).execute(pool).await?;
            let gone = sqlx::query(OLDEST)
                .bind(self.expired())
                .execute(pool)
                .await?;
            if gone.rows_affected() == 0 {
                return Ok(());
            }
        }
    }

    /// Forgets an analysis whose client has left; its jobs find nothing to do.
    pub async fn forget(&self, id: &str) -> Result<(), KeepError> {
        let visit = async {
            super::on_either!(&self.0.pool, pool => {
                sqlx::query("DELETE FROM lungsight_kept WHERE id = $1")
                    .bind(id)
                    .execute(pool)
                    .await
                    .map(drop)
            })?;
            Ok(())
        };
        within(VISIT, visit).await
    }

    /// apalis keeps jobs that are done, and workers that are gone, until somebody takes them away. It tells their signs of life from the
    /// system's or the database's clock, and so they are read.
    async fn sweep_jobs(&self) -> Result<(), KeepError> {
        match &self.0.pool {
            Pool::Sqlite(pool) => {
                let done = "DELETE FROM Jobs WHERE job_type = $1 AND (status IN ('Done', 'Killed') \
                     OR (status = 'Failed' AND attempts >= max_attempts))";
                sqlx::query(done).bind(QUEUE).execute(pool).await?;
                let gone = "DELETE FROM Workers WHERE worker_type = $1 \
                     AND last_seen < CAST(strftime('%s', 'now') AS INTEGER) - $2 \
                     AND NOT EXISTS (SELECT 1 FROM Jobs WHERE lock_by = Workers.id)";
                sqlx::query(gone)
                    .bind(QUEUE)
                    .bind(FORGET_WORKERS_S)
                    .execute(pool)
                    .await?;
            }
            Pool::Postgres(pool) => {
                let done = "DELETE FROM apalis.jobs WHERE job_type = $1 AND (status IN ('Done', 'Killed') \
                     OR (status = 'Failed' AND attempts >= max_attempts))";
                sqlx::query(done).bind(QUEUE).execute(pool).await?;
                let gone = "DELETE FROM apalis.workers WHERE worker_type = $1 \
                     AND last_seen < NOW() - make_interval(secs => $2::bigint::double precision) \
                     AND NOT EXISTS (SELECT 1 FROM apalis.jobs WHERE lock_by = workers.id)";
                sqlx::query(gone)
                    .bind(QUEUE)
                    .bind(FORGET_WORKERS_S)
                    .execute(pool)
                    .await?;
            }
        }
        Ok(())
    }
}
