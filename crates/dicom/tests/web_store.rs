//! Files handed over, and what servers say of them.

#[path = "common/canned.rs"]
mod canned;

use std::time::Duration;

use canned::{answer, client, client_within, json, limits, serve, serve_after};
use lungsight_dicom::web::{Failure, Query, Stored, WebError, WebLimits};

#[tokio::test]
async fn stored_files_are_counted_and_failures_named() {
    let says = r#"{"00081199": {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": ["1.1"]}}]},
        "00081198": {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": ["1.2"]}, "00081197": {"vr": "US", "Value": [42752]}}]}}"#;
    let (address, asked) = serve(vec![answer(
        "202 Accepted",
        "application/dicom+json",
        says.as_bytes(),
    )])
    .await;
    let stored = client(&address)
        .store([b"one".to_vec(), b"two".to_vec(), b"three".to_vec()])
        .await
        .expect("it answers");
    let failure = Failure {
        sop_instance_uid: "1.2".into(),
        reason: Some(0xa700),
    };
    assert_eq!(failure.words(), "the server is out of room");
    assert_eq!(
        stored,
        Stored {
            stored: 1,
            failed: vec![failure],
            unconfirmed: 1
        }
    );
    let asked = String::from_utf8(asked.await.expect("served").remove(0)).expect("it is text");
    assert!(asked.starts_with("POST /dicom-web/studies HTTP"), "{asked}");
    let (head, body) = asked.split_once("\r\n\r\n").expect("there is a body");
    let boundary = head
        .split("boundary=")
        .nth(1)
        .and_then(|rest| rest.lines().next())
        .expect("it is named");
    let part =
        |file: &str| format!("--{boundary}\r\nContent-Type: application/dicom\r\n\r\n{file}\r\n");
    let parts = ["one", "two", "three"].map(part).concat();
    assert_eq!(body, format!("{parts}--{boundary}--\r\n"));
}

#[tokio::test]
async fn files_are_sent_in_batches() {
    let says = |uid: &str| {
        json(&format!(
            r#"{{"00081199": {{"Value": [{{"00081155": {{"Value": ["{uid}"]}}}}]}}}}"#
        ))
    };
    let (address, asked) = serve(vec![says("1.1"), says("1.2"), says("1.3")]).await;
    let sizes = [20 << 20, 20 << 20, 40 << 20];
    let stored = client(&address)
        .store(sizes.map(|size| vec![7; size]))
        .await;
    assert_eq!(
        stored,
        Ok(Stored {
            stored: 3,
            failed: Vec::new(),
            unconfirmed: 0
        })
    );
    for (request, size) in asked.await.expect("served").iter().zip(sizes) {
        assert!(
            request.len() > size && request.len() < size + 2000,
            "each went alone"
        );
    }
}

#[tokio::test]
async fn a_server_may_be_silent_while_it_stores_but_not_when_it_is_asked() {
    let limits = WebLimits {
        silence_deadline: Duration::from_millis(50),
        ..limits()
    };
    let says = json(r#"{"00081199": {"Value": [{"00081155": {"Value": ["1.1"]}}]}}"#);
    let (address, _) = serve_after(Duration::from_millis(300), vec![says; 2]).await;
    let client = client_within(&address, limits);
    let stored = client.store([b"one".to_vec()]).await;
    assert_eq!(stored.map(|stored| stored.stored), Ok(1));
    let asked = client.series(&Query::default()).await;
    assert_eq!(asked, Err(WebError::Deadline));
}

#[tokio::test]
async fn a_store_that_fails_as_a_whole_is_an_error() {
    for (status, kind, expected) in [
        (
            "409 Conflict",
            "text/html",
            WebError::Status { status: 409 },
        ),
        (
            "413 Payload Too Large",
            "text/html",
            WebError::Status { status: 413 },
        ),
        ("200 OK", "text/html", WebError::NotDicomJson),
        ("200 OK", "application/dicom+json", WebError::NotDicomJson),
    ] {
        let (address, _) = serve(vec![answer(status, kind, b"what?")]).await;
        assert_eq!(
            client(&address).store([b"one".to_vec()]).await,
            Err(expected)
        );
    }
    let says = r#"{"00081198": {"Value": [{"00081197": {"Value": [290]}}]}}"#;
    let (address, _) = serve(vec![answer(
        "409 Conflict",
        "application/dicom+json",
        says.as_bytes(),
    )])
    .await;
    let stored = client(&address)
        .store([b"one".to_vec()])
        .await
        .expect("it says why");
    assert_eq!(
        stored.failed,
        [Failure {
            sop_instance_uid: String::new(),
            reason: Some(0x122)
        }]
    );
    assert_eq!((stored.stored, stored.unconfirmed), (0, 0));
}
