//! A region that is asked about: what it says, its picture, and what is refused.

mod common;

use axum::Router;
use axum::http::StatusCode;
use common::{Answer, Form, default_router, get, mask_png, send, slice_png};
use lungsight_app::analysis::{Analysis, RegionEvidence, SliceResult};

const ANALYSES: &str = "/api/v1/analyses";

/// One analysed slice of 256² pixels; its lungs are the 128² in the middle, and the crop around them, from 60 to 196, has
/// 136² (a margin of a thirty-second on each side).
async fn analysed() -> (Router, String) {
    let router = default_router().await;
    let form = Form::default()
        .slice("a.png", &slice_png(1))
        .mask(&mask_png(256, 256));
    let answer = send(&router, form.post(ANALYSES)).await;
    let analysis: Analysis = serde_json::from_slice(&answer.body).expect("an analysis");
    let SliceResult::Read(slice) = &analysis.slices[0] else {
        panic!("{analysis:?}")
    };
    (router, slice.region.clone())
}

async fn explained(router: &Router, link: &str) -> RegionEvidence {
    let answer = get(router, link).await;
    assert_eq!(answer.status, StatusCode::OK, "{link}: {}", answer.text());
    serde_json::from_slice(&answer.body).expect("evidence")
}

fn query([x, y, width, height]: [u32; 4]) -> String {
    format!("x={x}&y={y}&width={width}&height={height}")
}

/// The alpha of every pixel of an RGBA PNG.
fn alphas(answer: &Answer) -> Vec<u8> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "image/png");
    let picture = image::load_from_memory(&answer.body).expect("a picture");
    assert_eq!((picture.width(), picture.height()), (256, 256));
    let rgba = picture.as_rgba8().expect("RGBA");
    rgba.pixels().map(|pixel| pixel.0[3]).collect()
}

#[tokio::test]
async fn the_level_follows_the_region_s_size() {
    let (router, link) = analysed().await;
    // Of a crop of 136: all of it, half of it, and less; and the whole slice, which is no more than the crop.
    for (side, level, cells) in [(136, 4, 6), (68, 3, 12), (67, 2, 24), (1, 2, 24)] {
        let asked = query([60, 60, side, side]);
        let evidence = explained(&router, &format!("{link}?{asked}&class=covid")).await;
        assert_eq!((evidence.level, evidence.cells), (level, cells), "{side}");
        assert_eq!(evidence.cell_pixels, 136.0 / cells as f32);
        let picture = format!("{link}.png?{asked}&class=covid");
        assert_eq!(evidence.picture, picture);
    }
    let whole = explained(&router, &format!("{link}?{}", query([0, 0, 256, 256]))).await;
    assert_eq!((whole.level, whole.lung_share), (4, 1.0));
    assert_eq!(whole.evidence_share, Some(1.0));
    assert_eq!(whole.contribution, whole.level_contribution);
}

#[tokio::test]
async fn what_speaks_for_and_against_a_class_is_told_apart_from_size() {
    let (router, link) = analysed().await;
    // The fake network finds the left half for the class, more so below, and the right half against it.
    let of = async |region| explained(&router, &format!("{link}?{}", query(region))).await;
    let (upper, lower) = (of([60, 60, 68, 68]).await, of([60, 128, 68, 68]).await);
    let right = of([128, 60, 68, 136]).await;
    assert_eq!((upper.level, lower.level, right.level), (3, 3, 3));
    assert_eq!((upper.lung_share, lower.lung_share), (0.25, 0.25));
    let share = |evidence: &RegionEvidence| evidence.evidence_share.expect("some speaks for it");
    assert!(share(&lower) > 0.6 && share(&upper) < 0.4);
    assert!((share(&lower) + share(&upper) - 1.0).abs() < 1e-5);
    assert_eq!(share(&right), 0.0);
    assert!(right.contribution < 0.0);
    let sum = upper.contribution + lower.contribution + right.contribution;
    assert!((sum - upper.level_contribution).abs() < 1e-5);
}

#[tokio::test]
async fn the_predicted_class_is_explained_unless_another_is_named() {
    let (router, link) = analysed().await;
    let asked = query([60, 60, 40, 40]);
    let slice = link.trim_end_matches("/slices/0/region");
    let analysis = get(&router, slice).await.json();
    let predicted = explained(&router, &format!("{link}?{asked}")).await;
    assert_eq!(analysis["slices"][0]["predicted"], predicted.class.name());
    let mut contributions = Vec::new();
    for class in ["healthy", "pneumonia", "covid"] {
        let evidence = explained(&router, &format!("{link}?class={class}&{asked}")).await;
        assert_eq!(evidence.class.name(), class);
        contributions.push(evidence.contribution);
    }
    assert!(contributions[0] < contributions[1] && contributions[1] < contributions[2]);
    let other = get(&router, &format!("{link}?{asked}&class=flu")).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "{}", other.text());
}

#[tokio::test]
async fn the_picture_is_clear_outside_the_region_and_the_lungs() {
    let (router, link) = analysed().await;
    // Reaches from outside the lungs (x from 64) into their left, hot half.
    let (x, y, width, height) = (40, 150, 60, 30);
    let asked = query([x, y, width, height]);
    let evidence = explained(&router, &format!("{link}?{asked}")).await;
    let alphas = alphas(&get(&router, &evidence.picture).await);
    for (place, alpha) in (0u32..).zip(&alphas) {
        let (column, row) = (place % 256, place / 256);
        let inside = (x..x + width).contains(&column) && (y..y + height).contains(&row);
        if !inside || column < 60 {
            assert_eq!(*alpha, 0, "{column}, {row}");
        } else if column >= 64 {
            assert!(*alpha > 0, "{column}, {row}");
        }
    }
}

#[tokio::test]
async fn a_bad_region_is_refused_with_the_reason() {
    let (router, link) = analysed().await;
    for (asked, words) in [
        ("", "'x' is missing"),
        ("x=1&y=1&width=5", "'height' is missing"),
        ("x=a&y=1&width=5&height=5", "'x' is no whole number"),
        ("x=1&y=-1&width=5&height=5", "'y' is no whole number"),
        ("x=1&y=1&width=2.5&height=5", "'width' is no whole number"),
        ("x=1&y=1&width=5&height=", "'height' is no whole number"),
        ("x=1&y=1&width=NaN&height=5", "'width' is no whole number"),
        ("x=1&x=2&y=1&width=5&height=5", "named twice"),
        ("x=1&y=1&width=0&height=5", "empty"),
        (
            "x=250&y=1&width=7&height=5",
            "edge of the slice of 256 x 256",
        ),
        ("x=256&y=1&width=1&height=5", "edge of the slice"),
        ("x=1&y=1&width=4294967295&height=5", "edge of the slice"),
        (
            "x=1&y=1&width=5&height=99999999999999999999",
            "edge of the slice",
        ),
        ("x=0&y=0&width=60&height=256", "beside them"),
    ] {
        for link in [&link, &format!("{link}.png")] {
            let answer = get(&router, &format!("{link}?{asked}")).await;
            let status = match words {
                // As every query that cannot be read.
                "named twice" => StatusCode::BAD_REQUEST,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            assert_eq!(answer.status, status, "{asked}");
            let error = answer.json()["error"].as_str().map(str::to_owned);
            let error = error.expect("words");
            assert!(error.contains(words), "{asked}: {error}");
        }
    }
}

#[tokio::test]
async fn a_slice_that_is_not_there_has_no_regions() {
    let (router, link) = analysed().await;
    let asked = query([60, 60, 40, 40]);
    let others = [
        link.replace("/slices/0/", "/slices/1/"),
        link.replace("/slices/0/", "/slices/one/"),
        format!("{ANALYSES}/{}/slices/0/region", "0".repeat(32)),
    ];
    for other in others {
        let answer = get(&router, &format!("{other}?{asked}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{other}");
    }
}
