//! How files are sent: to be shown, or to be saved.

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// A picture.
pub fn png(bytes: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "image/png")], bytes.into()).into_response()
}

/// A file that browsers save under `name`, which is ASCII without quotes.
pub fn attachment(kind: &'static str, name: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, bytes).into_response()
}
