//! The time that rows are told from: PostgreSQL's for all its servers, whatever their own clocks say; with SQLite this process's,
//! which no change of the system's time sets back or on while it runs. It stands still while the machine sleeps, as that of
//! results in memory does. Servers that disagree, or a clock that is set, would have everything expire at once, or keep what is new
//! from being the newest.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::{Database, KeepError, Pool, milliseconds};

/// The database's own clock, in milliseconds since 1970.
const POSTGRES: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/// The newest row: what comes now is newer, also where the clock was set back since.
const SQLITE: &str = "SELECT COALESCE(MAX(since), 0) FROM lungsight_kept";

/// Milliseconds since 1970, from a time that was read once.
pub(super) struct Clock {
    began: Instant,
    at_begin: AtomicI64,
}

impl Clock {
    /// By this machine, until [`Database::set_clock`].
    pub fn new() -> Self {
        Self {
            began: Instant::now(),
            at_begin: AtomicI64::new(system()),
        }
    }

    pub fn now(&self) -> i64 {
        let at_begin = self.at_begin.load(Ordering::Relaxed);
        at_begin.saturating_add(milliseconds(self.began.elapsed()))
    }

    fn set(&self, now: i64) {
        let elapsed = milliseconds(self.began.elapsed());
        self.at_begin
            .store(now.saturating_sub(elapsed), Ordering::Relaxed);
    }
}

impl Database {
    /// Milliseconds since 1970.
    pub(super) fn now(&self) -> i64 {
        self.0.clock.now()
    }

    /// What is older than this has expired; milliseconds since 1970.
    pub(super) fn expired(&self) -> i64 {
        let keep_for = milliseconds(self.0.limits.keep_for);
        self.now().saturating_sub(keep_for)
    }

    /// Once at the beginning; by PostgreSQL's clock again at each sweep, whatever becomes of it.
    pub(super) async fn set_clock(&self) -> Result<(), KeepError> {
        let now = match &self.0.pool {
            Pool::Postgres(pool) => sqlx::query_scalar(POSTGRES).fetch_one(pool).await?,
            Pool::Sqlite(pool) => {
                let newest: i64 = sqlx::query_scalar(SQLITE).fetch_one(pool).await?;
                self.now().max(newest.saturating_add(1))
            }
        };
        self.0.clock.set(now);
        Ok(())
    }
}

fn system() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, milliseconds)
}
