//! `GET /api/v1/analyses/{id}/report.docx`: the analysis as a Word file.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::analyses::find_finished;
use crate::error::Error;
use crate::report::report;
use crate::state::AppState;

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// Writes the report and sends it as an attachment.
pub async fn show(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    find_finished(&state, &id).await?;
    let record = state.store().record(&id).await?;
    let record = record.ok_or(Error::Unknown("analysis"))?;
    let mut held = state.memory().reserve_none();
    held.grow(record.opened_bytes())?;
    let write = move || {
        let _held = held;
        report(record.open()?.as_ref()).map_err(|error| {
            tracing::error!(%error, "a report could not be written");
            Error::Internal
        })
    };
    let docx = state.pictures().run(write).await??;
    let headers = [
        (header::CONTENT_TYPE, DOCX),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"lungsight-report.docx\"",
        ),
    ];
    Ok((headers, docx).into_response())
}
