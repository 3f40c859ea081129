//! SIGTERM under load, sent to the binary with the real weights.
#![cfg(unix)]

mod common;

use std::thread;
use std::time::{Duration, Instant};

use common::served::Served;
use common::{ANALYSES, Form, slice_png};
use lungsight_app::analysis::{Analysis, SliceResult};

/// On a busy machine; a quiet one takes a tenth of it.
const LONGEST: Duration = Duration::from_secs(120);

fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < LONGEST, "too long until {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// 0 where it is not told.
fn figure(metrics: &str, name: &str) -> f64 {
    let mut lines = metrics.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.and_then(|value| value.parse().ok()).unwrap_or(0.0)
}

fn slices(count: u64) -> Form {
    (0..count).fold(Form::default(), |form, seed| {
        form.slice("a.png", &slice_png(seed))
    })
}

fn assert_whole(analysis: &Analysis, count: usize) {
    assert!(analysis.finished && analysis.slices.len() == count);
    let is_read = |slice| matches!(slice, &SliceResult::Read(_));
    assert!(analysis.slices.iter().all(is_read), "{analysis:?}");
}

/// The analysis that the last of an analysis's events holds.
fn at_the_end(events: &str) -> Analysis {
    let last = events.split("event: end").nth(1).expect("the last event");
    let (start, end) = (last.find('{'), last.rfind('}'));
    let json = start.zip(end).map(|(start, end)| &last[start..=end]);
    let json = json.unwrap_or_else(|| panic!("{last}"));
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

#[test]
fn sigterm_under_load_turns_readiness_off_drains_the_queue_and_ends_with_0() {
    let arguments = ["--stop-within=2m", "--queue-slices=400"];
    // On one core, so that slices come faster than the network takes them.
    let mut served = Served::start_alone(&arguments, &[("RAYON_NUM_THREADS", "1")]);
    let server = &served;
    let is_ready = || {
        let reply = server.try_get("/health/ready");
        reply.is_some_and(|reply| reply.status == 200)
    };
    thread::scope(|scope| {
        let begun = server.begin(slices(60));
        let events = scope.spawn(move || server.get(&format!("{begun}/events")));
        let waiting: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| server.post(ANALYSES, slices(40))))
            .collect();
        until("all are let in and slices wait", || {
            let metrics = server.get("/metrics").text();
            let prepared = "lungsight_stage_seconds_count{stage=\"prepare\"}";
            figure(&metrics, prepared) >= 180.0 && figure(&metrics, "lungsight_queue_slices") > 20.0
        });

        server.terminate();
        until("readiness is off", || !is_ready());
        let metrics = server.get("/metrics").text();
        assert!(metrics.contains("\nlungsight_ready 0\n"), "{metrics}");
        let refused = server.post(ANALYSES, slices(1));
        assert_eq!(refused.status, 503, "{}", refused.text());
        assert_eq!(refused.header("retry-after"), "5");
        let ready = server.get("/health/ready");
        assert_eq!(ready.status, 503, "it still answers");
        assert_eq!(server.get("/health/live").status, 200);

        for answer in waiting {
            let answer = answer.join().expect("answered");
            assert_eq!(answer.status, 201, "{}", answer.text());
            assert_whole(&answer.analysis(), 40);
        }
        let events = events.join().expect("answered");
        assert_eq!(events.status, 200);
        assert_whole(&at_the_end(&events.text()), 60);
    });
    let ended = served.end();
    let log = served.log();
    assert_eq!(ended.code(), Some(0), "{log}");
    assert!(!log.contains("with requests in progress"), "{log}");
}
