//! `/api/v1/analyses`: files in, classes out.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use lungsight_app::analysis::{Analysis, ErrorBody};

use crate::analyse::begin;
use crate::error::Error;
use crate::form;
use crate::openapi::UploadForm;
use crate::record::Record;
use crate::state::AppState;

/// `POST /api/v1/analyses`
#[utoipa::path(
    post,
    path = "/api/v1/analyses",
    tag = "analyses",
    operation_id = "analyse",
    summary = "Analyses slices and answers when all are done",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The analysis; files that failed are among its slices", body = Analysis),
        (status = 400, description = "The form is malformed, or holds no slice", body = ErrorBody),
        (status = 408, description = "The files did not arrive in time", body = ErrorBody),
        (status = 413, description = "More bytes, files or pixels than allowed", body = ErrorBody),
        (status = 415, description = "No form, a compressed body, or no file is a picture", body = ErrorBody),
        (status = 422, description = "No file is of use", body = ErrorBody),
        (status = 500, description = "The network failed", body = ErrorBody),
    )
)]
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Error> {
    let record = analyse_form(&state, request).await?;
    Ok((
        StatusCode::CREATED,
        location(&record.analysis),
        Json(&record.analysis),
    )
        .into_response())
}

/// `GET /api/v1/analyses/{id}`
#[utoipa::path(
    get,
    path = "/api/v1/analyses/{id}",
    tag = "analyses",
    operation_id = "analysis",
    summary = "The analysis, as far as it has come",
    params(
        ("id" = String, Path, description = "128 random bits as 32 hexadecimal digits"),
    ),
    responses(
        (status = 200, description = "The analysis", body = Analysis),
        (status = 404, description = "No such analysis, or it has expired", body = ErrorBody),
    )
)]
pub async fn show(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Analysis>, Error> {
    Ok(Json(find(&state, &id)?.analysis.clone()))
}

/// Reads the form, analyses its slices and keeps the result.
pub async fn analyse_form(state: &AppState, request: Request) -> Result<Arc<Record>, Error> {
    if let Err(not_there) = state.inference().info() {
        form::discard(request, state).await;
        return Err(not_there.into());
    }
    let form = form::read(request, state).await?;
    let running = begin(state.inference(), form.grouping, 0, &form.slices)?;
    let (record, bytes) = (running.record.clone(), running.bytes);
    let finished = running.finished().await?;
    state.store().keep_analysis(record, bytes);
    Ok(finished)
}

/// Where an analysis is found.
pub fn location(analysis: &Analysis) -> [(header::HeaderName, String); 1] {
    [(
        header::LOCATION,
        format!("/api/v1/analyses/{}", analysis.id),
    )]
}

/// The analysis with this id, as far as it has come.
pub fn find(state: &AppState, id: &str) -> Result<Arc<Record>, Error> {
    state.store().analysis(id).ok_or(Error::Unknown("analysis"))
}

/// The analysis with this id, which must have come to its end.
pub fn find_finished(state: &AppState, id: &str) -> Result<Arc<Record>, Error> {
    let record = find(state, id)?;
    if record.analysis.finished {
        Ok(record)
    } else {
        Err(Error::Unfinished)
    }
}
