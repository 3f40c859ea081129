//! What a region of a slice says for or against a class, at the pyramid level that its size asks for.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use lungsight_app::analysis::{ErrorBody, RegionEvidence};
use lungsight_imaging::{Class, Rect, encode_png_rgba};

use super::pictures::{class_named, find_slice, made_of};
use super::sent::png;
use crate::error::Error;
use crate::extract::{Path, Query};
use crate::openapi::{ClassName, File, OfRegion, OfSlice};
use crate::record::ExplainedSlice;
use crate::region::{AskedRegion, RegionFault};
use crate::state::AppState;

/// `GET …/slices/{n}/region?x=…&y=…&width=…&height=…&class=…`
#[utoipa::path(
    get,
    path = "/api/v1/analyses/{id}/slices/{number}/region",
    tag = "explanations",
    operation_id = "region",
    summary = "What a region says for or against a class",
    params(
        OfSlice,
        OfRegion,
        ("class" = inline(Option<ClassName>), Query, description = "healthy, pneumonia or covid; the predicted one where none is named"),
    ),
    responses(
        (status = 200, description = "Its evidence", body = RegionEvidence),
        (status = 400, description = "Something is named twice", body = ErrorBody),
        (status = 404, description = "No such analysis, slice or class", body = ErrorBody),
        (status = 422, description = "No region of this slice, or beside the lungs", body = ErrorBody),
    )
)]
pub async fn show(
    State(state): State<AppState>,
    Path(place): Path<(String, String)>,
    Query(asked): Query<AskedRegion>,
) -> Result<Json<RegionEvidence>, Error> {
    let (id, number) = &place;
    let base = format!("/api/v1/analyses/{id}/slices/{number}/region.png");
    explain(&state, &place, asked, move |slice, class, region| {
        let evidence = slice.region(class, region)?;
        let Rect {
            x,
            y,
            width,
            height,
        } = region;
        let cells = evidence.heat.width;
        Some(RegionEvidence {
            class,
            level: evidence.level,
            cells,
            cell_pixels: slice.prepared.input.crop.width as f32 / cells.max(1) as f32,
            evidence_share: evidence.evidence_share,
            lung_share: evidence.lung_share,
            contribution: evidence.contribution,
            level_contribution: evidence.level_contribution,
            picture: format!("{base}?x={x}&y={y}&width={width}&height={height}&class={class}"),
        })
    })
    .await
    .map(Json)
}

/// `GET …/slices/{n}/region.png?…`: RGBA of the slice's size, to be laid over it; clear outside the region.
#[utoipa::path(
    get,
    path = "/api/v1/analyses/{id}/slices/{number}/region.png",
    tag = "explanations",
    operation_id = "region_picture",
    summary = "The heat of the region's pyramid level",
    params(
        OfSlice,
        OfRegion,
        ("class" = inline(Option<ClassName>), Query, description = "healthy, pneumonia or covid; the predicted one where none is named"),
    ),
    responses(
        (status = 200, description = "RGBA of the slice's size, clear outside the region", body = File, content_type = "image/png"),
        (status = 400, description = "Something is named twice", body = ErrorBody),
        (status = 404, description = "No such analysis, slice or class", body = ErrorBody),
        (status = 422, description = "No region of this slice, or beside the lungs", body = ErrorBody),
    )
)]
pub async fn picture(
    State(state): State<AppState>,
    Path(place): Path<(String, String)>,
    Query(asked): Query<AskedRegion>,
) -> Result<Response, Error> {
    let drawn = explain(&state, &place, asked, |slice, class, region| {
        let layer = slice.region_layer(class, region)?;
        let size = &slice.prepared.slice;
        Some(encode_png_rgba(size.width(), size.height(), &layer))
    });
    png(state.answers(), drawn.await?)
}

/// Answers with what `answer` makes of the slice, the class and the region; `None` is a region that the network never saw.
async fn explain<T: Send + 'static>(
    state: &AppState,
    (id, number): &(String, String),
    asked: AskedRegion,
    answer: impl FnOnce(&ExplainedSlice, Class, Rect) -> Option<T> + Send + 'static,
) -> Result<T, Error> {
    let slice = find_slice(state, id, number).await?;
    let class = class_named(asked.class.as_deref())?;
    made_of(state, slice, move |slice| {
        let region = asked.within(&slice.prepared.slice)?;
        let class = class.unwrap_or(slice.predicted);
        let answer = answer(slice, class, region);
        Ok(answer.ok_or(RegionFault::Unseen)?)
    })
    .await
}
