//! Small JSON answers from the server the page came from.

use send_wrapper::SendWrapper;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use super::problem::{Problem, refusal};
use crate::texts::diagnosis;

/// What `GET path` answers, or `None` for status 404.
///
/// # Errors
/// What the server said, or that it could not be reached.
pub async fn json<T: DeserializeOwned>(path: &str) -> Result<Option<T>, Problem> {
    SendWrapper::new(get(path.to_owned())).await
}

async fn get<T: DeserializeOwned>(path: String) -> Result<Option<T>, Problem> {
    let unreachable = |_: JsValue| Problem::here(diagnosis::unreachable());
    let window = web_sys::window().ok_or_else(Problem::default)?;
    let response = JsFuture::from(window.fetch_with_str(&path))
        .await
        .map_err(unreachable)?;
    let response: Response = response.dyn_into().map_err(unreachable)?;
    if response.status() == 404 {
        return Ok(None);
    }
    let text = JsFuture::from(response.text().map_err(unreachable)?)
        .await
        .map_err(unreachable)?;
    let text = text.as_string().unwrap_or_default();
    if response.ok() {
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|_| Problem::here(diagnosis::unreadable_answer()))
    } else {
        Err(refusal(response.status(), &text, None))
    }
}
