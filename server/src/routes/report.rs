//! `GET /api/v1/analyses/{id}/report.docx`: the analysis as a Word file.

use axum::extract::State;
use axum::response::Response;
use lungsight_app::analysis::ErrorBody;
use lungsight_app::locale::within;

use super::sent::{attachment, written};
use crate::error::Error;
use crate::extract::Path;
use crate::language::Language;
use crate::openapi::{File, OfAnalysis};
use crate::record::Record;
use crate::report::report;
use crate::state::AppState;

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// Writes the report and sends it as an attachment.
#[utoipa::path(
    get,
    path = "/api/v1/analyses/{id}/report.docx",
    tag = "analyses",
    operation_id = "report",
    summary = "The analysis as a Word file; in Chinese at the same address below /zh",
    params(OfAnalysis),
    responses(
        (status = 200, description = "The report", body = File, content_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (status = 404, description = "No such analysis, or it has expired", body = ErrorBody),
        (status = 409, description = "It is still running", body = ErrorBody),
        (status = 429, description = "Too much at once: see Retry-After", body = ErrorBody),
        (status = 503, description = "No memory or thread is free for it, or the server is being stopped: see Retry-After", body = ErrorBody),
    )
)]
pub async fn show(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Language(locale): Language,
) -> Result<Response, Error> {
    let evaluation = state.evaluation().cloned();
    let write = move |record: &Record| {
        within(locale, || report(record, evaluation.as_ref())).map_err(|error| {
            tracing::error!(%error, "a report could not be written");
            Error::Internal
        })
    };
    let docx = written(&state, &id, write).await?;
    attachment(state.answers(), DOCX, "lungsight-report.docx", docx)
}
