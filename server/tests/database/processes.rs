//! Real processes: stopped, killed, left without their database.

use std::time::{Duration, Instant};

use lungsight_app::analysis::{Analysis, Layers, SliceResult};

use crate::cluster::{Cluster, PASSWORD};
use crate::common::served::{Reply, Served};
use crate::common::{ANALYSES, Form, slice_png};
use crate::{Place, sqlite_url};

fn slices(count: u64) -> Form {
    (0..count).fold(Form::default(), |form, number| {
        let name = format!("Erika-Mustermann-{number}.png");
        form.slice(&name, &slice_png(number))
    })
}

/// All that is told of the first slice, and of the whole.
const PARTS: [&str; 9] = [
    "",
    "/results.csv",
    "/slices/0/slice.png",
    "/slices/0/mask.png",
    "/slices/0/heatmap.png",
    "/slices/0/heatmap.png?class=pneumonia",
    "/slices/0/region?x=60&y=100&width=60&height=60",
    "/slices/0/region.png?x=60&y=100&width=60&height=60",
    "/slices/0/layers",
];

/// And the first of the feature maps.
fn parts(server: &Served, at: &str) -> Vec<Reply> {
    let get = |path: &str| {
        let reply = server.get(path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply
    };
    let mut parts: Vec<Reply> = PARTS
        .iter()
        .map(|part| get(&format!("{at}{part}")))
        .collect();
    let layers: Layers = serde_json::from_slice(&parts[8].body).expect("layers");
    parts.push(get(&layers.layers[0].picture));
    parts
}

fn assert_same(one: &[Reply], other: &[Reply]) {
    let parts = PARTS.into_iter().chain(["the first of the layers"]);
    for ((one, other), part) in one.iter().zip(other).zip(parts) {
        assert!(one.body == other.body, "{part} differs");
    }
}

fn seen(analysis: &Analysis) -> usize {
    let read = |slice: &&SliceResult| matches!(slice, SliceResult::Read(_));
    analysis.slices.iter().filter(read).count()
}

fn all_read(analysis: &Analysis) -> bool {
    analysis.finished && seen(analysis) == analysis.slices.len()
}

/// Holds a server that works on an analysis at once, lets it go on bit by bit until it has told a slice, and holds it there: how
/// far it has come, as another tells.
fn held_in_the_middle(server: &Served, front: &Served, at: &str) -> Analysis {
    let began = Instant::now();
    loop {
        server.pause();
        let analysis = front.get(at).analysis();
        let (seen, all) = (seen(&analysis), analysis.slices.len());
        assert!(seen < all, "{seen} of {all} before it was held");
        if seen > 0 {
            return analysis;
        }
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "{}",
            server.log()
        );
        server.resume();
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn results_in_sqlite_survive_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = sqlite_url(folder.path());
    let mut server = Served::start(&url, &[]);
    let made = server.post(ANALYSES, slices(2).text("grouping", "patient"));
    assert_eq!(made.status, 201, "{}", made.text());
    let at = made.header("location").to_owned();
    let before = parts(&server, &at);
    let upload = server.post("/api/v1/uploads", slices(1));
    let upload: lungsight_app::analysis::Upload =
        serde_json::from_slice(&upload.body).expect("an upload");
    server.stop();

    let mut server = Served::start(&url, &[]);
    assert_same(&before, &parts(&server, &at));
    let report = server.get(&format!("{at}/report.docx"));
    assert!(report.body.starts_with(b"PK"));
    let begun = server.post(
        &format!("/api/v1/uploads/{}/analysis", upload.id),
        Form::default(),
    );
    assert_eq!(begun.status, 202, "{}", begun.text());
    server.analysis_once(begun.header("location"), all_read);

    #[cfg(unix)]
    for file in std::fs::read_dir(folder.path())
        .expect("a folder")
        .flatten()
    {
        let rights = file.metadata().expect("a file").permissions();
        let mode = std::os::unix::fs::PermissionsExt::mode(&rights);
        assert_eq!(
            mode & 0o077,
            0,
            "{:?} is for its owner alone",
            file.file_name()
        );
    }

    // Not even killed does it lose what it has told.
    server.kill();
    let server = Served::start(&url, &[]);
    assert_same(&before, &parts(&server, &at));
}

#[test]
fn slices_at_hand_when_it_was_killed_are_done_after_the_next_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = sqlite_url(folder.path());
    let mut server = Served::start(&url, &["--batch-slices", "2"]);
    // Tells how far the other has come, and computes nothing.
    let mut front = Served::start(&url, &["--device", "none"]);
    let at = front.begin(slices(30));
    held_in_the_middle(&server, &front, &at);
    server.kill();
    front.kill();
    let server = Served::start(&url, &[]);
    let analysis = server.analysis_once(&at, |analysis| analysis.finished);
    assert!(all_read(&analysis), "{analysis:?}");
}

#[test]
fn servers_share_results_and_work_and_one_that_is_killed_is_missed_by_nobody() {
    let cluster = Place::postgres();
    let url = cluster.url();
    let front = Served::start(&url, &["--device", "none"]);
    let made = front.begin(slices(1));
    let waits = front.get(&made).analysis();
    assert!(!waits.finished, "nobody computes yet");

    let mut first = Served::start(&url, &["--batch-slices", "2"]);
    front.analysis_once(&made, all_read);
    let at = front.begin(slices(40));
    let partly = held_in_the_middle(&first, &front, &at);
    first.kill();
    let second = Served::start(&url, &[]);
    let analysis = front.analysis_once(&at, |analysis| analysis.finished);
    assert!(all_read(&analysis), "{analysis:?}");
    // What the first had told stands.
    for (before, after) in partly.slices.iter().zip(&analysis.slices) {
        if matches!(before, SliceResult::Read(_)) {
            assert_eq!(before, after);
        }
    }
    let stream = second.get(&format!("{at}/events")).text();
    for number in 0..40 {
        let told = stream.matches(&format!("{{\"number\":{number},")).count();
        assert_eq!(told, 1, "slice {number}");
    }
    // Feature maps too, which the front end has drawn by the other.
    assert_same(&parts(&front, &at), &parts(&second, &at));

    // Neither names nor ids nor the password are anywhere they do not belong.
    let id = at.rsplit('/').next().expect("an id");
    for server in [&front, &first, &second] {
        let log = server.log();
        assert!(log.contains("lungsight_server"), "something was logged");
        for secret in ["Mustermann", id, PASSWORD] {
            let line = log.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret}");
        }
    }
    for server in [&front, &second] {
        let health = server.get("/health/ready").text();
        assert!(
            health.contains("postgres") && !health.contains(PASSWORD),
            "{health}"
        );
    }
}

#[test]
fn a_database_that_is_away_is_missed_clearly_and_found_again() {
    let mut cluster = Cluster::start();
    let url = cluster.url();
    let server = Served::start(&url, &["--database-wait", "1s", "--batch-slices", "2"]);
    let made = server.post(ANALYSES, slices(1));
    let kept = made.header("location").to_owned();
    let picture = format!("{kept}/slices/0/heatmap.png");
    let before = server.get(&picture);
    let at = server.begin(slices(30));
    cluster.stop();

    for path in [
        kept.as_str(),
        &picture,
        &format!("{kept}/report.docx"),
        &format!("{kept}/events"),
    ] {
        let away = server.get(path);
        assert_eq!(away.status, 503, "{path}: {}", away.text());
        assert_eq!(away.header("retry-after"), "5", "{path}");
    }
    let id = kept.rsplit('/').next().expect("an id");
    let page = server.get(&format!("/diagnosis/{id}"));
    assert_eq!(page.status, 503);
    assert!(page.text().contains("does not answer"), "{}", page.text());
    assert_eq!(server.post(ANALYSES, slices(1)).status, 503);
    assert_eq!(server.post("/api/v1/uploads", slices(1)).status, 503);
    let health = server.get("/health/ready");
    assert_eq!(health.status, 503);
    assert!(
        health.text().contains("the database does not answer"),
        "{}",
        health.text()
    );
    assert_eq!(server.get("/health/live").status, 200);

    cluster.resume();
    let began = Instant::now();
    while server.get("/health/ready").status != 200 {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "{}",
            server.log()
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(server.get(&picture).body == before.body);
    let analysis = server.analysis_once(&at, |analysis| analysis.finished);
    assert!(all_read(&analysis), "{analysis:?}");
}

#[test]
fn a_database_that_cannot_be_used_is_refused_with_the_reason() {
    let nobody = format!("postgres://me:{PASSWORD}@127.0.0.1:9/name");
    let wrong = {
        let cluster = Cluster::start();
        let url = cluster.url().replace(PASSWORD, "another-word");
        assert_refused(&url, "password authentication failed");
        cluster.url()
    };
    for (url, reason) in [
        (nobody.as_str(), "cannot be reached"),
        // The socket's folder is gone.
        (wrong.as_str(), "cannot be reached"),
        ("sqlite:///no/such/folder/kept.sqlite", "cannot be reached"),
        ("sqlite::memory:", "need a file"),
        ("mysql://me:secret@host/name", "expected sqlite://FILE"),
        ("nonsense", "expected sqlite://FILE"),
    ] {
        assert_refused(url, reason);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kept.sqlite");
    std::fs::write(
        &file,
        "this is no database, whatever its name says".repeat(100),
    )
    .expect("written");
    assert_refused(&sqlite_url(folder.path()), "cannot be reached");
}

#[test]
fn the_help_does_not_show_the_password() {
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_lungsight"))
        .args(["serve", "--help"])
        .env(
            "LUNGSIGHT_DATABASE",
            format!("postgres://me:{PASSWORD}@host/name"),
        )
        .output()
        .expect("the binary starts");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    assert!(help.contains("LUNGSIGHT_DATABASE"), "{help}");
    assert!(!help.contains(PASSWORD), "{help}");
}

fn assert_refused(url: &str, reason: &str) {
    let mut server = Served::launch(url, &["--database-wait", "3s"]);
    let status = server.end();
    let log = server.log();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("the database cannot be used"), "{log}");
    assert!(log.contains(reason), "{reason}: {log}");
    for secret in [PASSWORD, "another-word", "secret@"] {
        assert!(!log.contains(secret), "{log}");
    }
}
