//! What of a result can be taken away: the table, the report, the DICOM files.

use std::io::Cursor;

use crate::common::{
    ANALYSES, Answer, FakeEngine, Form, default_router, get, parsed, ready_router, send, slice_png,
};
use axum::http::StatusCode;
use lungsight_app::analysis::Analysis;
use lungsight_imaging::Class;
use lungsight_server::config::Config;
use zip::ZipArchive;

/// The main part of a Word report.
fn document(report: &Answer) -> String {
    let mut zip = ZipArchive::new(Cursor::new(&report.body)).expect("a ZIP");
    let document = zip.by_name("word/document.xml").expect("a document");
    std::io::read_to_string(document).expect("UTF-8")
}

#[tokio::test]
async fn a_patient_of_whom_no_slice_has_a_say_is_told_so_everywhere() {
    let engine = FakeEngine {
        knows_none: true,
        ..FakeEngine::default()
    };
    let router = ready_router(Config::default(), &engine).await;
    let form = Form::default()
        .slice("a.png", &slice_png(1))
        .slice("b.png", &slice_png(2));
    let made = send(&router, form.text("grouping", "patient").post(ANALYSES)).await;
    let analysis: Analysis = parsed(&made);
    assert!(analysis.patient.is_none() && analysis.is_without_a_say());
    let said = "There is no result for the patient";
    let page = get(&router, &format!("/diagnosis/{}", analysis.id)).await;
    let page = page.text();
    assert!(page.contains(said), "{page}");
    // Nor is a slice that is unlike those the network knows given a class anywhere.
    assert!(page.contains("predicted inconclusive"), "{page}");
    for class in Class::ALL {
        let given = format!("predicted {}", class.name());
        assert!(!page.contains(&given), "{given} in {page}");
    }
    let at = format!("{ANALYSES}/{}", analysis.id);
    let report = get(&router, &format!("{at}/report.docx")).await;
    let text = document(&report);
    assert!(text.contains(said), "{text}");
    assert!(text.contains("Inconclusive"), "{text}");
    let table = get(&router, &format!("{at}/results.csv")).await.text();
    assert_eq!(table.lines().count(), 3, "a head and two slices: {table}");
    for line in table.lines().skip(1) {
        assert!(line.contains(",\"unlike\","), "{line}");
    }
    let dicom = get(&router, &format!("{at}/dicom.zip")).await;
    assert_eq!(dicom.status, StatusCode::NOT_FOUND);
    assert!(dicom.text().contains("unlike"), "{}", dicom.text());
    // Slices that nobody took as one patient's have none either, for another reason.
    let form = Form::default().slice("a.png", &slice_png(1));
    let alone: Analysis = parsed(&send(&router, form.post(ANALYSES)).await);
    let dicom = get(&router, &format!("{ANALYSES}/{}/dicom.zip", alone.id)).await;
    assert!(
        dicom.text().contains("not taken as one patient"),
        "{}",
        dicom.text()
    );
}

#[tokio::test]
async fn the_table_has_a_line_per_file_and_no_formula() {
    let router = default_router().await;
    let form = Form::default()
        .slice("=1+1.png", &slice_png(1))
        .slice("letter.png", b"Dear doctor")
        .text("grouping", "patient");
    let analysis: Analysis = parsed(&send(&router, form.post(ANALYSES)).await);
    let answer = get(&router, &format!("{ANALYSES}/{}/results.csv", analysis.id)).await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let text = answer.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[0].starts_with("\"file\",\"predicted\",\"inconclusive\",\"healthy\""));
    assert!(lines[1].starts_with("\"'=1+1.png\","), "{}", lines[1]);
    assert!(
        lines[2].starts_with("\"letter.png\",\"\",\"\","),
        "{}",
        lines[2]
    );
    assert!(lines[3].starts_with("\"all slices\","), "{}", lines[3]);
    let unknown = get(
        &router,
        &format!("{ANALYSES}/{}/results.csv", "0".repeat(32)),
    )
    .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_report_is_an_attachment() {
    let router = default_router().await;
    let made = send(
        &router,
        Form::default().slice("a.png", &slice_png(1)).post(ANALYSES),
    )
    .await;
    let place = made.header("location");
    for (language, word) in [("", "Predicted type"), ("/zh", "预测类别")] {
        let report = get(&router, &format!("{language}{place}/report.docx")).await;
        assert_eq!(report.status, StatusCode::OK);
        assert!(report.header("content-type").contains("wordprocessingml"));
        let disposition = report.header("content-disposition");
        assert!(disposition.starts_with("attachment"), "{disposition}");
        let text = document(&report);
        assert!(text.contains(word), "{word}: {text}");
    }
}
