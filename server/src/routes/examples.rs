//! `/examples/{class}-{n}.png`: synthetic slices to try things with, drawn by the program itself.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use lungsight_imaging::{
    Class, Finding, PhantomOptions, SegmentOptions, encode_png_grey, mask_fingerprint, phantom,
    segment,
};

use crate::error::Error;
use crate::router::MASK_FINGERPRINT;
use crate::state::AppState;

/// Examples of each class.
const EXAMPLES: u64 = 3;

/// Draws the example, and says what its mask's fingerprint is when this server computes it.
pub async fn show(
    State(state): State<AppState>,
    Path(file): Path<String>,
) -> Result<Response, Error> {
    let options = example(&file).ok_or(Error::Unknown("example"))?;
    let (png, fingerprint) = state
        .pictures()
        .run(move || {
            let slice = phantom(&options).slice;
            let segmentation = segment(&slice, &SegmentOptions::default());
            let fingerprint = segmentation.lungs().map(mask_fingerprint).ok();
            (encode_png_grey(&slice), fingerprint)
        })
        .await?;
    let headers = [
        (CONTENT_TYPE, "image/png"),
        (CACHE_CONTROL, "public, max-age=3600"),
    ];
    let fingerprint = fingerprint.map(|value| [(MASK_FINGERPRINT, format!("{value:016x}"))]);
    Ok((headers, fingerprint, png).into_response())
}

/// `covid-1.png` and the like.
fn example(file: &str) -> Option<PhantomOptions> {
    synthetic(file.strip_suffix(".png")?)
}

/// The synthetic slice of a name: `covid-1` and the like.
pub fn synthetic(name: &str) -> Option<PhantomOptions> {
    let (class, number) = name.split_once('-')?;
    let class: Class = class.parse().ok()?;
    let number = (0..EXAMPLES).find(|example| number == example.to_string())?;
    let finding = match (class, number) {
        (Class::Healthy, _) => Finding::None,
        (Class::Pneumonia, _) => Finding::LobarConsolidation,
        (Class::Covid, 1) => Finding::PleuralConsolidation,
        (Class::Covid, _) => Finding::GroundGlass,
    };
    let seed = class.index() as u64 * EXAMPLES + number;
    Some(PhantomOptions {
        seed,
        finding,
        round_field_of_view: number == 2,
        ..PhantomOptions::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_examples_and_no_others() {
        let all = Class::ALL
            .into_iter()
            .flat_map(|class| (0..5).map(move |number| format!("{class}-{number}.png")));
        assert_eq!(all.filter(|file| example(file).is_some()).count(), 9);
        for file in [
            "covid-01.png",
            "covid-1.jpg",
            "covid.png",
            "flu-1.png",
            "covid--1.png",
            ".png",
        ] {
            assert!(example(file).is_none(), "{file}");
        }
    }
}
