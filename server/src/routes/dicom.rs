//! `GET /api/v1/analyses/{id}/dicom.zip`: a patient's result as DICOM files.

use std::io::{Cursor, Write};

use axum::extract::State;
use axum::response::Response;
use lungsight_app::analysis::ErrorBody;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::sent::{attachment, written};
use crate::dicom::Written;
use crate::error::Error;
use crate::extract::Path;
use crate::openapi::{File, OfAnalysis};
use crate::record::Record;
use crate::report::pictured;
use crate::state::AppState;

/// Sends the overlays that the Word report shows, and a Structured Report, as an archive. They refer to no original: what was
/// uploaded are pictures without a name or number.
#[utoipa::path(
    get,
    path = "/api/v1/analyses/{id}/dicom.zip",
    tag = "analyses",
    operation_id = "dicom",
    summary = "A patient's result as DICOM files, in an archive",
    params(OfAnalysis),
    responses(
        (status = 200, description = "Secondary Captures of the overlays and a Structured Report", body = File, content_type = "application/zip"),
        (status = 404, description = "No such analysis, it has expired, or it is not a patient's", body = ErrorBody),
        (status = 409, description = "It is still running", body = ErrorBody),
        (status = 429, description = "Too much at once: see Retry-After", body = ErrorBody),
        (status = 503, description = "No memory or thread is free for it, or the server is being stopped: see Retry-After", body = ErrorBody),
    )
)]
pub async fn show(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let packed = written(&state, &id, pack).await?;
    attachment(
        state.answers(),
        "application/zip",
        "lungsight-dicom.zip",
        packed,
    )
}

fn pack(record: &Record) -> Result<Vec<u8>, Error> {
    let number = |place: usize| u32::try_from(place + 1).unwrap_or(u32::MAX);
    let written = Written::new(record, pictured(record), number, None)
        .ok_or_else(|| Error::no_patient(&record.analysis))?;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for file in written.files(None)? {
        put(&mut archive, &file?).map_err(not_packed)?;
    }
    let packed = archive.finish().map_err(|error| not_packed(error.into()))?;
    Ok(packed.into_inner())
}

fn put(
    archive: &mut ZipWriter<Cursor<Vec<u8>>>,
    file: &lungsight_dicom::File,
) -> std::io::Result<()> {
    archive.start_file(file.name.as_str(), SimpleFileOptions::default())?;
    archive.write_all(&file.bytes)
}

fn not_packed(error: std::io::Error) -> Error {
    tracing::error!(%error, "an archive of DICOM files could not be written");
    Error::Internal
}
