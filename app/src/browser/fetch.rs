//! Small JSON answers from the server the page came from.

use send_wrapper::SendWrapper;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use super::problem::refusal;
use crate::texts::diagnosis;
use crate::words::server_says;

/// What `GET path` answers, or `None` for status 404.
///
/// # Errors
/// A sentence for the user.
pub async fn json<T: DeserializeOwned>(path: &str) -> Result<Option<T>, String> {
    SendWrapper::new(get(path.to_owned())).await
}

async fn get<T: DeserializeOwned>(path: String) -> Result<Option<T>, String> {
    let unreachable = |_| diagnosis::unreachable().to_owned();
    let window = web_sys::window().ok_or_else(String::new)?;
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
            .map_err(|_| diagnosis::unreadable_answer().to_owned())
    } else {
        Err(server_says(
            response.status(),
            &refusal(response.status(), &text, None).message,
        ))
    }
}
