//! The pictures of a slice: itself, its lungs, and what the network looked at.

use axum::extract::State;
use axum::response::Response;
use lungsight_app::analysis::ErrorBody;
use lungsight_imaging::{Class, encode_png_grey, encode_png_mask, encode_png_rgba};
use serde::Deserialize;

use super::analyses::find;
use super::sent::png;
use crate::error::Error;
use crate::extract::{Path, Query};
use crate::memory::Reservation;
use crate::metrics::Stage;
use crate::openapi::{ClassName, File, OfSlice};
use crate::record::ExplainedSlice;
use crate::state::AppState;
use crate::store::KeptSlice;

/// `GET …/slices/{n}/slice.png`: 8-bit grey.
#[utoipa::path(
    get,
    path = "/api/v1/analyses/{id}/slices/{number}/slice.png",
    tag = "explanations",
    operation_id = "slice_picture",
    summary = "The slice",
    params(OfSlice),
    responses(
        (status = 200, description = "8-bit grey", body = File, content_type = "image/png"),
        (status = 404, description = "No such analysis or slice, or it has expired", body = ErrorBody),
    )
)]
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
#[utoipa::path(
    get,
    path = "/api/v1/analyses/{id}/slices/{number}/mask.png",
    tag = "explanations",
    operation_id = "mask_picture",
    summary = "Its lungs",
    params(OfSlice),
    responses(
        (status = 200, description = "1 bit, the slice's size", body = File, content_type = "image/png"),
        (status = 404, description = "No such analysis or slice, or it has expired", body = ErrorBody),
    )
)]
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
#[utoipa::path(
    get,
    path = "/api/v1/analyses/{id}/slices/{number}/heatmap.png",
    tag = "explanations",
    operation_id = "heatmap_picture",
    summary = "What the network looked at (Grad-CAM)",
    params(
        OfSlice,
        ("class" = inline(Option<ClassName>), Query, description = "healthy, pneumonia or covid; the predicted one where none is named"),
    ),
    responses(
        (status = 200, description = "RGBA of the slice's size, to be laid over it", body = File, content_type = "image/png"),
        (status = 400, description = "Something is named twice", body = ErrorBody),
        (status = 404, description = "No such analysis, slice or class", body = ErrorBody),
    )
)]
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
    let drawn = made_of(state, slice, |slice| Ok(picture(slice)));
    png(state.answers(), drawn.await?)
}

/// What `make` draws of a slice, on a thread for pictures.
pub async fn made_of<T: Send + 'static>(
    state: &AppState,
    slice: FoundSlice,
    make: impl FnOnce(&ExplainedSlice) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let metrics = state.metrics().clone();
    let work = move |slice: &ExplainedSlice| metrics.time(Stage::Draw, || make(slice));
    opened(state, slice, work).await
}

/// Opens a slice for `work`, on a thread for pictures.
pub async fn opened<T: Send + 'static>(
    state: &AppState,
    FoundSlice { slice, held }: FoundSlice,
    work: impl FnOnce(&ExplainedSlice) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let work = move || {
        let _held = held;
        work(slice.open()?.as_ref())
    };
    state.pictures().run(work).await?
}

/// The class of a query, where one is named.
pub fn class_named(name: Option<&str>) -> Result<Option<Class>, Error> {
    let class = name.map(|name| name.parse().map_err(|_| Error::Unknown("class")));
    class.transpose()
}

/// A slice, and the memory that it takes, packed and opened.
pub struct FoundSlice {
    slice: KeptSlice,
    held: Reservation,
}

/// A slice that was read, of an analysis that is there.
pub async fn find_slice(state: &AppState, id: &str, number: &str) -> Result<FoundSlice, Error> {
    if let Ok(number) = number.parse()
        && let Some(slice) = state.store().slice(id, number).await?
    {
        let mut held = state.memory().reserve_none();
        held.grow(slice.bytes())?;
        return Ok(FoundSlice { slice, held });
    }
    find(state, id).await?;
    Err(Error::Unknown("slice"))
}
