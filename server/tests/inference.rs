//! The inference thread alone: batching, failing, panicking.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{FAIL, FakeEngine, Gate, PANIC, classification, flat_input as input, until};
use lungsight_server::config::QueueConfig;
use lungsight_server::engine::EngineError;
use lungsight_server::inference::{Inference, InferenceError, Loader, Readiness};

async fn start(queue: QueueConfig, load: Loader) -> Inference {
    let (inference, _) = Inference::start(&queue, load).expect("a thread");
    inference
        .watch()
        .wait_for(|now| matches!(now, Readiness::Ready(_)))
        .await
        .expect("ready");
    inference
}

/// An engine that is held by a gate with one slice, so that what follows gathers in the queue.
async fn held(queue_slices: usize, batch_slices: usize) -> (Inference, FakeEngine, Gate) {
    let gate = Gate::default();
    let engine = FakeEngine {
        gate: Some(gate.clone()),
        ..FakeEngine::default()
    };
    let inference = start(
        QueueConfig {
            queue_slices,
            batch_slices: Some(batch_slices),
        },
        engine.loader(),
    )
    .await;
    // An answer that nobody waits for would be skipped.
    let holder = inference.try_classify(input(2)).expect("a place");
    tokio::spawn(holder.wait());
    while engine
        .batches
        .lock()
        .expect("no panic while held")
        .is_empty()
    {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    engine.batches.lock().expect("no panic while held").clear();
    (inference, engine, gate)
}

#[tokio::test]
async fn what_waits_is_taken_in_batches_and_each_slice_gets_its_own_answer() {
    let (inference, engine, gate) = held(32, 4).await;
    let answers: Vec<_> = (0..10)
        .map(|n| inference.try_classify(input(n * 20)).expect("a place"))
        .collect();
    gate.open();
    for (number, answer) in answers.into_iter().enumerate() {
        let result = answer.wait().await.expect("a result");
        assert_eq!(
            result.logits,
            classification(&input(number as u8 * 20))
                .expect("no failure")
                .logits
        );
    }
    assert_eq!(
        *engine.batches.lock().expect("no panic while held"),
        [4, 4, 2]
    );
}

#[tokio::test]
async fn the_queue_is_bounded_and_those_who_left_are_skipped() {
    let (inference, engine, gate) = held(3, 8).await;
    let mut answers: Vec<_> = (0..3)
        .map(|n| inference.try_classify(input(n)).expect("a place"))
        .collect();
    assert!(matches!(
        inference.try_classify(input(9)),
        Err(InferenceError::QueueFull)
    ));
    assert!(matches!(
        inference.layers(input(9)).await,
        Err(InferenceError::QueueFull)
    ));
    drop(answers.remove(1));
    gate.open();
    for answer in answers {
        assert!(answer.wait().await.is_ok());
    }
    assert_eq!(*engine.batches.lock().expect("no panic while held"), [2]);
}

#[tokio::test]
async fn slices_do_not_wait_for_layers_that_were_asked_for_after_them() {
    let (inference, engine, gate) = held(8, 8).await;
    let first = inference.try_classify(input(10)).expect("a place");
    let layers = tokio::spawn({
        let inference = inference.clone();
        async move { inference.layers(input(20)).await }
    });
    until("the layers wait", || inference.queued() == 2).await;
    let second = inference.try_classify(input(30)).expect("a place");
    gate.open();
    assert!(first.wait().await.is_ok() && second.wait().await.is_ok());
    assert!(layers.await.expect("no panic").is_ok());
    assert_eq!(engine.batches(), [1, 1], "one before the layers, one after");
}

#[tokio::test]
async fn layers_leave_places_in_the_queue_to_slices() {
    let (inference, _, gate) = held(16, 8).await;
    let asked: Vec<_> = (0..16)
        .map(|n| {
            let inference = inference.clone();
            tokio::spawn(async move { inference.layers(input(n)).await })
        })
        .collect();
    let refused = || asked.iter().filter(|asked| asked.is_finished()).count();
    until("most are refused", || refused() == 12).await;
    let slice = inference.try_classify(input(1)).expect("a place");
    gate.open();
    assert!(slice.wait().await.is_ok());
    let mut drawn = 0;
    for asked in asked {
        match asked.await.expect("no panic") {
            Ok(_) => drawn += 1,
            Err(error) => assert_eq!(error, InferenceError::QueueFull),
        }
    }
    assert_eq!(drawn, 4);
    assert!(inference.layers(input(1)).await.is_ok());
}

#[tokio::test]
async fn one_slice_that_fails_does_not_spoil_its_batch() {
    let (inference, _, gate) = held(8, 8).await;
    let answers: Vec<_> = [10, FAIL, 30]
        .map(|n| inference.try_classify(input(n)).expect("a place"))
        .into();
    gate.open();
    let mut results = Vec::new();
    for answer in answers {
        results.push(answer.wait().await.map(|result| result.predicted));
    }
    assert!(results[0].is_ok() && results[2].is_ok());
    assert_eq!(results[1], Err(InferenceError::Failed));
}

#[tokio::test]
async fn a_panic_costs_one_slice_and_the_network_is_loaded_again() {
    let loads = Arc::new(AtomicUsize::new(0));
    let (counter, engine) = (loads.clone(), FakeEngine::default());
    let load: Loader = Box::new(move || {
        counter.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(engine.clone()))
    });
    let inference = start(QueueConfig::default(), load).await;
    let panicked = inference
        .try_classify(input(PANIC))
        .expect("a place")
        .wait()
        .await;
    assert_eq!(
        panicked.map(|result| result.predicted),
        Err(InferenceError::Failed)
    );
    until("it is loaded again", || loads.load(Ordering::SeqCst) == 2).await;
    let answer = inference.classify(input(10)).await.expect("a place");
    assert!(answer.wait().await.is_ok());
    assert_eq!(loads.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn neighbours_of_a_panic_are_still_answered() {
    let (inference, _, gate) = held(8, 8).await;
    let answers: Vec<_> = [10, PANIC, 30]
        .map(|n| inference.try_classify(input(n)).expect("a place"))
        .into();
    gate.open();
    let mut results = Vec::new();
    for answer in answers {
        results.push(answer.wait().await.is_ok());
    }
    assert_eq!(results, [true, false, true]);
}

#[tokio::test]
async fn layers_that_waited_behind_a_batch_in_which_the_network_was_lost_are_still_drawn() {
    let (inference, _, gate) = held(8, 8).await;
    let panics = inference.try_classify(input(PANIC)).expect("a place");
    let layers = tokio::spawn({
        let inference = inference.clone();
        async move { inference.layers(input(20)).await }
    });
    until("the layers wait", || inference.queued() == 2).await;
    gate.open();
    assert!(panics.wait().await.is_err());
    assert!(layers.await.expect("no panic of the test").is_ok());
}

#[tokio::test]
async fn a_network_that_cannot_be_loaded_again_fails_clearly() {
    let (mut first, engine) = (true, FakeEngine::default());
    let load: Loader = Box::new(move || {
        if std::mem::take(&mut first) {
            Ok(Box::new(engine.clone()))
        } else {
            Err(EngineError("device lost".to_owned()))
        }
    });
    let inference = start(QueueConfig::default(), load).await;
    let lost = inference
        .try_classify(input(PANIC))
        .expect("a place")
        .wait()
        .await;
    assert!(lost.is_err());
    let failed = Readiness::Failed("device lost".to_owned());
    inference
        .watch()
        .wait_for(|now| *now == failed)
        .await
        .expect("the channel holds the last state");
    assert!(matches!(
        inference.try_classify(input(1)),
        Err(InferenceError::Stopped)
    ));
}
