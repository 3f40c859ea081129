//! `/api/v1/analyses`: files in, classes out.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use lungsight_app::analysis::Analysis;

use crate::analyse::begin;
use crate::error::Error;
use crate::form;
use crate::record::Record;
use crate::state::AppState;

/// `POST /api/v1/analyses`
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
