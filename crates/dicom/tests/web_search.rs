//! What searches ask and what they make of answers.

#[path = "common/canned.rs"]
mod canned;

use std::time::Duration;

use canned::{answer, client, json, limits, serve};
use lungsight_dicom::web::{Client, Credentials, FoundSeries, Query, WebError, WebLimits};
use tokio::net::TcpListener;

const FOUND: &str = r#"[
    {"0020000D": {"vr": "UI", "Value": ["1.2"]}, "0020000E": {"vr": "UI", "Value": ["1.2.3"]},
     "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Doe^Jane"}]}, "00080060": {"vr": "CS", "Value": ["CT"]},
     "00201209": {"vr": "IS", "Value": [150]}, "00080020": {"vr": "DA", "Value": ["20261126"]}},
    {"0020000D": {"vr": "UI", "Value": ["../../etc"]}, "0020000E": {"vr": "UI", "Value": ["1.2.4"]}}]"#;

async fn search(answer: Vec<u8>) -> Result<Vec<FoundSeries>, WebError> {
    let (address, _) = serve(vec![answer]).await;
    client(&address).series(&Query::default()).await
}

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
    assert_eq!(search(Vec::new()).await, Err(WebError::BrokenOff));
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
        transfer_deadline: patience,
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
