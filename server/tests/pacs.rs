//! From a real Orthanc and back: a series is listed, fetched and analysed, and its result stored beside it.

#[path = "pacs/archive.rs"]
mod archive;
mod common;
#[path = "../../crates/dicom/tests/common/orthanc.rs"]
mod orthanc;

use std::collections::BTreeSet;
use std::time::Duration;

use archive::Archive;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use common::{Answer, FakeEngine, from, parsed, ready_inference, send, until};
use lungsight_app::analysis::Analysis;
use lungsight_dicom::web::{Query, WebLimits};
use lungsight_series::synthetic::{Coding, dicom_series};
use lungsight_server::config::{Config, DatabaseConfig, PacsConfig};
use lungsight_server::offers::Offers;
use lungsight_server::pacs::Pacs;
use lungsight_server::router::router;
use lungsight_server::state::AppState;
use lungsight_server::store::Store;
use lungsight_server::store::database::worker::Worker;
use orthanc::Orthanc;

const SLICES: u32 = 6;

/// A server beside an archive at `address`, with the login of the test's Orthanc.
async fn served(address: &str) -> Router {
    served_with(address, DatabaseConfig::default()).await.0
}

/// The same with results in a database, where one is configured.
async fn served_with(address: &str, database: DatabaseConfig) -> (Router, Option<Worker>) {
    let config = Config {
        database,
        ..Config::default()
    };
    served_as(address, config, &FakeEngine::default()).await
}

async fn served_as(address: &str, config: Config, engine: &FakeEngine) -> (Router, Option<Worker>) {
    let login = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(login.path(), "reader:geheim\n").expect("written");
    let config = Config {
        pacs: PacsConfig {
            dicomweb: Some(address.to_owned()),
            dicomweb_login: Some(login.path().to_owned()),
        },
        ..config
    };
    let pacs = Pacs::new(&config).expect("an address and a login");
    let inference = ready_inference(&config, engine).await;
    let store = Store::open(&config).await.expect("a place for results");
    let state = AppState::with_store(config, inference, Offers::default(), pacs, store);
    (router(state.clone()), state.start_worker())
}

fn posted(path: &str, body: &str) -> Request<Body> {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()));
    from("127.0.0.1:40000", request.expect("a request"))
}

/// Asked on the server's own machine.
async fn get(router: &Router, path: &str) -> Answer {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    send(router, from("127.0.0.1:40000", request)).await
}

fn place(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.headers[header::LOCATION]
        .to_str()
        .expect("ASCII")
        .to_owned()
}

/// The value of the first hidden field of this name.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let field = format!("name=\"{name}\" value=\"");
    let start = page
        .find(&field)
        .unwrap_or_else(|| panic!("no {name}: {page}"))
        + field.len();
    &page[start..][..page[start..].find('"').expect("the value ends")]
}

async fn finished(router: &Router, path: &str) -> Analysis {
    for _ in 0..200 {
        let analysis: Analysis = parsed(&get(router, path).await);
        if analysis.finished {
            return analysis;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the analysis does not end");
}

#[tokio::test]
async fn a_series_is_fetched_analysed_and_its_result_stored() {
    there_and_back(DatabaseConfig::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_with_results_in_a_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kept.sqlite");
    let url = format!("sqlite://{}", file.display());
    there_and_back(DatabaseConfig {
        database: Some(url.parse().expect("any text")),
        ..DatabaseConfig::default()
    })
    .await;
    // Nor does the database.
    for entry in std::fs::read_dir(folder.path()).expect("a folder") {
        let kept = std::fs::read(entry.expect("an entry").path()).expect("a file");
        let holds = |text: &[u8]| kept.windows(text.len()).any(|window| window == text);
        assert!(!holds(b"Phantom"), "a patient's name");
    }
}

async fn there_and_back(database: DatabaseConfig) {
    let Some(orthanc) = Orthanc::start() else {
        return;
    };
    orthanc.ready().await;
    let archive = orthanc.client(WebLimits::default());
    let (_, files) = dicom_series(128, SLICES, &Coding::Explicit);
    archive
        .store(files.into_iter().map(|(_, file)| file))
        .await
        .expect("stored");

    let (router, _worker) = served_with(&orthanc.address, database).await;
    let list = send(&router, posted("/pacs", "name=phan")).await.text();
    assert!(list.contains("Phantom 1") && list.contains("P1"), "{list}");
    let none = send(&router, posted("/pacs", "name=nobody")).await.text();
    assert!(!none.contains("Phantom 1"), "{none}");
    // What an address says is not looked for: nobody is led to write a name into one.
    let all = get(&router, "/pacs?name=nobody").await.text();
    assert!(all.contains("Phantom 1"), "{all}");
    assert!(!all.contains("value=\"nobody\""), "{all}");

    let (study, series) = (hidden(&list, "study"), hidden(&list, "series"));
    let body = format!("study={study}&series={series}");
    let result = place(&send(&router, posted("/pacs/series", &body)).await);
    let id = result
        .strip_prefix("/diagnosis/")
        .expect("a result")
        .to_owned();
    let path = format!("/api/v1/analyses/{id}");
    let analysis = finished(&router, &path).await;
    assert_eq!(analysis.slices.len(), SLICES as usize);
    assert!(analysis.patient.is_some());

    // What is kept says nothing of whose it is.
    let mut seen = get(&router, &path).await.text();
    for more in ["/results.csv", "/events"] {
        seen += &get(&router, &format!("{path}{more}")).await.text();
    }
    for secret in ["Phantom", "P1", study, series] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }

    let page = get(&router, &result).await.text();
    assert!(
        page.contains(&format!("action=\"{result}/store\"")),
        "{page}"
    );
    let stored = place(&send(&router, posted(&format!("{result}/store"), "")).await);
    assert_eq!(stored, result);
    let page = get(&router, &result).await.text();
    assert!(!page.contains("/store\""), "once is enough: {page}");
    let told = format!("{} files were stored in the PACS", SLICES + 1);
    assert!(page.contains(&told), "{page}");
    let query = Query {
        modality: String::new(),
        study: study.to_owned(),
        ..Query::default()
    };
    let in_study = archive.series(&query).await.expect("it searches");
    let listed: BTreeSet<_> = in_study
        .iter()
        .map(|series| {
            (
                series.modality.as_str(),
                series.patient_id.as_str(),
                series.instances,
            )
        })
        .collect();
    let expected = [("CT", "P1", SLICES), ("OT", "P1", SLICES), ("SR", "P1", 1)];
    let expected = expected.map(|(modality, id, instances)| (modality, id, Some(instances)));
    assert_eq!(listed, BTreeSet::from(expected));

    let unknown = send(
        &router,
        posted("/pacs/series", &format!("study={study}&series=1.2.3")),
    )
    .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let malformed = send(&router, posted("/pacs/series", "study=../x&series=1.2.3")).await;
    assert_eq!(malformed.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn storing_is_offered_once_there_is_a_result_of_the_patient() {
    let archive = Archive::start(SLICES).await;
    let body = format!("study={}&series={}", archive.study, archive.series);
    let (held, gate) = FakeEngine::held();
    let knows_none = FakeEngine {
        knows_none: true,
        ..FakeEngine::default()
    };
    for (engine, is_offered) in [(held, true), (knows_none, false)] {
        let (router, _) = served_as(&archive.address, Config::default(), &engine).await;
        let result = place(&send(&router, posted("/pacs/series", &body)).await);
        let page = get(&router, &result).await.text();
        assert!(!page.contains("/store\""), "it is not there yet: {page}");
        gate.open();
        let path = result.replace("/diagnosis", "/api/v1/analyses");
        finished(&router, &path).await;
        let page = get(&router, &result).await.text();
        assert_eq!(page.contains("/store\""), is_offered, "{page}");
    }
}

/// A server that draws one picture at a time, and where it shows the result of the archive's series.
async fn analysed(archive: &Archive) -> (Router, String) {
    let mut config = Config::default();
    config.requests.picture_threads = 1;
    let (router, _) = served_as(&archive.address, config, &FakeEngine::default()).await;
    let body = format!("study={}&series={}", archive.study, archive.series);
    let result = place(&send(&router, posted("/pacs/series", &body)).await);
    let path = result.replace("/diagnosis", "/api/v1/analyses");
    finished(&router, &path).await;
    (router, result)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_that_takes_its_time_holds_up_nobody_and_gets_nothing_twice() {
    let archive = Archive::start(SLICES).await;
    let (router, result) = analysed(&archive).await;
    archive.hold();
    let store = {
        let (router, path) = (router.clone(), format!("{result}/store"));
        move || {
            let (router, path) = (router.clone(), path.clone());
            tokio::spawn(async move { send(&router, posted(&path, "")).await })
        }
    };
    let first = store();
    until("the archive is sent files", || archive.asked() == 1).await;
    let path = result.replace("/diagnosis", "/api/v1/analyses");
    let path = format!("{path}/slices/0/heatmap.png");
    let picture = get(&router, &path);
    let picture = tokio::time::timeout(Duration::from_secs(10), picture).await;
    assert_eq!(picture.expect("it is drawn").status, StatusCode::OK);
    let second = store().await.expect("an answer");
    assert_eq!(second.status, StatusCode::CONFLICT, "{}", second.text());
    let page = get(&router, &result).await.text();
    assert!(page.contains("being stored"), "{page}");
    archive.release();
    let stored = place(&first.await.expect("an answer"));
    assert_eq!(stored, result);
    let third = store().await.expect("an answer");
    assert_eq!(third.status, StatusCode::CONFLICT, "{}", third.text());
    assert_eq!(archive.asked(), 1);
    let page = get(&router, &stored).await.text();
    assert!(!page.contains("/store\""), "{page}");
}

/// Stores a result in an archive that does not take all of it, after which it may be tried again; what is said of that.
async fn fails_to_store(router: &Router, result: &str) -> String {
    let failed = send(router, posted(&format!("{result}/store"), "")).await;
    let said = failed.text();
    assert_eq!(failed.status, StatusCode::BAD_GATEWAY, "{said}");
    let page = get(router, result).await.text();
    assert!(page.contains("/store\""), "it may be tried again: {page}");
    said
}

#[tokio::test]
async fn what_is_stored_again_after_a_failure_is_the_same_files() {
    let archive = Archive::start(SLICES).await;
    let (router, result) = analysed(&archive).await;
    archive.fail_once();
    fails_to_store(&router, &result).await;
    place(&send(&router, posted(&format!("{result}/store"), "")).await);
    let sent = archive.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].len(), SLICES as usize + 1);
    assert_eq!(sent[0], sent[1], "SOP Instance UIDs");
}

#[tokio::test]
async fn captures_refer_to_the_images_that_they_were_made_of() {
    let archive = Archive::start(SLICES).await;
    let (router, result) = analysed(&archive).await;
    place(&send(&router, posted(&format!("{result}/store"), "")).await);
    let mut referred = Vec::new();
    for file in archive.last() {
        let object = dicom_object::from_reader(&file[..]).expect("DICOM");
        // The report has none.
        let Ok(sources) = object.element_by_name("SourceImageSequence") else {
            continue;
        };
        let number = object.element_by_name("InstanceNumber").expect("a number");
        let number: u32 = number.to_int().expect("a number");
        let source = &sources.items().expect("a sequence")[0];
        let uid = source.element_by_name("ReferencedSOPInstanceUID");
        let uid = uid.expect("an image").to_str().expect("text");
        referred.push((number, uid.into_owned()));
    }
    // Number 1 is the slice of air, which was not analysed; the archive counts instances of the others from 0.
    let expected = (0..SLICES).map(|instance| (instance + 2, format!("2.25.1.1.{instance}")));
    assert_eq!(referred, expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_result_that_the_archive_took_in_part_may_be_stored_again() {
    let archive = Archive::start(SLICES).await;
    let (router, result) = analysed(&archive).await;
    archive.refuse_one();
    let text = fails_to_store(&router, &result).await;
    let told = format!("took {SLICES} of {} files", SLICES + 1);
    assert!(
        text.contains(&told) && text.contains("out of room"),
        "{text}"
    );
    place(&send(&router, posted(&format!("{result}/store"), "")).await);
    let sent = archive.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1], "all of it, under the same numbers");
}

#[tokio::test]
async fn an_archive_that_is_not_there_is_said_so_and_nothing_else_suffers() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/dicom-web", listener.local_addr().expect("bound"));
    drop(listener);
    let router = served(&address).await;
    let list = get(&router, "/pacs").await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(list.text().contains("cannot be reached"), "{}", list.text());
    let refused = send(&router, posted("/pacs/series", "study=1.2&series=1.2.3")).await;
    assert_eq!(refused.status, StatusCode::BAD_GATEWAY);
    assert_eq!(get(&router, "/diagnosis").await.status, StatusCode::OK);
}

#[tokio::test]
async fn names_of_patients_are_for_nobody_from_elsewhere_unless_something_vouches_for_them() {
    let router = served("http://127.0.0.1:9/dicom-web").await;
    let paths = ["/pacs", "/zh/pacs"];
    for path in paths {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let stranger = send(&router, from("192.0.2.7:40000", request)).await;
        assert_eq!(stranger.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in [
        "/pacs",
        "/zh/pacs",
        "/pacs/series",
        "/zh/pacs/series",
        "/diagnosis/0/store",
        "/zh/diagnosis/0/store",
    ] {
        let request = Request::post(path).body(Body::empty()).expect("a request");
        let stranger = send(&router, from("192.0.2.7:40000", request)).await;
        assert_eq!(stranger.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn without_an_archive_there_is_no_such_page() {
    let router = common::default_router().await;
    let missing = get(&router, "/pacs").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let page = missing.text();
    assert!(
        page.contains("No such page") && !page.contains("role=\"search\""),
        "{page}"
    );
    let missing = send(&router, posted("/pacs", "name=phan")).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let refused = send(&router, posted("/pacs/series", "study=1.2&series=1.2.3")).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let page = get(&router, "/diagnosis").await.text();
    assert!(!page.contains("href=\"/pacs\""), "{page}");
}
