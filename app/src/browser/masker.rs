//! The masking worker: one for the page, started when it is first asked.

use std::rc::Rc;

use gloo_file::futures::read_as_array_buffer;
use js_sys::{Array, Uint8Array};
use lungsight_imaging::{DecodeError, Limits};
use lungsight_masking::{Masked, Request, from_bytes};
use wasm_bindgen::JsValue;
use web_sys::File;

use super::worker::PageWorker;

/// The largest slice takes a slow telephone a tenth of it.
const ANSWER_WITHIN_S: i32 = 60;

thread_local! {
    static WORKER: Rc<PageWorker> = PageWorker::new("worker.js", ANSWER_WITHIN_S);
}

/// Why a file could not be masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The browser gave no bytes: the file was moved or deleted.
    File,
    /// The worker could not be started, or failed on this file.
    Worker,
    /// The bytes are no slice.
    Slice(DecodeError),
}

/// Reads a file, decodes it and finds its lungs.
///
/// # Errors
/// When the file cannot be read or is no slice.
pub async fn mask(file: &File, request: Request) -> Result<Masked, Unreadable> {
    let limits = Limits::default();
    // Files too large are not read at all: the decoder would refuse them with the same words.
    if file.size() > limits.max_bytes as f64 {
        return Err(Unreadable::Slice(DecodeError::TooManyBytes {
            bytes: file.size() as usize,
            max_bytes: limits.max_bytes,
        }));
    }
    let file = gloo_file::File::from(file.clone());
    let bytes = read_as_array_buffer(&file)
        .await
        .map_err(|_| Unreadable::File)?;
    let bytes = Uint8Array::new(&bytes);
    let optional = |value: Option<u32>| value.map_or(JsValue::UNDEFINED, JsValue::from);
    let threshold = optional(request.threshold.map(u32::from));
    let message = Array::of3(&bytes, &threshold, &optional(request.picture_side));
    let worker = WORKER.with(Rc::clone);
    let answer = worker.ask(&message, &Array::of1(&bytes.buffer())).await;
    match answer.and_then(|bytes| from_bytes(&bytes)) {
        Some(reply) => reply.map_err(Unreadable::Slice),
        None => Err(Unreadable::Worker),
    }
}
