//! Results in a database: kept through restarts, shared between servers, and lost by none of what may happen to either.
//!
//! [`telling`], [`queueing`], [`workers`], [`forgetting`] and [`figures`] run on both engines, in this process, over a
//! network that needs no weights; [`processes`] run the binary with the weights of the repository; [`full`] fills a disk.
//! PostgreSQL is started by the tests: see [`cluster`].

#[path = "../common/mod.rs"]
mod common;

mod asking;
mod cluster;
mod figures;
mod forgetting;
mod full;
mod processes;
mod queueing;
mod servers;
mod telling;
mod workers;

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
    ($($about:ident::$scenario:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $scenario() {
                    crate::$about::$scenario(&crate::Place::sqlite()).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $scenario() {
                    crate::$about::$scenario(&crate::Place::postgres()).await;
                }
            )+
        }
    };
}

on_both_engines!(
    telling::another_server_tells_all_that_was_done_by_one,
    queueing::an_upload_is_begun_once_by_any_server,
    workers::slices_of_a_dead_worker_are_done_by_another,
    workers::a_worker_that_is_stopped_finishes_what_it_has,
    workers::no_result_is_made_of_two_networks,
    forgetting::what_has_expired_or_is_too_much_is_forgotten,
    forgetting::what_is_not_finished_is_kept_however_many_there_are,
    queueing::a_full_queue_turns_requests_away_and_keeps_uploads,
    queueing::requests_at_the_same_time_do_not_share_a_place,
    queueing::layers_of_few_slices_are_asked_for_at_a_time,
    queueing::whoever_stops_waiting_takes_the_slices_along,
    telling::what_was_left_out_of_a_series_is_told_at_its_end,
    figures::servers_with_a_network_are_counted_while_they_give_signs_of_life,
    figures::figures_are_those_of_all_servers,
    telling::a_network_that_fails_is_told_as_in_memory,
);
