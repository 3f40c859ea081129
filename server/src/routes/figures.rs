//! `/figures/{name}.svg`: what the evaluation of the weights in use has drawn.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::error::Error;
use crate::extract::Path;
use crate::state::AppState;

/// One figure. Opened alone, it runs no script and loads nothing.
pub async fn show(
    State(state): State<AppState>,
    Path(file): Path<String>,
) -> Result<Response, Error> {
    let svg = file
        .strip_suffix(".svg")
        .and_then(|name| state.figures().svg(name))
        .ok_or(Error::Unknown("figure"))?;
    let headers = [
        (CONTENT_TYPE, "image/svg+xml"),
        (CACHE_CONTROL, "public, max-age=3600"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ),
    ];
    Ok((headers, svg).into_response())
}
