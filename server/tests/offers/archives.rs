//! Archives for download.

use std::fs;

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::common::{default_router, get, send};
use crate::{archives_of, started};

#[tokio::test]
async fn archives_are_downloaded_whole_and_in_part() {
    let archive: Vec<u8> = (0..5000u32).map(|place| (place % 251) as u8).collect();
    let folder = tempfile::tempdir().expect("a folder");
    for name in [
        "masked-slices.zip",
        "other one#.tar",
        ".hidden",
        "half.zip.part",
    ] {
        fs::write(folder.path().join(name), &archive).expect("written");
    }
    fs::create_dir(folder.path().join("below")).expect("a folder");
    fs::write(folder.path().join("below/a.zip"), &archive).expect("written");
    let router = started(archives_of(folder.path())).await;

    let zipped = Request::get("/archives/masked-slices.zip")
        .header("accept-encoding", "gzip, br")
        .body(Body::empty())
        .expect("valid");
    let whole = send(&router, zipped).await;
    assert_eq!(whole.status, StatusCode::OK);
    assert_eq!(whole.body, archive);
    for (name, value) in [
        ("content-type", "application/zip"),
        ("content-disposition", "attachment"),
        ("content-length", "5000"),
        ("accept-ranges", "bytes"),
        ("content-encoding", ""),
    ] {
        assert_eq!(whole.header(name), value, "{name}");
    }
    let range = Request::get("/archives/masked-slices.zip")
        .header("range", "bytes=1000-1999")
        .body(Body::empty())
        .expect("valid");
    let part = send(&router, range).await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.header("content-range"), "bytes 1000-1999/5000");
    assert_eq!(part.body, archive[1000..2000]);
    let other = get(&router, "/archives/other%20one%23.tar").await;
    assert_eq!(
        (other.status, other.header("content-type")),
        (StatusCode::OK, "application/octet-stream")
    );

    for path in [
        "a.zip",
        ".hidden",
        "half.zip.part",
        "below",
        "below%2fa.zip",
        "below/a.zip",
        "..%2fmasked-slices.zip",
        "%2e%2e/masked-slices.zip",
        "../masked-slices.zip",
        "",
    ] {
        let answer = get(&router, &format!("/archives/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    fs::remove_file(folder.path().join("masked-slices.zip")).expect("removed");
    assert_eq!(
        get(&router, "/archives/masked-slices.zip").await.status,
        StatusCode::NOT_FOUND
    );

    let page = get(&router, "/diagnosis").await.text();
    assert!(page.contains("/archives/masked-slices.zip") && page.contains("5 KB"));
    assert!(page.contains("/archives/other%20one%23.tar"));
    let without = get(&default_router().await, "/diagnosis").await.text();
    assert!(without.contains("MosMedData") && !without.contains("/archives/"));
}
