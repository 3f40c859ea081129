//! `/api/v1/uploads`: files in now, analysed when the user presses Start.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lungsight_app::analysis::{Analysis, ErrorBody, Upload, UploadedSlice};

use super::analyses::location;
use crate::analyse::{self, refuse_unless_read, shared};
use crate::error::{Error, slice_status};
use crate::extract::Path;
use crate::form::{self, Form};
use crate::id;
use crate::openapi::{OfAnalysis, UploadForm};
use crate::state::AppState;
use crate::store::{KeptUpload, Store};

/// `POST /api/v1/uploads`
#[utoipa::path(
    post,
    path = "/api/v1/uploads",
    tag = "uploads",
    operation_id = "upload",
    summary = "Takes slices, and decodes and masks them",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "Where they are kept, and what is wrong with files that are of no use", body = Upload),
    )
)]
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Error> {
    let Form {
        grouping,
        remarks,
        slices,
        held,
    } = form::read(request, &state).await?;
    refuse_unless_read(&state, &slices)?;
    let id = id::random();
    let shown = slices.iter().map(|slice| {
        let fault = slice.result.as_ref().err();
        let status = fault.map_or(StatusCode::CREATED, slice_status);
        UploadedSlice {
            name: slice.name.clone(),
            error: fault.map(ToString::to_string),
            status: status.as_u16(),
        }
    });
    let upload = Upload {
        id: id.clone(),
        slices: shown.collect(),
    };
    match state.store() {
        Store::Memory(shelf) => {
            let upload = KeptUpload {
                grouping,
                remarks,
                slices,
            };
            shelf.keep_upload(id, Arc::new(upload));
        }
        Store::Database(database) => {
            shared::keep_upload(&state, database, &id, grouping, remarks, slices).await?;
        }
    }
    drop(held);
    Ok((StatusCode::CREATED, Json(upload)).into_response())
}

/// `POST /api/v1/uploads/{id}/analysis`: begins the analysis and says where it is to be found; `…/events` tells how it goes
/// on. Asked again, it tells the same. The upload stays where it is when the queue is full, so that it can be tried again without sending the files again.
#[utoipa::path(
    post,
    path = "/api/v1/uploads/{id}/analysis",
    tag = "uploads",
    operation_id = "analyse_upload",
    summary = "Begins to analyse an upload",
    params(OfAnalysis),
    responses(
        (status = 202, description = "The analysis, of which nothing is known yet; `Location` says where it is found", body = Analysis),
        (status = 404, description = "No such upload, or it has expired", body = ErrorBody),
    )
)]
pub async fn analyse(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let begun = analyse::upload(&state, &id).await?;
    Ok((StatusCode::ACCEPTED, location(&begun), Json(begun)).into_response())
}
