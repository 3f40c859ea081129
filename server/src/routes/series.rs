//! `/api/v1/series`: a CT series in, a patient's result out.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lungsight_app::analysis::{Analysis, ErrorBody, Grouping};

use super::analyses::{location, ready};
use crate::analyse;
use crate::error::Error;
use crate::form;
use crate::openapi::File;
use crate::series::{HeldSeries, OfSeries};
use crate::state::AppState;

/// `POST /api/v1/series`
#[utoipa::path(
    post,
    path = "/api/v1/series",
    tag = "analyses",
    operation_id = "analyse_series",
    summary = "Analyses a CT series as one patient and answers when all of it is done",
    description = "The body is one file: a zip of DICOM files, a DICOM file or a NIfTI volume. Of several series the longest is \
        taken, in the lung window; slices without lungs are left out. What is odd about it is told with the result, so that files of several patients \
        are noticed. Nothing of the files but the slices' pictures and positions, and these notes, is kept.",
    request_body(content = File, content_type = "application/octet-stream"),
    responses(
        (status = 201, description = "The analysis; slices that failed are among its slices", body = Analysis),
        (status = 422, description = "No series that can be read, or none that shows lungs", body = ErrorBody),
    )
)]
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Error> {
    if let Err(not_there) = ready(&state).await {
        form::discard(request, &state).await;
        return Err(not_there);
    }
    let (file, held) = form::read_file(request, &state).await?;
    let series = Arc::new(HeldSeries::read(&state, vec![file], held).await?);
    let OfSeries {
        slices,
        remarks,
        held,
        ..
    } = series.slices(&state).await?;
    drop(series);
    let analysis = analyse::whole(&state, Grouping::Patient, remarks, slices).await?;
    drop(held);
    Ok((StatusCode::CREATED, location(&analysis), Json(&analysis)).into_response())
}
