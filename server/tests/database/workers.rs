//! What becomes of slices when their worker dies or is stopped.

use std::time::{Duration, Instant};

use lungsight_app::analysis::{Analysis, SliceResult};

use crate::Place;
use crate::asking::{begun, many_slices, seen};
use crate::common::{FakeEngine, Gate, get, parsed};
use crate::servers::{Server, config, until};

pub async fn slices_of_a_dead_worker_are_done_by_another(place: &Place) {
    let gate = Gate::default();
    let stuck = FakeEngine {
        gate: Some(gate.clone()),
        ..FakeEngine::default()
    };
    let mut first = Server::with_network(place, &stuck).await;
    let front = Server::without_network(place).await;
    let at = begun(&front, many_slices(12)).await;
    let has_begun = async || seen(&stuck) > 0;
    until("the first worker has slices", has_begun).await;

    first.kill_worker();
    let engine = FakeEngine::default();
    let second = Server::with_network(place, &engine).await;
    let finished = second.finished(&at).await;
    // What the dead one answers now is for nobody.
    gate.open();
    assert!(
        finished
            .slices
            .iter()
            .all(|slice| matches!(slice, SliceResult::Read(_))),
        "{finished:?}"
    );
    assert_eq!(seen(&engine), 12, "each once");
    assert_eq!(front.finished(&at).await, finished);
}

pub async fn a_worker_that_is_stopped_finishes_what_it_has(place: &Place) {
    let gate = Gate::default();
    let engine = FakeEngine {
        gate: Some(gate.clone()),
        ..FakeEngine::default()
    };
    // Nobody is taken for dead while this takes, however busy the machine.
    let patient = || {
        let mut config = config(place);
        config.database.worker_timeout = Duration::from_secs(60).into();
        config
    };
    let mut only = Server::with(patient(), &engine).await;
    let at = begun(&only, many_slices(40)).await;
    let has_begun = async || seen(&engine) > 0;
    until("it has slices", has_begun).await;
    let stopping = tokio::spawn(only.worker.take().expect("a worker").stop());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!stopping.is_finished(), "slices are at hand");
    gate.open();
    stopping.await.expect("no panic");
    let analysis: Analysis = parsed(&get(&only.router, &at).await);
    let done = |slice: &&SliceResult| matches!(slice, SliceResult::Read(_));
    let done = analysis.slices.iter().filter(done).count();
    assert_eq!(done, seen(&engine), "what was seen was written");
    assert!(done > 0 && done < 40, "{done} of 40");

    // What it has not begun is another's, at once.
    let next = Server::with(patient(), &FakeEngine::default()).await;
    let began = Instant::now();
    next.finished(&at).await;
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
}

pub async fn no_result_is_made_of_two_networks(place: &Place) {
    let front = Server::without_network(place).await;
    let other = FakeEngine {
        is_another: true,
        ..FakeEngine::default()
    };
    let stranger = Server::with_network(place, &other).await;
    let at = begun(&front, many_slices(3)).await;
    let finished = stranger.finished(&at).await;
    let is_refused = |slice: &SliceResult| matches!(slice, SliceResult::Failed(failed) if failed.error.contains("other weights"));
    assert!(finished.slices.iter().all(is_refused), "{finished:?}");
    assert!(finished.patient.is_none());
    // What is begun for its own weights it does.
    let own = stranger
        .finished(&begun(&stranger, many_slices(2)).await)
        .await;
    let is_read = |slice: &SliceResult| matches!(slice, SliceResult::Read(_));
    assert!(own.slices.iter().all(is_read), "{own:?}");
    assert_eq!(own.model, "fake-2 1111");
}
