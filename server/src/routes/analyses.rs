//! `/api/v1/analyses`: files in, classes out.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use lungsight_app::analysis::Analysis;

use crate::analyse::analyse;
use crate::error::Error;
use crate::form;
use crate::record::Record;
use crate::state::AppState;

/// `POST /api/v1/analyses`
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Error> {
    let record = analyse_form(&state, request).await?;
    Ok(created(&record))
}

/// `GET /api/v1/analyses/{id}`
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
    let record = analyse(state.inference(), form.grouping, &form.slices).await?;
    state.store().keep_analysis(record.clone());
    Ok(record)
}

/// The answer to whoever had an analysis made.
pub fn created(record: &Record) -> Response {
    let location = format!("/api/v1/analyses/{}", record.analysis.id);
    (
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(&record.analysis),
    )
        .into_response()
}

/// The analysis with this id.
pub fn find(state: &AppState, id: &str) -> Result<Arc<Record>, Error> {
    state.store().analysis(id).ok_or(Error::Unknown("analysis"))
}
