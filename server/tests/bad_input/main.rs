//! What a user may send by mistake or on purpose: each gets its status and a message that names the file and the reason,
//! and the good files beside it are analysed.

#[path = "../common/mod.rs"]
mod common;

mod counts;
mod files;
mod limits;
mod requests;
mod series;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use common::{Answer, send};

/// The status and the message of a request that is refused.
async fn error_of(router: &Router, request: Request<Body>) -> (u16, String) {
    let Answer { status, body, .. } = send(router, request).await;
    let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    (
        status.as_u16(),
        body["error"].as_str().expect("a message").to_owned(),
    )
}
