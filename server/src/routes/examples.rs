//! `/examples/{class}-{n}.png`: synthetic slices to try things with, drawn by the program itself;
//! `/examples/own/{class}/{n}.png`: slices of whoever runs the server. With `?masked`, their lungs alone.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use lungsight_imaging::{
    Class, Finding, PhantomOptions, SegmentOptions, Slice, Step, encode_png_grey, mask_fingerprint,
    phantom, segment,
};
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::sent::counted;
use crate::error::Error;
use crate::examples::read_slice;
use crate::extract::{Path, Query};
use crate::prepare::SliceFault;
use crate::router::MASK_FINGERPRINT;
use crate::state::AppState;

/// Examples of each class that the program draws.
const EXAMPLES: u64 = 3;

/// What is asked of an example.
#[derive(Deserialize)]
pub struct Asked {
    /// There at all: the slice as it is after the last step, black but for the lungs.
    masked: Option<String>,
}

/// An example that is drawn.
pub async fn synthetic(
    State(state): State<AppState>,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    /// Drawn once each, plain and masked: the same for everybody.
    static DRAWN: [OnceCell<(Bytes, Option<u64>)>; 2 * Class::ALL.len() * EXAMPLES as usize] =
        [const { OnceCell::const_new() }; 2 * Class::ALL.len() * EXAMPLES as usize];

    let options = example(&file).ok_or(Error::Unknown("example"))?;
    let is_masked = asked.masked.is_some();
    let place = 2 * options.seed as usize + usize::from(is_masked);
    let drawn = DRAWN[place].get_or_try_init(|| async {
        let work = move || draw(&phantom(&options).slice, is_masked);
        let drawn = state.pictures().run(work).await?;
        let (png, fingerprint) = drawn.map_err(Error::Example)?;
        Ok::<_, Error>((Bytes::from(png), fingerprint))
    });
    let (png, fingerprint) = drawn.await?.clone();
    Ok(sent(png, fingerprint, "public, max-age=300"))
}

/// An example from a file. It is encoded anew: whatever the file holds beside pixels stays here.
pub async fn own(
    State(state): State<AppState>,
    Path((class, file)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let path = file
        .strip_suffix(".png")
        .and_then(|number| state.offers().examples.path(&class, number))
        .ok_or(Error::Unknown("example"))?
        .to_owned();
    let limits = state.config().requests.decoding();
    let is_masked = asked.masked.is_some();
    let work = move || draw(&read_slice(&path, &limits)?, is_masked);
    let drawn = state.pictures().run(work).await?;
    let (png, fingerprint) = drawn.map_err(Error::Example)?;
    // No cache on the way keeps it: who may see it is asked here.
    let kept = "private, max-age=300";
    Ok(sent(counted(state.answers(), png)?, fingerprint, kept))
}

/// The picture, and what its mask's fingerprint is when this server computes it. It may be `kept` for a short time alone: with
/// another program or another file in the folder, a number may come to mean another picture.
fn sent(png: Bytes, fingerprint: Option<u64>, kept: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, kept)];
    let fingerprint = fingerprint.map(|value| [(MASK_FINGERPRINT, format!("{value:016x}"))]);
    (headers, fingerprint, png).into_response()
}

/// The PNG, and the fingerprint of the lungs where there are any.
fn draw(slice: &Slice, is_masked: bool) -> Result<(Vec<u8>, Option<u64>), SliceFault> {
    let segmentation = segment(slice, &SegmentOptions::default());
    match segmentation.lungs().map(mask_fingerprint) {
        Err(reason) if is_masked => Err(SliceFault::NoLungs(reason)),
        lungs if is_masked => {
            let masked = segmentation.picture(Step::Superimpose);
            Ok((encode_png_grey(&masked), lungs.ok()))
        }
        lungs => Ok((encode_png_grey(slice), lungs.ok())),
    }
}

/// `covid-1.png` and the like.
fn example(file: &str) -> Option<PhantomOptions> {
    named(file.strip_suffix(".png")?)
}

/// The synthetic slice of a name: `covid-1` and the like.
pub fn named(name: &str) -> Option<PhantomOptions> {
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
