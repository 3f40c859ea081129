//! What no route answers: files of the site, and the pages' own "not found".

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRef, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use leptos::config::LeptosOptions;
use leptos::prelude::{provide_context, use_context};
use lungsight_app::backend::Backend;
use lungsight_app::shell;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::backend::PageBackend;
use crate::error::Error;
use crate::state::AppState;

/// For files of the site: a worker started from one may compile WASM and talk to this server.
const FILE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
);

/// A file of the site where there is one; else 404, as JSON under `/api` and as a page elsewhere.
pub async fn file_or_not_found(State(state): State<AppState>, request: Request) -> Response {
    let path = request.uri().path();
    // The pages' router takes what begins with two slashes for another site's address.
    if path.starts_with("/api/") || path.starts_with("//") {
        return Error::UnknownRoute.into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Error::MethodNotAllowed.into_response();
    }
    let (parts, _) = request.into_parts();
    let for_file = Request::from_parts(parts.clone(), Body::empty());
    let file = site_file(&state.config().site.site, for_file).await;
    if file.status() == StatusCode::NOT_FOUND {
        return not_found_page(state, Request::from_parts(parts, Body::empty())).await;
    }
    file
}

async fn site_file(site: &Path, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let files = ServeDir::new(site)
        .precompressed_br()
        .precompressed_gzip()
        .append_index_html_on_directories(false);
    let Ok(response) = files.oneshot(request).await;
    let mut response = response.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, FILE_POLICY);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching(&path)));
    response
}

/// What lies in a folder named by a fingerprint never changes; anything else is asked for again, and answered 304 if it is
/// the same.
fn caching(path: &str) -> &'static str {
    let hashed = path
        .split('/')
        .any(|part| part.len() == 16 && part.chars().all(|c| c.is_ascii_hexdigit()));
    if hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

/// What the page that is being rendered may ask.
pub fn backend(state: &AppState) -> Arc<dyn Backend> {
    let request = use_context::<Parts>();
    let extensions = request.as_ref().map(|request| &request.extensions);
    Arc::new(PageBackend::new(state, extensions))
}

pub(super) async fn not_found_page(state: AppState, request: Request) -> Response {
    let options = LeptosOptions::from_ref(&state);
    let render = leptos_axum::render_app_to_stream_with_context(
        move || provide_context(backend(&state)),
        move || shell(options.clone()),
    );
    let mut response = render(request).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

#[cfg(test)]
mod tests {
    use super::caching;

    #[test]
    fn only_what_is_in_a_folder_with_a_fingerprint_is_cached_for_good() {
        assert!(caching("/pkg/8f14e45fceea167a/lungsight.wasm").contains("immutable"));
        for path in [
            "/pkg/lungsight.wasm",
            "/favicon.svg",
            "/",
            "/pkg/deadbeef/a.js",
            "/pkg/8f14e45fceea167z/a.js",
        ] {
            assert_eq!(caching(path), "no-cache", "{path}");
        }
    }
}
