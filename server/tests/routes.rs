//! Every row of the table of routes, on the router as wired.

mod common;

use std::io::Cursor;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::{
    FakeEngine, Form, default_router, get, mask_png, parsed, ready_inference, ready_router, send,
    slice_png,
};
use lungsight_app::analysis::{Analysis, Layers, SliceResult, Upload};
use lungsight_imaging::{Class, Limits, decode};
use lungsight_server::config::Config;
use lungsight_server::router::router;
use lungsight_server::state::AppState;
use zip::ZipArchive;

const ANALYSES: &str = "/api/v1/analyses";

#[tokio::test]
async fn an_analysis_is_made_and_every_link_in_it_answers() {
    let router = default_router().await;
    let form = Form::default()
        .slice("a.png", &slice_png(1))
        .slice("b.png", &slice_png(2))
        .mask(&mask_png(256, 256));
    let made = send(&router, form.post(ANALYSES)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let analysis: Analysis = parsed(&made);
    assert_eq!(
        made.header("location"),
        format!("{ANALYSES}/{}", analysis.id)
    );
    assert_eq!(
        (analysis.device.as_str(), analysis.model.as_str()),
        ("cpu: fake", "fake-1 0000")
    );
    assert_eq!(analysis.patient, None);
    assert_eq!(analysis.slices.len(), 2);

    let again = get(&router, made.header("location")).await;
    assert_eq!(
        (again.status, parsed::<Analysis>(&again)),
        (StatusCode::OK, analysis.clone())
    );

    for (result, name) in analysis.slices.iter().zip(["a.png", "b.png"]) {
        let SliceResult::Read(slice) = result else {
            panic!("{result:?}")
        };
        assert_eq!(slice.name, name);
        for link in [&slice.slice, &slice.mask, &slice.heatmap] {
            let picture = get(&router, link).await;
            assert_eq!(
                (picture.status, picture.header("content-type")),
                (StatusCode::OK, "image/png"),
                "{link}"
            );
            assert_eq!(picture.header("cache-control"), "no-store");
            assert_eq!(
                &picture.body[16..24],
                [0, 0, 1, 0, 0, 0, 1, 0],
                "{link} is 256x256"
            );
        }
        let bits_and_colour = |body: &[u8]| (body[24], body[25]);
        assert_eq!(
            bits_and_colour(&get(&router, &slice.slice).await.body),
            (8, 0),
            "8-bit grey"
        );
        assert_eq!(
            bits_and_colour(&get(&router, &slice.mask).await.body),
            (1, 0),
            "1-bit grey"
        );
        assert_eq!(
            bits_and_colour(&get(&router, &slice.heatmap).await.body),
            (8, 6),
            "8-bit RGBA"
        );
    }
}

#[tokio::test]
async fn every_class_has_a_heatmap_and_others_are_unknown() {
    let router = default_router().await;
    let form = Form::default().slice("a.png", &slice_png(1));
    let analysis: Analysis = parsed(&send(&router, form.post(ANALYSES)).await);
    let SliceResult::Read(slice) = &analysis.slices[0] else {
        panic!("{analysis:?}")
    };
    let mut pictures = Vec::new();
    for class in ["healthy", "pneumonia", "covid"] {
        let answer = get(&router, &format!("{}?class={class}", slice.heatmap)).await;
        assert_eq!(answer.status, StatusCode::OK);
        pictures.push(answer.body);
    }
    assert_ne!(pictures[0], pictures[1]);
    let predicted = get(&router, &slice.heatmap).await.body;
    assert_eq!(predicted, pictures[slice.predicted.index()]);
    let other = get(&router, &format!("{}?class=flu", slice.heatmap)).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "{}", other.text());
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
    let mut archive = ZipArchive::new(Cursor::new(&report.body)).expect("a ZIP");
    let mut document = archive.by_name("word/document.xml").expect("a document");
    let text = std::io::read_to_string(&mut document).expect("text");
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
async fn the_mask_that_came_along_is_used() {
    let router = default_router().await;
    let sent = mask_png(256, 256);
    let form = Form::default().slice("a.png", &slice_png(1)).mask(&sent);
    let analysis: Analysis = parsed(&send(&router, form.post(ANALYSES)).await);
    let SliceResult::Read(slice) = &analysis.slices[0] else {
        panic!("{analysis:?}")
    };
    let limits = Limits::default();
    let mask = get(&router, &slice.mask).await;
    assert_eq!(decode(&mask.body, &limits), decode(&sent, &limits));
}

#[tokio::test]
async fn a_patient_has_a_result_of_its_own() {
    let router = default_router().await;
    let form = Form::default()
        .slice("a.png", &slice_png(1))
        .text("grouping", "patient")
        .slice("b.png", &slice_png(2));
    let answer = send(&router, form.post(ANALYSES)).await.json();
    assert_eq!(answer["grouping"], "patient");
    assert!(answer["patient"]["predicted"].is_string(), "{answer}");
    let sum: f64 = ["healthy", "pneumonia", "covid"]
        .iter()
        .map(|class| {
            answer["patient"]["probabilities"][class]
                .as_f64()
                .expect("a number")
        })
        .sum();
    assert!((sum - 1.0).abs() < 1e-3);
}

#[tokio::test]
async fn layers_are_computed_once_and_drawn() {
    let engine = FakeEngine::default();
    let router = ready_router(Config::default(), &engine).await;
    let analysis = send(
        &router,
        Form::default().slice("a.png", &slice_png(1)).post(ANALYSES),
    )
    .await
    .json();
    assert_eq!(*engine.layer_runs.lock().expect("no panic while held"), 0);
    let link = analysis["slices"][0]["layers"].as_str().expect("a link");
    let layers: Layers = parsed(&get(&router, link).await);
    let sizes: Vec<_> = layers
        .layers
        .iter()
        .map(|l| (l.name.as_str(), l.channels, l.shown, l.width))
        .collect();
    assert_eq!(
        sizes,
        [("stem", 64, 64, 16), ("stage4.1.conv2", 512, 64, 8)]
    );
    for layer in &layers.layers {
        let picture = get(&router, &layer.picture).await;
        assert_eq!(picture.status, StatusCode::OK);
        assert!(decode(&picture.body, &Limits::default()).is_ok());
    }
    assert_eq!(*engine.layer_runs.lock().expect("no panic while held"), 1);
    assert_eq!(
        get(&router, &format!("{link}/none.png")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn layers_are_forgotten_with_their_analysis() {
    let mut config = Config::default();
    config.store.keep = 1;
    let router = ready_router(config, &FakeEngine::default()).await;
    let form = Form::default().slice("a.png", &slice_png(1));
    let first = send(&router, form.post(ANALYSES)).await;
    let layers = format!("{}/slices/0/layers", first.header("location"));
    let paths = [layers.clone(), format!("{layers}/stem.png")];
    for path in &paths {
        assert_eq!(get(&router, path).await.status, StatusCode::OK, "{path}");
    }
    let form = Form::default().slice("b.png", &slice_png(2));
    let second = send(&router, form.post(ANALYSES)).await;
    assert_eq!(second.status, StatusCode::CREATED);
    for path in &paths {
        let gone = get(&router, path).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "{path}");
    }
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
        let mut zip = ZipArchive::new(Cursor::new(&report.body)).expect("a ZIP");
        let document = zip.by_name("word/document.xml").expect("a document");
        let text = std::io::read_to_string(document).expect("UTF-8");
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[tokio::test]
async fn an_upload_is_analysed_once() {
    let router = default_router().await;
    let form = Form::default()
        .slice("a.png", &slice_png(1))
        .slice("b.png", b"")
        .text("grouping", "patient");
    let answer = send(&router, form.post("/api/v1/uploads")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let upload: Upload = parsed(&answer);
    assert_eq!(upload.slices[0].error, None);
    assert_eq!(upload.slices[1].error.as_deref(), Some("the file is empty"));
    assert_eq!([0, 1].map(|at| upload.slices[at].status), [201, 422]);
    let start = || {
        Request::post(format!("/api/v1/uploads/{}/analysis", upload.id))
            .body(Body::empty())
            .expect("valid")
    };
    let begun = send(&router, start()).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED);
    let place = begun.header("location").to_owned();
    // The stream ends with the analysis.
    get(&router, &format!("{place}/events")).await;
    let analysis: Analysis = parsed(&get(&router, &place).await);
    assert!(analysis.finished && analysis.patient.is_some());
    assert!(matches!(&analysis.slices[1], SliceResult::Failed(failed) if failed.name == "b.png"));
    // Whoever has not heard the answer finds the same.
    let again = send(&router, start()).await;
    assert_eq!(again.status, StatusCode::ACCEPTED);
    assert_eq!(again.header("location"), place);
    assert_eq!(parsed::<Analysis>(&again), analysis);
}

#[tokio::test]
async fn the_plain_form_leads_to_the_result_page() {
    let router = default_router().await;
    let answer = send(
        &router,
        Form::default()
            .slice("a.png", &slice_png(1))
            .post("/diagnosis"),
    )
    .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = get(&router, answer.header("location")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn the_plain_form_names_each_file_that_failed() {
    let router = default_router().await;
    let form = Form::default()
        .slice("<b>&'.png", b"text")
        .slice("empty.png", b"");
    let answer = send(&router, form.post("/diagnosis")).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(answer.header("content-type").starts_with("text/html"));
    let page = answer.text();
    assert!(
        page.contains("&lt;b&gt;&amp;&#39;.png") && page.contains("empty.png"),
        "{page}"
    );
    assert!(!page.contains("<b>"));
    assert!(
        answer
            .header("content-security-policy")
            .contains("style-src 'self'")
    );
}

#[tokio::test]
async fn health_tells_what_runs_where() {
    let router = default_router().await;
    assert_eq!(get(&router, "/health/live").await.status, StatusCode::OK);
    let ready = get(&router, "/health/ready").await;
    assert_eq!(ready.status, StatusCode::OK);
    let expected = serde_json::json!({
        "ready": true, "device": "cpu: fake", "device_note": "no GPU <here>", "model": "fake-1 0000",
        "keeps_in": "memory"
    });
    assert_eq!(ready.json(), expected);
}

#[tokio::test]
async fn layers_of_an_example_do_not_expire() {
    let (config, engine) = (Config::default(), FakeEngine::default());
    let inference = ready_inference(&config, &engine).await;
    let state = AppState::new(config, inference);
    let router = router(state.clone());
    let path = "/examples/covid-1/layers/stem.png";
    assert_eq!(get(&router, path).await.status, StatusCode::OK);
    // It sweeps at once, and again a minute later.
    let sweep = tokio::spawn(state.sweep_forever());
    tokio::time::sleep(Duration::from_millis(100)).await;
    sweep.abort();
    assert_eq!(get(&router, path).await.status, StatusCode::OK);
    assert_eq!(*engine.layer_runs.lock().expect("no panic while held"), 1);
}

#[tokio::test]
async fn layers_of_an_example_are_made_once() {
    let engine = FakeEngine::default();
    let router = ready_router(Config::default(), &engine).await;
    for layer in ["stem", "stage4.1.conv2", "stem"] {
        let picture = get(&router, &format!("/examples/covid-1/layers/{layer}.png")).await;
        assert_eq!(
            (picture.status, picture.header("content-type")),
            (StatusCode::OK, "image/png"),
            "{layer}"
        );
    }
    assert_eq!(*engine.layer_runs.lock().expect("no panic while held"), 1);
    for path in [
        "/examples/covid-9/layers/stem.png",
        "/examples/covid-1/layers/none.png",
        "/examples/covid-1/layers/stem",
    ] {
        assert_eq!(
            get(&router, path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
