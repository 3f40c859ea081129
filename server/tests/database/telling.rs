//! What any server tells of an analysis, whoever has done it.

use std::sync::Arc;

use axum::http::StatusCode;
use lungsight_app::analysis::{Analysis, LeftOut, Remarks, SliceResult};
use lungsight_imaging::Limits;
use lungsight_series::Note;
use lungsight_server::analyse::fetched;
use lungsight_server::config::Config;
use lungsight_server::form::ReadSlice;
use lungsight_server::prepare::prepare;

use crate::Place;
use crate::asking::{ANALYSES, begun, many_slices, told, two_slices};
use crate::common::{FakeEngine, default_router, get, parsed, ready_router, send, slice_png};
use crate::servers::Server;

/// All that can be asked of the first slice of [`two_slices`], relative to the analysis.
const PARTS: [&str; 10] = [
    "/results.csv",
    "/slices/0/slice.png",
    "/slices/0/mask.png",
    "/slices/2/mask.png",
    "/slices/0/heatmap.png",
    "/slices/0/heatmap.png?class=healthy",
    "/slices/0/region?x=60&y=100&width=60&height=60",
    "/slices/2/region.png?x=60&y=100&width=60&height=60&class=covid",
    "/slices/0/layers",
    "/slices/0/layers/stem.png",
];

/// Takes the analysis's own id out of what is told of it.
fn without_id(body: &[u8], id: &str) -> Vec<u8> {
    match std::str::from_utf8(body) {
        Ok(text) => text.replace(id, "ID").into_bytes(),
        Err(_) => body.to_vec(),
    }
}

pub async fn another_server_tells_all_that_was_done_by_one(place: &Place) {
    let in_memory = default_router().await;
    let expected = send(&in_memory, two_slices().post(ANALYSES)).await;
    let expected_at = expected.header("location").to_owned();
    let expected: Analysis = parsed(&expected);

    let worker = Server::with_network(place, &FakeEngine::default()).await;
    let front = Server::without_network(place).await;
    let made = send(&front.router, two_slices().post(ANALYSES)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let at = made.header("location").to_owned();
    let analysis: Analysis = parsed(&made);
    assert_eq!(analysis.device, "cpu: fake");
    assert_eq!(analysis.patient, expected.patient);
    let patient = analysis.patient.as_ref().expect("slices were read");
    assert!(
        patient.dense_share.is_some() && patient.heat_share.is_some(),
        "{patient:?}"
    );

    let (id, expected_id) = (analysis.id.clone(), expected.id.clone());
    for part in PARTS {
        let memory = get(&in_memory, &format!("{expected_at}{part}")).await;
        assert_eq!(memory.status, StatusCode::OK, "{part}");
        let one = get(&worker.router, &format!("{at}{part}")).await;
        assert_eq!(
            without_id(&one.body, &id),
            without_id(&memory.body, &expected_id),
            "{part} is as in memory"
        );
        let other = get(&front.router, &format!("{at}{part}")).await;
        assert!(other.body == one.body, "{part} is the same from both");
    }
    for server in [&worker, &front] {
        assert_eq!(
            parsed::<Analysis>(&get(&server.router, &at).await),
            analysis
        );
        let report = get(&server.router, &format!("{at}/report.docx")).await;
        assert!(report.body.starts_with(b"PK"), "{}", report.text());
        let dicom = get(&server.router, &format!("{at}/dicom.zip")).await;
        assert!(dicom.body.starts_with(b"PK"), "{}", dicom.text());
        let page = get(&server.router, &format!("/diagnosis/{id}")).await;
        assert!(page.text().contains("a.png"), "{}", page.text());
        let page = get(&server.router, &format!("/zh/diagnosis/{id}")).await;
        assert!(page.text().contains("a.png"), "{}", page.text());
        let stream = get(&server.router, &format!("{at}/events")).await;
        let (mut numbers, end) = told(&stream.text());
        numbers.sort_unstable();
        assert_eq!((numbers, end), (vec![0, 1, 2], Some(analysis.clone())));
        for unknown in [
            "/slices/1/slice.png",
            "/slices/9/slice.png",
            "/slices/x/slice.png",
        ] {
            let missing = get(&server.router, &format!("{at}{unknown}")).await;
            assert_eq!(missing.status, StatusCode::NOT_FOUND, "{unknown}");
        }
        let unknown = get(&server.router, &format!("{ANALYSES}/{}", "0".repeat(32))).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    }
}

pub async fn what_was_left_out_of_a_series_is_told_at_its_end(place: &Place) {
    let server = Server::with_network(place, &FakeEngine::default()).await;
    let png = slice_png(1);
    let prepared = prepare(&png, None, &Limits::default()).expect("lungs");
    let slice = ReadSlice {
        name: "slice-001".to_owned(),
        threshold: None,
        position_mm: Some(-12.5),
        result: Ok(Arc::new(prepared)),
    };
    let left_out = LeftOut {
        no_lungs: 7,
        ..LeftOut::default()
    };
    let notes = vec![
        Note::Gap {
            after: 3,
            missing: 2,
        },
        Note::LossyCompression,
    ];
    let remarks = Remarks {
        left_out,
        notes: notes.clone(),
    };
    let id = fetched(&server.state, remarks, vec![slice])
        .await
        .expect("room");
    let finished = server.finished(&format!("{ANALYSES}/{id}")).await;
    assert_eq!((finished.left_out, &finished.notes), (left_out, &notes));
    let SliceResult::Read(slice) = &finished.slices[0] else {
        panic!("{finished:?}");
    };
    assert_eq!(slice.position_mm, Some(-12.5));
    assert!(finished.patient.is_some(), "{finished:?}");

    // And so what a sender has found odd, from the upload to the end.
    let form = many_slices(1)
        .text("position", "3.5")
        .text("notes", r#"["lossy_compression"]"#);
    let finished = server.finished(&begun(&server, form).await).await;
    assert_eq!(finished.notes, [Note::LossyCompression]);
    assert!(
        matches!(&finished.slices[0], SliceResult::Read(slice) if slice.position_mm == Some(3.5)),
        "{finished:?}"
    );
}

pub async fn a_network_that_fails_is_told_as_in_memory(place: &Place) {
    let engine = FakeEngine {
        fails: true,
        ..FakeEngine::default()
    };
    let in_memory = ready_router(Config::default(), &engine).await;
    let in_memory = send(&in_memory, many_slices(2).post(ANALYSES)).await;
    assert_eq!(in_memory.status, StatusCode::INTERNAL_SERVER_ERROR);
    let server = Server::with_network(place, &engine).await;
    let shared = send(&server.router, many_slices(2).post(ANALYSES)).await;
    assert_eq!(
        (shared.status, shared.text()),
        (in_memory.status, in_memory.text())
    );
}
