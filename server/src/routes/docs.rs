//! `/api/openapi.json`, and `/api/docs/`: Swagger UI, a page to try the API with. Its files come with the program.

use std::sync::{Arc, LazyLock};

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use utoipa_swagger_ui::Config;

use crate::error::Error;
use crate::extract::Path;
use crate::openapi::JSON;

/// Scripts and styles from files alone; pictures are in its style sheet.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// No answer of another origin is asked whether the document is valid, and no other document can be loaded.
static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config = Config::new(["/api/openapi.json"])
        .use_base_layout()
        .validator_url("none")
        .try_it_out_enabled(true);
    Arc::new(config)
});

/// `GET /api/openapi.json`
pub async fn document() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], JSON.clone())
}

/// `GET /api/docs`
pub async fn page() -> Redirect {
    // The page's links are relative.
    Redirect::permanent("/api/docs/")
}

/// `GET /api/docs/`
pub async fn index() -> Result<Response, Error> {
    file(Path("index.html".to_owned())).await
}

/// `GET /api/docs/{file}`
pub async fn file(Path(name): Path<String>) -> Result<Response, Error> {
    let found = utoipa_swagger_ui::serve(&name, CONFIG.clone()).map_err(|error| {
        tracing::error!(%error, "a file of Swagger UI could not be written");
        Error::Internal
    })?;
    let file = found.ok_or(Error::UnknownRoute)?;
    let kind = HeaderValue::try_from(file.content_type).map_err(|_| Error::Internal)?;
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    Ok((headers, Bytes::from(file.bytes.into_owned())).into_response())
}
