//! `/api/v1/analyses`: files in, classes out.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use lungsight_app::analysis::{Analysis, ErrorBody};

use crate::analyse;
use crate::error::Error;
use crate::extract::Path;
use crate::form;
use crate::memory::Reservation;
use crate::openapi::{OfAnalysis, UploadForm};
use crate::state::AppState;
use crate::store::KeptRecord;

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
    )
)]
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Error> {
    let analysis = analyse_form(&state, request).await?;
    Ok((StatusCode::CREATED, location(&analysis), Json(&analysis)).into_response())
}

/// `GET /api/v1/analyses/{id}`
#[utoipa::path(
    get,
    path = "/api/v1/analyses/{id}",
    tag = "analyses",
    operation_id = "analysis",
    summary = "The analysis, as far as it has come",
    params(OfAnalysis),
    responses(
        (status = 200, description = "The analysis", body = Analysis),
        (status = 404, description = "No such analysis, or it has expired", body = ErrorBody),
    )
)]
pub async fn show(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Analysis>, Error> {
    find(&state, &id).await.map(Json)
}

/// Reads the form, analyses its slices and keeps the result.
pub async fn analyse_form(state: &AppState, request: Request) -> Result<Analysis, Error> {
    if let Err(not_there) = ready(state).await {
        form::discard(request, state).await;
        return Err(not_there);
    }
    let form = form::read(request, state).await?;
    analyse::whole(state, form.grouping, form.remarks, form.slices).await
}

/// Whether slices can be taken: by this process's network, or by the database, where they wait for any.
pub(super) async fn ready(state: &AppState) -> Result<(), Error> {
    match state.store().database() {
        None => state.inference().info().map(drop).map_err(Error::from),
        Some(database) => Ok(database.check().await?),
    }
}

/// Where an analysis is found.
pub fn location(analysis: &Analysis) -> [(header::HeaderName, String); 1] {
    [(
        header::LOCATION,
        format!("/api/v1/analyses/{}", analysis.id),
    )]
}

/// The analysis with this id, as far as it has come.
pub async fn find(state: &AppState, id: &str) -> Result<Analysis, Error> {
    let analysis = state.store().analysis(id).await?;
    analysis.ok_or(Error::Unknown("analysis"))
}

/// The analysis with this id, which must have come to its end.
pub async fn find_finished(state: &AppState, id: &str) -> Result<Analysis, Error> {
    let analysis = find(state, id).await?;
    if analysis.finished {
        Ok(analysis)
    } else {
        Err(Error::Unfinished)
    }
}

/// The same with all its slices, and the memory that they take, packed and opened.
pub async fn find_record(state: &AppState, id: &str) -> Result<(KeptRecord, Reservation), Error> {
    find_finished(state, id).await?;
    let mut held = state.memory().reserve_none();
    held.grow(state.store().packed_bytes(id).await?)?;
    let record = state.store().record(id).await?;
    let record = record.ok_or(Error::Unknown("analysis"))?;
    held.grow(record.opened_bytes())?;
    Ok((record, held))
}
