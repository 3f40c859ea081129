//! `POST /diagnosis`: the same form from a browser without JavaScript, answered with pages.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::analyses::analyse_form;
use crate::failure::{Asked, failure_page};
use crate::language::Language;
use crate::state::AppState;

/// Sends the browser to the result, or shows what went wrong.
pub async fn create(
    State(state): State<AppState>,
    Language(locale): Language,
    asked: Asked,
    request: Request,
) -> Response {
    match analyse_form(&state, request).await {
        Ok(analysis) => {
            let path = format!("/diagnosis/{}", analysis.id);
            Redirect::to(&locale.path(&path)).into_response()
        }
        Err(error) => failure_page(&state, &error, &asked),
    }
}
