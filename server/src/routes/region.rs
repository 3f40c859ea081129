//! What a region of a slice says for or against a class, at the pyramid level that its size asks for.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use lungsight_app::analysis::{ErrorBody, RegionEvidence};
use lungsight_imaging::{Class, Rect, encode_png_rgba};

use super::pictures::{class_named, find_slice};
use crate::error::Error;
use crate::metrics::Stage;
use crate::openapi::{ClassName, File};
use crate::record::ExplainedSlice;
use crate::region::{AskedRegion, RegionFault};
use crate::state::AppState;

/// The query; it cannot be read only where something is named twice.
type Asked = Result<Query<AskedRegion>, QueryRejection>;

/// `GET …/slices/{n}/region?x=…&y=…&width=…&height=…&class=…`
#[utoipa::path(
    get,
    path = "/api/v1/analyses/{id}/slices/{number}/region",
    tag = "explanations",
    operation_id = "region",
    summary = "What a region says for or against a class",
    params(
        ("id" = String, Path, description = "128 random bits as 32 hexadecimal digits"),
        ("number" = usize, Path, description = "The slice's place among the files, from 0"),
        ("x" = u32, Query, description = "Left edge in pixels of the slice"),
        ("y" = u32, Query, description = "Upper edge"),
        ("width" = u32, Query, description = "Pixels"),
        ("height" = u32, Query, description = "Pixels"),
        ("class" = inline(Option<ClassName>), Query, description = "healthy, pneumonia or covid; the predicted one where none is named"),
    ),
    responses(
        (status = 200, description = "Its evidence", body = RegionEvidence),
        (status = 404, description = "No such analysis, slice or class", body = ErrorBody),
        (status = 422, description = "No region of this slice, or beside the lungs", body = ErrorBody),
    )
)]
pub async fn show(
    State(state): State<AppState>,
    Path((id, number)): Path<(String, String)>,
    asked: Asked,
) -> Result<Json<RegionEvidence>, Error> {
    let base = format!("/api/v1/analyses/{id}/slices/{number}/region.png");
    explain(&state, &id, &number, asked, move |slice, class, region| {
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
        ("id" = String, Path, description = "128 random bits as 32 hexadecimal digits"),
        ("number" = usize, Path, description = "The slice's place among the files, from 0"),
        ("x" = u32, Query, description = "Left edge in pixels of the slice"),
        ("y" = u32, Query, description = "Upper edge"),
        ("width" = u32, Query, description = "Pixels"),
        ("height" = u32, Query, description = "Pixels"),
        ("class" = inline(Option<ClassName>), Query, description = "healthy, pneumonia or covid; the predicted one where none is named"),
    ),
    responses(
        (status = 200, description = "RGBA of the slice's size, clear outside the region", body = File, content_type = "image/png"),
        (status = 404, description = "No such analysis, slice or class", body = ErrorBody),
        (status = 422, description = "No region of this slice, or beside the lungs", body = ErrorBody),
    )
)]
pub async fn picture(
    State(state): State<AppState>,
    Path((id, number)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, Error> {
    let png = explain(&state, &id, &number, asked, |slice, class, region| {
        let layer = slice.region_layer(class, region)?;
        let size = &slice.prepared.slice;
        Some(encode_png_rgba(size.width(), size.height(), &layer))
    })
    .await?;
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
}

/// Answers with what `answer` makes of the slice, the class and the region; `None` is a region that the network never saw.
async fn explain<T: Send + 'static>(
    state: &AppState,
    id: &str,
    number: &str,
    asked: Asked,
    answer: impl FnOnce(&ExplainedSlice, Class, Rect) -> Option<T> + Send + 'static,
) -> Result<T, Error> {
    let slice = find_slice(state, id, number).await?;
    let Query(asked) = asked.map_err(|_| RegionFault::Twice)?;
    let class = class_named(asked.class.as_deref())?;
    let metrics = state.metrics().clone();
    state
        .pictures()
        .run(move || {
            let slice = slice.open()?;
            let region = asked.within(&slice.prepared.slice)?;
            let class = class.unwrap_or(slice.predicted);
            let answer = metrics.time(Stage::Draw, || answer(&slice, class, region));
            Ok(answer.ok_or(RegionFault::Unseen)?)
        })
        .await?
}
