//! Results in a database: kept through restarts, shared between servers, and lost by none of what may happen to either.
//!
//! [`scenarios`] run on both engines, in this process, over a network that needs no weights; [`processes`] run the binary
//! with the weights of the repository; [`full`] fills a disk. PostgreSQL is started by the tests: see [`cluster`].

#[path = "../common/mod.rs"]
mod common;

mod cluster;
mod full;
mod processes;
mod scenarios;
mod served;
mod servers;

use std::path::Path;

/// A database of a test's own, gone with it.
pub enum Place {
    Sqlite(tempfile::TempDir),
    Postgres(cluster::Cluster),
}

impl Place {
    pub fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().expect("a folder"))
    }

    pub fn postgres() -> Self {
        Self::Postgres(cluster::Cluster::start())
    }

    /// What `--database` takes.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => sqlite_url(folder.path()),
            Self::Postgres(cluster) => cluster.url(),
        }
    }
}

pub fn sqlite_url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("kept.sqlite").display())
}

/// Every scenario on every engine.
macro_rules! on_both_engines {
    ($($scenario:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $scenario() {
                    crate::scenarios::$scenario(&crate::Place::sqlite()).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $scenario() {
                    crate::scenarios::$scenario(&crate::Place::postgres()).await;
                }
            )+
        }
    };
}

on_both_engines!(
    another_server_tells_all_that_was_done_by_one,
    an_upload_is_begun_once_by_any_server,
    slices_of_a_dead_worker_are_done_by_another,
    a_worker_that_is_stopped_finishes_what_it_has,
    what_has_expired_or_is_too_much_is_forgotten,
    a_full_queue_turns_requests_away_and_keeps_uploads,
    whoever_stops_waiting_takes_the_slices_along,
    what_was_left_out_of_a_series_is_told_at_its_end,
    figures_are_those_of_all_servers,
    a_network_that_fails_is_told_as_in_memory,
);
