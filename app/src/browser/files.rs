//! Files that the user chose, dropped or pasted.

use js_sys::Array;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DataTransfer, File, FileList, HtmlInputElement, Response};

use crate::texts::diagnosis;

/// Takes the files out of the input, so that the same file can be chosen again.
pub fn take_chosen(input: &HtmlInputElement) -> Vec<File> {
    let files = input.files().map(all).unwrap_or_default();
    input.set_value("");
    files
}

/// The files of a drop or of the clipboard.
pub fn transferred(transfer: Option<DataTransfer>) -> Vec<File> {
    transfer
        .and_then(|transfer| transfer.files())
        .map(all)
        .unwrap_or_default()
}

/// A picture of this site, as if it had been chosen.
///
/// # Errors
/// A sentence for the user.
pub async fn of_this_site(path: &str, name: &str) -> Result<File, String> {
    SendWrapper::new(fetched(path.to_owned(), name.to_owned())).await
}

async fn fetched(path: String, name: String) -> Result<File, String> {
    let failed = |_: JsValue| diagnosis::not_fetched(&name);
    let window = web_sys::window().ok_or_else(String::new)?;
    let response = JsFuture::from(window.fetch_with_str(&path))
        .await
        .map_err(failed)?;
    let response: Response = response.dyn_into().map_err(failed)?;
    if !response.ok() {
        return Err(failed(JsValue::NULL));
    }
    let content = JsFuture::from(response.blob().map_err(failed)?)
        .await
        .map_err(failed)?;
    File::new_with_blob_sequence(&Array::of1(&content), &name).map_err(failed)
}

fn all(list: FileList) -> Vec<File> {
    (0..list.length())
        .filter_map(|index| list.get(index))
        .collect()
}
