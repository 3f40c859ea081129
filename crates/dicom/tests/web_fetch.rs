//! Series as multipart answers.

#[path = "common/canned.rs"]
mod canned;

use canned::{answer, client, json, serve};
use lungsight_dicom::web::{Instances, Query, WebError};

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

async fn all(mut instances: Instances) -> Result<Vec<Vec<u8>>, WebError> {
    let mut all = Vec::new();
    while let Some(instance) = instances.next(|_| true).await? {
        all.push(instance);
    }
    Ok(all)
}

async fn fetch(answer: Vec<u8>) -> Result<Vec<Vec<u8>>, WebError> {
    let (address, _) = serve(vec![answer]).await;
    all(client(&address).fetch("1.2", "1.2.3").await?).await
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
