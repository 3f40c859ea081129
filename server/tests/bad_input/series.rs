//! A CT series as the body of one request: read as one patient, or refused with the reason.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::http::Request;
use lungsight_app::analysis::{Analysis, Grouping, LeftOut, SliceResult};
use lungsight_series::synthetic::{
    Coding, FrameOfSeries, NiftiOptions, ct_slice, hu_slice, nifti, zip,
};
use lungsight_series::{HuSlice, Note};
use lungsight_server::config::{ByteSize, Config};

use crate::common::{FakeEngine, default_router, get, parsed, ready_router, send};
use crate::error_of;

const SERIES: &str = "/api/v1/series";
const SIDE: u32 = 128;

/// What the files say of a person.
const NAME: &str = "Okonkwo^Amaranta";

fn post(body: impl Into<Body>) -> Request<Body> {
    Request::post(SERIES).body(body.into()).expect("a request")
}

fn flat(hu: i16) -> HuSlice {
    HuSlice::new(SIDE, SIDE, vec![hu; (SIDE * SIDE) as usize]).expect("a slice")
}

/// Phantoms with a slice of air and one of water at either end.
fn slices(lungs: u64) -> Vec<HuSlice> {
    let phantoms = (1..=lungs).map(|seed| hu_slice(SIDE, seed));
    let all = [flat(-1000)].into_iter().chain(phantoms).chain([flat(0)]);
    all.collect()
}

fn dicom(slices: &[HuSlice]) -> Vec<(String, Vec<u8>)> {
    let files = slices.iter().zip(0..).map(|(slice, number)| {
        let place = FrameOfSeries {
            number,
            position_mm: -5.0 * f64::from(number),
            ..FrameOfSeries::default()
        };
        let mut tags = ct_slice(slice, &place);
        tags.text(0x0010_0010, b"PN", NAME);
        (
            format!("{NAME}/IM{number:04}"),
            tags.file(&Coding::Explicit),
        )
    });
    files.collect()
}

#[tokio::test]
async fn a_zip_a_file_and_a_volume_are_read_as_one_patient() {
    let router = default_router().await;
    let only_slice = dicom(&[hu_slice(SIDE, 1)]).remove(0).1;
    let volume = nifti(&slices(4), &NiftiOptions::default());
    for (body, lungs, left_out) in [
        (zip(&dicom(&slices(4))), 4, 2),
        (only_slice, 1, 0),
        (volume, 4, 2),
    ] {
        let answer = send(&router, post(body)).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert!(!answer.text().contains("Okonkwo"), "{}", answer.text());
        let analysis: Analysis = parsed(&answer);
        assert!(analysis.finished && analysis.patient.is_some());
        assert_eq!(analysis.grouping, Grouping::Patient);
        assert_eq!(analysis.slices.len(), lungs);
        let expected = LeftOut {
            no_lungs: left_out,
            ..LeftOut::default()
        };
        assert_eq!(analysis.left_out, expected);
        let first = if left_out > 0 {
            "slice-002"
        } else {
            "slice-001"
        };
        assert_eq!(analysis.slices[0].name(), first);
        let kept: Analysis = parsed(&get(&router, answer.header("location")).await);
        assert_eq!(kept, analysis);
    }
}

#[tokio::test]
async fn of_a_long_series_as_many_slices_are_taken_as_a_request_may_have() {
    let mut config = Config::default();
    config.requests.files = 4;
    let router = ready_router(config, &FakeEngine::default()).await;
    let answer = send(&router, post(zip(&dicom(&slices(8))))).await;
    let analysis: Analysis = parsed(&answer);
    // Of ten every third: the first and the last are the ones without lungs.
    assert_eq!(analysis.slices.len(), 2);
    let expected = LeftOut {
        no_lungs: 2,
        passed_over: 6,
        ..LeftOut::default()
    };
    assert_eq!(analysis.left_out, expected);
}

#[tokio::test]
async fn what_is_no_series_is_refused_with_the_reason() {
    let router = default_router().await;
    let damaged = {
        let mut zip = zip(&dicom(&slices(2)));
        zip.truncate(zip.len() / 2);
        zip
    };
    let mut mr = ct_slice(&hu_slice(SIDE, 1), &FrameOfSeries::default());
    mr.text(0x0008_0060, b"CS", "MR");
    for (body, status, reason) in [
        (Vec::new(), 400, "no file"),
        (b"nothing of the kind".to_vec(), 415, "expected a zip"),
        (crate::common::slice_png(1), 415, "expected a zip"),
        (damaged, 422, "archive"),
        (zip(&[]), 422, "no images"),
        (
            zip(&[("README.txt".to_owned(), b"hello".to_vec())]),
            422,
            "no images",
        ),
        (
            zip(&[
                ("README.txt".to_owned(), b"hello".to_vec()),
                ("MR".to_owned(), mr.file(&Coding::Explicit)),
            ]),
            422,
            "not a CT image",
        ),
        (mr.file(&Coding::Explicit), 422, "not a CT image"),
        (zip(&dicom(&[flat(-1000), flat(0)])), 422, "no lungs"),
    ] {
        let (got, error) = error_of(&router, post(body)).await;
        assert_eq!(got, status, "{error}");
        assert!(error.contains(reason), "{error}");
        assert!(!error.contains("Okonkwo"), "{error}");
    }
    let packed = Request::post(SERIES).header("content-encoding", "gzip");
    let packed = packed.body(Body::from("x")).expect("a request");
    assert_eq!(error_of(&router, packed).await.0, 415);
}

#[tokio::test]
async fn images_that_cannot_be_read_are_counted_and_the_others_go_on() {
    let router = default_router().await;
    let mut files = dicom(&slices(3));
    let cut = files[2].1.len() - 5000;
    files[2].1.truncate(cut);
    let mut localizer = ct_slice(&hu_slice(SIDE, 1), &FrameOfSeries::default());
    localizer.text(0x0008_0008, b"CS", "ORIGINAL\\PRIMARY\\LOCALIZER");
    files.push(("scout".to_owned(), localizer.file(&Coding::Explicit)));
    files.push(("notes.txt".to_owned(), b"nothing".to_vec()));
    let answer = send(&router, post(zip(&files))).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let analysis: Analysis = parsed(&answer);
    assert_eq!(analysis.slices.len(), 2);
    let expected = LeftOut {
        no_lungs: 2,
        unreadable: 1,
        ..LeftOut::default()
    };
    assert_eq!(analysis.left_out, expected);
}

#[tokio::test]
async fn what_is_odd_about_a_series_is_told_with_the_result_and_where_its_slices_lie() {
    let router = default_router().await;
    let mut files = dicom(&slices(7));
    // The fourth of nine, at -15 mm.
    files.remove(3);
    let mut stranger = ct_slice(&hu_slice(SIDE, 1), &FrameOfSeries::default());
    stranger.text(0x0010_0020, b"LO", "another");
    stranger.text(0x0020_000d, b"UI", "1.2.3.4");
    stranger.text(0x0020_000e, b"UI", "1.2.3.5");
    files.push(("other".to_owned(), stranger.file(&Coding::Explicit)));
    let answer = send(&router, post(zip(&files))).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let analysis: Analysis = parsed(&answer);
    let gap = Note::Gap {
        after: 3,
        missing: 1,
    };
    let several = Note::SeveralPatients { patients: 2 };
    assert_eq!(analysis.notes, [several, gap]);
    let positions = analysis.slices.iter().map(|slice| match slice {
        SliceResult::Read(slice) => slice.position_mm,
        other => panic!("{other:?}"),
    });
    let expected = [-5.0, -10.0, -20.0, -25.0, -30.0, -35.0].map(Some);
    assert_eq!(positions.collect::<Vec<_>>(), expected);
    let place = format!("/api/v1/analyses/{}", analysis.id);
    let table = get(&router, &format!("{place}/results.csv")).await.text();
    assert!(
        table
            .lines()
            .nth(1)
            .is_some_and(|line| line.contains(",\"-5.0\",\"the files are of 2 patients")),
        "{table}"
    );
    assert!(
        table.contains("about 1 slice is missing after slice 3 of the series"),
        "{table}"
    );
    for (language, words) in [
        (
            "",
            [
                "About 1 slice is missing after slice 3 of the series.",
                "The files are of 2 patients; each series is of one of them.",
                "position \u{2212}5.0\u{a0}mm",
            ],
        ),
        (
            "/zh",
            [
                "序列第 3 张之后约缺 1 张切片。",
                "这些文件属于 2 名患者；每个序列只属于其中一名。",
                "位置 \u{2212}5.0\u{a0}mm",
            ],
        ),
    ] {
        let page = get(&router, &format!("{language}/diagnosis/{}", analysis.id)).await;
        for word in words {
            assert!(page.text().contains(word), "{word}: {}", page.text());
        }
    }
}

#[tokio::test]
async fn limits_of_pixels_hold_for_series() {
    let pixels = u64::from(SIDE * SIDE);
    let mut config = Config::default();
    config.requests.request_pixels = 3 * pixels;
    let router = ready_router(config.clone(), &FakeEngine::default()).await;
    let analysis: Analysis = parsed(&send(&router, post(zip(&dicom(&slices(4))))).await);
    // Of six every second, the first of them air.
    assert_eq!(
        (analysis.slices.len(), analysis.left_out.passed_over),
        (2, 3)
    );
    config.requests.slice_pixels = pixels - 1;
    let router = ready_router(config, &FakeEngine::default()).await;
    let (status, error) = error_of(&router, post(zip(&dicom(&slices(4))))).await;
    assert_eq!(status, 413, "{error}");
}

#[tokio::test]
async fn what_unpacks_to_more_than_there_is_room_for_is_refused_before() {
    let mut config = Config::default();
    config.requests.request_memory = ByteSize::mebibytes(24);
    let router = ready_router(config, &FakeEngine::default()).await;
    // Thirty slices of a megabyte of air, which pack to nothing.
    let side = 724;
    let air = HuSlice::new(side, side, vec![-1000; (side * side) as usize]).expect("a slice");
    let bomb = zip(&dicom(&vec![air; 30]));
    assert!(bomb.len() < 1 << 20);
    let (status, error) = error_of(&router, post(bomb)).await;
    assert_eq!(status, 413, "{error}");
    // All room is given back.
    let answer = send(&router, post(zip(&dicom(&slices(2))))).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}

#[tokio::test]
async fn a_body_over_the_limits_is_received_and_refused() {
    let mut config = Config::default();
    config.requests.request_bytes = ByteSize::mebibytes(1);
    let router = ready_router(config.clone(), &FakeEngine::default()).await;
    let (got, error) = error_of(&router, post(vec![7; 2 << 20])).await;
    assert_eq!(got, 413, "{error}");

    config.requests.request_bytes = ByteSize::mebibytes(64);
    config.requests.request_memory = ByteSize::mebibytes(1);
    let router = ready_router(config, &FakeEngine::default()).await;
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let pieces = (0..64).map(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Ok::<_, std::io::Error>(Bytes::from_static(&[7; 64 << 10]))
    });
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    let (got, error) = error_of(&router, post(body)).await;
    assert_eq!(got, 503, "{error}");
    // Whoever sends is there to read the answer.
    assert_eq!(sent.load(Ordering::SeqCst), 64);
    // And the memory is given back.
    let (got, error) = error_of(&router, post("no series")).await;
    assert_eq!(got, 415, "{error}");
}

#[tokio::test]
async fn a_body_that_is_cut_off_or_late_is_told_so() {
    let mut config = Config::default();
    config.requests.body_deadline = std::time::Duration::from_millis(200).into();
    let router = ready_router(config, &FakeEngine::default()).await;
    let broken = futures_util::stream::iter([
        Ok(Bytes::from_static(b"PK\x03\x04")),
        Err(std::io::Error::other("gone")),
    ]);
    let (got, error) = error_of(&router, post(Body::from_stream(broken))).await;
    assert_eq!(got, 400, "{error}");
    let never = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
    let (got, error) = error_of(&router, post(Body::from_stream(never))).await;
    assert_eq!(got, 408, "{error}");
}
