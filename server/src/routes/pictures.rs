//! The pictures of a slice: itself, its lungs, and what the network looked at.

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use lungsight_imaging::{Class, encode_png_grey, encode_png_mask, encode_png_rgba};
use serde::Deserialize;

use super::analyses::find;
use crate::error::Error;
use crate::record::ExplainedSlice;
use crate::state::AppState;
use crate::store::KeptSlice;

/// `GET …/slices/{n}/slice.png`: 8-bit grey.
pub async fn slice(
    State(state): State<AppState>,
    Path(place): Path<(String, String)>,
) -> Result<Response, Error> {
    draw(&state, place, |slice| {
        encode_png_grey(&slice.prepared.slice)
    })
    .await
}

/// `GET …/slices/{n}/mask.png`: 1 bit, the slice's size.
pub async fn mask(
    State(state): State<AppState>,
    Path(place): Path<(String, String)>,
) -> Result<Response, Error> {
    draw(&state, place, |slice| {
        encode_png_mask(&slice.prepared.lungs)
    })
    .await
}

/// What is asked of a heatmap.
#[derive(Deserialize)]
pub struct Asked {
    /// The class to explain; the predicted one where none is named.
    class: Option<String>,
}

/// `GET …/slices/{n}/heatmap.png?class=…`: RGBA of the slice's size, to be laid over it.
pub async fn heatmap(
    State(state): State<AppState>,
    Path(place): Path<(String, String)>,
    Query(Asked { class }): Query<Asked>,
) -> Result<Response, Error> {
    let class = class_named(class.as_deref())?;
    draw(&state, place, move |slice| {
        let size = &slice.prepared.slice;
        let layer = slice.heat_layer(class.unwrap_or(slice.predicted));
        encode_png_rgba(size.width(), size.height(), &layer)
    })
    .await
}

async fn draw(
    state: &AppState,
    (id, number): (String, String),
    picture: impl FnOnce(&ExplainedSlice) -> Vec<u8> + Send + 'static,
) -> Result<Response, Error> {
    let slice = find_slice(state, &id, &number).await?;
    let drawn = state
        .pictures()
        .run(move || Ok::<_, Error>(picture(slice.open()?.as_ref())))
        .await?;
    Ok(([(header::CONTENT_TYPE, "image/png")], drawn?).into_response())
}

/// The class of a query, where one is named.
pub fn class_named(name: Option<&str>) -> Result<Option<Class>, Error> {
    let class = name.map(|name| name.parse().map_err(|_| Error::Unknown("class")));
    class.transpose()
}

/// A slice that was read, of an analysis that is there.
pub async fn find_slice(state: &AppState, id: &str, number: &str) -> Result<KeptSlice, Error> {
    if let Ok(number) = number.parse()
        && let Some(slice) = state.store().slice(id, number).await?
    {
        return Ok(slice);
    }
    find(state, id).await?;
    Err(Error::Unknown("slice"))
}
