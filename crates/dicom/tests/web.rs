//! The client against servers that say what a test wants.

use std::time::Duration;

use lungsight_dicom::web::{
    Client, Credentials, Failure, FoundSeries, Instances, Query, Stored, WebError, WebLimits,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Answers one connection after the other, each with one of `answers`, and gives what was asked.
async fn serve(answers: Vec<Vec<u8>>) -> (String, JoinHandle<Vec<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    let asked = tokio::spawn(async move {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.expect("a client comes");
            asked.push(request(&mut stream).await);
            // The client may have heard enough before the end.
            let _ = stream.write_all(&answer).await;
        }
        asked
    });
    (format!("http://127.0.0.1:{port}/dicom-web"), asked)
}

/// Head and body of a request.
async fn request(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut piece = [0; 65536];
    loop {
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .map(|at| at + 4);
        if end.is_some_and(|end| bytes.len() >= end + content_length(&bytes[..end])) {
            return bytes;
        }
        let read = stream.read(&mut piece).await.expect("the client sends");
        assert!(read > 0, "the request is whole");
        bytes.extend_from_slice(&piece[..read]);
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let line = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    line.map_or(0, |length| length.trim().parse().expect("a number"))
}

fn answer(status: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn json(body: &str) -> Vec<u8> {
    answer("200 OK", "application/dicom+json", body.as_bytes())
}

fn files<F: AsRef<[u8]>>(files: &[F]) -> Vec<u8> {
    let mut body = Vec::new();
    for file in files {
        body.extend_from_slice(b"\r\n--cut\r\nContent-Type: application/dicom\r\n\r\n");
        body.extend_from_slice(file.as_ref());
    }
    body.extend_from_slice(b"\r\n--cut--");
    answer(
        "200 OK",
        r#"multipart/related; type="application/dicom"; boundary=cut"#,
        &body,
    )
}

fn limits() -> WebLimits {
    WebLimits {
        max_answer_bytes: 4096,
        max_instances: 3,
        max_instance_bytes: 1000,
        max_series_bytes: 2000,
        ..WebLimits::default()
    }
}

fn client(address: &str) -> Client {
    let credentials = Credentials {
        user: "reader".into(),
        password: "geheim".into(),
    };
    Client::new(address, Some(credentials), limits()).expect("the address is good")
}

async fn search(answer: Vec<u8>) -> Result<Vec<FoundSeries>, WebError> {
    let (address, _) = serve(vec![answer]).await;
    client(&address).series(&Query::default()).await
}

async fn all(mut instances: Instances) -> Result<Vec<Vec<u8>>, WebError> {
    let mut all = Vec::new();
    while let Some(instance) = instances.next().await? {
        all.push(instance);
    }
    Ok(all)
}

async fn fetch(answer: Vec<u8>) -> Result<Vec<Vec<u8>>, WebError> {
    let (address, _) = serve(vec![answer]).await;
    all(client(&address).fetch("1.2", "1.2.3").await?).await
}

const FOUND: &str = r#"[
    {"0020000D": {"vr": "UI", "Value": ["1.2"]}, "0020000E": {"vr": "UI", "Value": ["1.2.3"]},
     "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Doe^Jane"}]}, "00080060": {"vr": "CS", "Value": ["CT"]},
     "00201209": {"vr": "IS", "Value": [150]}, "00080020": {"vr": "DA", "Value": ["20261126"]}},
    {"0020000D": {"vr": "UI", "Value": ["../../etc"]}, "0020000E": {"vr": "UI", "Value": ["1.2.4"]}}]"#;

#[tokio::test]
async fn a_search_names_its_fields_and_reads_the_answer() {
    let (address, asked) = serve(vec![json(FOUND)]).await;
    let query = Query {
        patient_name: "D&e*".into(),
        study_date: "20261101-20261130".into(),
        offset: 20,
        ..Query::default()
    };
    let found = client(&address).series(&query).await.expect("it answers");
    let [series] = &found[..] else {
        panic!("what has no UIDs is left out");
    };
    assert_eq!(
        (
            series.study_instance_uid.as_str(),
            series.series_instance_uid.as_str()
        ),
        ("1.2", "1.2.3")
    );
    assert_eq!(
        (series.patient_name.as_str(), series.modality.as_str()),
        ("Doe^Jane", "CT")
    );
    assert_eq!(
        (
            series.study_date.as_str(),
            series.instances,
            series.series_number
        ),
        ("20261126", Some(150), None)
    );
    assert_eq!(format!("{series:?} {query:?}"), "FoundSeries(..) Query(..)");
    let asked = String::from_utf8(asked.await.expect("served").remove(0)).expect("a head is text");
    assert!(
        asked.starts_with(
            "GET /dicom-web/series?Modality=CT&PatientName=D%26e*&StudyDate=20261101-20261130&"
        ),
        "{asked}"
    );
    for part in [
        "includefield=00100010",
        "includefield=00201209",
        "limit=500",
        "offset=20",
    ] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
    // reader:geheim
    assert!(
        asked
            .to_lowercase()
            .contains("authorization: basic cmvhzgvyomdlagvpbq=="),
        "{asked}"
    );
    assert!(asked.contains("application/dicom+json"), "{asked}");
}

#[tokio::test]
async fn a_search_in_a_study_is_below_it() {
    let (address, asked) = serve(vec![answer("204 No Content", "text/plain", b"")]).await;
    let query = Query {
        study: "1.2".into(),
        modality: String::new(),
        ..Query::default()
    };
    assert_eq!(client(&address).series(&query).await, Ok(Vec::new()));
    let asked = String::from_utf8(asked.await.expect("served").remove(0)).expect("a head is text");
    assert!(
        asked.starts_with("GET /dicom-web/studies/1.2/series?includefield="),
        "{asked}"
    );
}

#[tokio::test]
async fn answers_that_are_no_answers_are_told_apart() {
    assert_eq!(
        search(answer("404 Not Found", "text/html", b"")).await,
        Err(WebError::Status { status: 404 })
    );
    assert_eq!(
        search(answer("401 Unauthorized", "text/html", b"")).await,
        Err(WebError::Status { status: 401 })
    );
    assert_eq!(
        search(answer("200 OK", "text/html", FOUND.as_bytes())).await,
        Err(WebError::NotDicomJson)
    );
    assert_eq!(
        search(json(&FOUND[..40])).await,
        Err(WebError::NotDicomJson)
    );
    assert_eq!(search(json("{}")).await, Err(WebError::NotDicomJson));
    assert_eq!(
        search(json(&" ".repeat(4097))).await,
        Err(WebError::TooLarge { max_bytes: 4096 })
    );
    let mut short = json(FOUND);
    short.truncate(short.len() - 20);
    assert_eq!(search(short).await, Err(WebError::BrokenOff));
    assert_eq!(
        search(json(&format!("{}{}", "[".repeat(2000), "]".repeat(2000)))).await,
        Err(WebError::NotDicomJson)
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (elsewhere, asked) = serve(vec![json(FOUND)]).await;
    let moved = format!(
        "HTTP/1.1 302 Found\r\nLocation: {elsewhere}/series\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(
        search(moved.into_bytes()).await,
        Err(WebError::Status { status: 302 })
    );
    assert!(!asked.is_finished());
    asked.abort();
}

#[tokio::test]
async fn nobody_and_silence_have_names() {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let address = format!("http://{}/", listener.local_addr().expect("it listens"));
    let patience = Duration::from_millis(200);
    let short = WebLimits {
        silence_deadline: patience,
        ..limits()
    };
    let silent = Client::new(&address, None, short).expect("the address is good");
    assert_eq!(
        silent.series(&Query::default()).await,
        Err(WebError::Deadline)
    );
    let short = WebLimits {
        answer_deadline: patience,
        fetch_deadline: patience,
        ..limits()
    };
    let slow = Client::new(&address, None, short).expect("the address is good");
    assert_eq!(
        slow.series(&Query::default()).await,
        Err(WebError::Deadline)
    );
    assert_eq!(
        slow.fetch("1.2", "1.2.3").await.err(),
        Some(WebError::Deadline)
    );
    assert_eq!(slow.store([vec![0]]).await, Err(WebError::Deadline));
    drop(listener);
    assert_eq!(
        slow.series(&Query::default()).await,
        Err(WebError::Unreachable)
    );
}

#[tokio::test]
async fn a_series_comes_file_by_file() {
    let (address, asked) = serve(vec![files::<&[u8]>(&[
        b"one",
        b"\r\n--cu two\r\n",
        &[0; 900],
    ])])
    .await;
    let instances = client(&address)
        .fetch("1.2", "1.2.3")
        .await
        .expect("it answers");
    assert_eq!(
        all(instances).await,
        Ok(vec![
            b"one".to_vec(),
            b"\r\n--cu two\r\n".to_vec(),
            vec![0; 900]
        ])
    );
    let asked = String::from_utf8(asked.await.expect("served").remove(0)).expect("a head is text");
    assert!(
        asked.starts_with("GET /dicom-web/studies/1.2/series/1.2.3 HTTP"),
        "{asked}"
    );
    assert!(
        asked.contains(r#"multipart/related; type="application/dicom"; transfer-syntax=*"#),
        "{asked}"
    );
}

#[tokio::test]
async fn a_series_is_held_to_the_limits() {
    let three: [&[u8]; 3] = [b"1", b"2", b"3"];
    assert!(fetch(files(&three)).await.is_ok());
    assert_eq!(
        fetch(files(&[b"1"; 4])).await,
        Err(WebError::TooManyInstances { max_instances: 3 })
    );
    assert!(fetch(files(&[&[0; 1000]])).await.is_ok());
    assert_eq!(
        fetch(files(&[&[0; 1001]])).await,
        Err(WebError::InstanceTooLarge { max_bytes: 1000 })
    );
    assert!(fetch(files(&[&[0; 1000]; 2])).await.is_ok());
    assert_eq!(
        fetch(files(&[&[0; 700]; 3])).await,
        Err(WebError::TooLarge { max_bytes: 2000 })
    );
    // What stands before the first file counts too.
    let chatter = answer(
        "200 OK",
        "multipart/related; boundary=cut",
        &[b' '; 1 << 20],
    );
    assert_eq!(
        fetch(chatter).await,
        Err(WebError::TooLarge { max_bytes: 2000 })
    );
}

#[tokio::test]
async fn what_is_no_series_is_told_apart() {
    assert_eq!(
        fetch(answer("404 Not Found", "text/html", b"")).await,
        Err(WebError::Status { status: 404 })
    );
    assert_eq!(fetch(json("[]")).await, Err(WebError::NotDicomFiles));
    assert_eq!(
        fetch(answer("200 OK", "multipart/related", b"")).await,
        Err(WebError::NotDicomFiles)
    );
    let pages = String::from_utf8(files(&[b"x"]))
        .expect("it is text")
        .replace("Type: application/dicom", "Type: application/dicum");
    assert_eq!(
        fetch(pages.into_bytes()).await,
        Err(WebError::NotDicomFiles)
    );
    let mut short = files::<&[u8]>(&[b"one", &[0; 500]]);
    short.truncate(short.len() - 300);
    assert_eq!(fetch(short).await, Err(WebError::BrokenOff));
    let unfinished = answer(
        "200 OK",
        "multipart/related; boundary=cut",
        b"--cut\r\n\r\none",
    );
    assert_eq!(fetch(unfinished).await, Err(WebError::BrokenOff));
}

#[tokio::test]
async fn what_is_no_uid_goes_into_no_address() {
    // Nobody listens: a request would not be refused as a UID.
    let client = client("http://127.0.0.1:9/");
    for (study, series) in [
        ("../1", "1.2"),
        ("1.2", "1/2"),
        ("", "1.2"),
        ("1.2?x=y", "1.2"),
    ] {
        assert_eq!(client.fetch(study, series).await.err(), Some(WebError::Uid));
    }
    let query = Query {
        study: "1.2/..".into(),
        ..Query::default()
    };
    assert_eq!(client.series(&query).await, Err(WebError::Uid));
}

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

#[test]
fn addresses_are_a_servers_root_and_nothing_more() {
    let new = |address: &str, user: &str| {
        let credentials = Credentials {
            user: user.into(),
            password: "x".into(),
        };
        Client::new(address, Some(credentials), limits()).map(|_| ())
    };
    for address in [
        "",
        "pacs",
        "ftp://pacs/",
        "http://a:b@pacs/",
        "http://pacs/?x",
        "http://pacs/#x",
        "file:///etc",
    ] {
        assert_eq!(new(address, "reader"), Err(WebError::Address), "{address}");
    }
    assert_eq!(new("https://pacs.example/dicom-web", "reader"), Ok(()));
    assert_eq!(new("http://pacs/", "a:b"), Err(WebError::Credentials));
    assert_eq!(new("http://pacs/", "a\r\nb"), Err(WebError::Credentials));
}
