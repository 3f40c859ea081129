//! Analyses: what is said of slices and of a patient, and the pictures of it.

use crate::common::{ANALYSES, Form, default_router, get, mask_png, parsed, send, slice_png};
use axum::http::StatusCode;
use lungsight_app::analysis::{Analysis, SliceResult};
use lungsight_imaging::{Limits, decode};

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
