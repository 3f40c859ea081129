//! There and back: a series is stored in a real Orthanc, found, fetched, and its results are stored beside it.

mod common;
#[path = "common/orthanc.rs"]
mod server;

use std::collections::BTreeSet;
use std::time::Duration;

use common::{files, origin, read_series, results, series_files};
use lungsight_dicom::web::{Client, Credentials, FoundSeries, Query, WebError, WebLimits};
use lungsight_dicom::{Patient, Picture, SliceResult};
use lungsight_series::Series;
use server::Orthanc;

const SLICES: u32 = 5;

async fn fetch(client: &Client, series: &FoundSeries) -> Result<Vec<Vec<u8>>, WebError> {
    let mut instances = client
        .fetch(&series.study_instance_uid, &series.series_instance_uid)
        .await?;
    let mut files = Vec::new();
    while let Some(file) = instances.next(|_| true).await? {
        files.push(file);
    }
    Ok(files)
}

fn hounsfield(series: &Series) -> Vec<Vec<i16>> {
    let slices = 0..series.slices().len();
    let decoded = slices.map(|at| series.decode(at).expect("it decodes"));
    decoded.map(|slice| slice.values().to_vec()).collect()
}

#[tokio::test]
async fn a_series_goes_round() {
    let Some(orthanc) = Orthanc::start() else {
        return;
    };
    orthanc.ready().await;
    let client = orthanc.client(WebLimits::default());
    assert_eq!(
        client.series(&Query::default()).await,
        Ok(Vec::new()),
        "it is empty"
    );

    // There.
    let original = series_files(SLICES);
    let stored = client
        .store(original.iter().map(|(_, file)| file.clone()))
        .await
        .expect("it stores");
    assert_eq!(
        (stored.stored, stored.failed.len(), stored.unconfirmed),
        (SLICES as usize, 0, 0)
    );
    let found = client.series(&Query::default()).await.expect("it searches");
    let [found] = &found[..] else {
        panic!("one series is found");
    };
    assert_eq!(
        (found.patient_name.as_str(), found.patient_id.as_str()),
        ("Phantom^1", "P1")
    );
    assert_eq!(
        (found.modality.as_str(), found.instances),
        ("CT", Some(SLICES))
    );

    // And back: the same files, the same values.
    let fetched = fetch(&client, found).await.expect("it gives the series");
    let sent: BTreeSet<&Vec<u8>> = original.iter().map(|(_, file)| file).collect();
    assert_eq!(
        fetched.iter().collect::<BTreeSet<_>>(),
        sent,
        "byte for byte"
    );
    let before = read_series(original.clone());
    let series = read_series(fetched.into_iter().map(|file| (String::new(), file)));
    assert_eq!(hounsfield(&series), hounsfield(&before));

    // Results beside it.
    let patient = Patient {
        name: found.patient_name.clone(),
        id: found.patient_id.clone(),
    };
    let origin = origin(&series).with_patient(patient);
    let made = files(&results(SLICES), Some(&origin));
    let stored = client
        .store(made.iter().map(|file| file.bytes.clone()))
        .await
        .expect("it stores");
    assert_eq!(
        (stored.stored, stored.failed.len(), stored.unconfirmed),
        (made.len(), 0, 0)
    );
    let query = Query {
        modality: String::new(),
        study: found.study_instance_uid.clone(),
        ..Query::default()
    };
    let in_study = client.series(&query).await.expect("it searches");
    let listed = in_study
        .iter()
        .map(|series| (series.modality.as_str(), series.instances))
        .collect::<BTreeSet<_>>();
    assert_eq!(
        listed,
        BTreeSet::from([("CT", Some(SLICES)), ("OT", Some(SLICES)), ("SR", Some(1))])
    );
    let patients: BTreeSet<_> = in_study
        .iter()
        .map(|series| series.patient_id.as_str())
        .collect();
    assert_eq!(patients, BTreeSet::from(["P1"]));
    let mut kept = Vec::new();
    for series in in_study.iter().filter(|series| series.modality != "CT") {
        kept.extend(fetch(&client, series).await.expect("it gives the series"));
    }
    let kept: BTreeSet<Vec<u8>> = kept.into_iter().collect();
    let made: BTreeSet<Vec<u8>> = made.into_iter().map(|file| file.bytes).collect();
    assert!(kept == made, "byte for byte");
}

/// In several batches, and after a while in which this thread can't see that Orthanc has ended the connection that it was
/// asked through before, as Debian's does after a second: a batch that is sent into one is lost.
#[tokio::test]
async fn large_results_are_stored_whole() {
    let Some(orthanc) = Orthanc::start() else {
        return;
    };
    orthanc.ready().await;
    let client = orthanc.client(WebLimits::default());
    let found = client.series(&Query::default()).await;
    assert_eq!(found, Ok(Vec::new()), "it is empty");
    let large = |slice: &SliceResult| {
        let (width, height) = (2000, 2000);
        let rgb = vec![slice.number as u8; 2000 * 2000 * 3];
        Some(Picture { width, height, rgb })
    };
    std::thread::sleep(Duration::from_millis(1500));
    let results = results(6);
    let made = results.files(None, large).expect("the numbers fit");
    let made: Vec<_> = made
        .map(|file| file.expect("it is written").bytes)
        .collect();
    let stored = client.store(made).await.expect("it stores");
    assert_eq!(
        (stored.stored, stored.failed.len(), stored.unconfirmed),
        (7, 0, 0)
    );
}

#[tokio::test]
async fn refusals_have_names() {
    let Some(orthanc) = Orthanc::start() else {
        return;
    };
    orthanc.ready().await;
    let client = orthanc.client(WebLimits::default());
    let stranger = Credentials {
        user: "reader".into(),
        password: "wrong".into(),
    };
    let stranger = Client::new(&orthanc.address, Some(stranger), WebLimits::default())
        .expect("the address is good");
    assert_eq!(
        stranger.series(&Query::default()).await,
        Err(WebError::Status { status: 401 })
    );
    assert_eq!(
        client.fetch("1.2.3", "1.2.3.4").await.err(),
        Some(WebError::Status { status: 404 })
    );

    let files = series_files(SLICES).into_iter().map(|(_, file)| file);
    client.store(files).await.expect("it stores");
    let found = client
        .series(&Query::default())
        .await
        .expect("it searches")
        .remove(0);
    let few = orthanc.client(WebLimits {
        max_instances: 4,
        ..WebLimits::default()
    });
    assert_eq!(
        fetch(&few, &found).await,
        Err(WebError::TooManyInstances { max_instances: 4 })
    );
    let small = orthanc.client(WebLimits {
        max_instance_bytes: 1000,
        ..WebLimits::default()
    });
    assert_eq!(
        fetch(&small, &found).await,
        Err(WebError::InstanceTooLarge { max_bytes: 1000 })
    );

    // What is no DICOM among what is: this server then refuses the request.
    let sent = [series_files(1).remove(0).1, vec![7; 1000]];
    assert_eq!(
        client.store(sent).await,
        Err(WebError::Status { status: 400 })
    );
}
