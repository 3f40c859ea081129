//! `/archives/{name}`: what whoever runs the server offers for download.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;
use tower_http::services::ServeFile;

use crate::error::Error;
use crate::extract::Path;
use crate::state::AppState;

/// The file, or the range of it that is asked for. Nothing but what was listed at the start: the name finds a path, it is
/// never made one.
pub async fn download(
    State(state): State<AppState>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    let path = state.offers().archives.path(&name);
    let path = path.ok_or(Error::Unknown("archive"))?.to_owned();
    let Ok(response) = ServeFile::new(path).oneshot(request).await;
    if response.status() == StatusCode::NOT_FOUND {
        // It was there when the server started.
        return Err(Error::Unknown("archive"));
    }
    let mut response = response.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind(&name)));
    // Kept, but asked for again: a new archive may have the same name.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// Types that the router does not compress, which would take ranges away.
fn kind(name: &str) -> &'static str {
    if name.ends_with(".zip") {
        "application/zip"
    } else {
        "application/octet-stream"
    }
}
