//! Sending slices and masks, with real progress: `fetch` tells none of an upload, `XMLHttpRequest` does.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Promise, Uint8Array};
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, FormData, ProgressEvent, XmlHttpRequest};

use super::offline::is_offline;
use super::problem::{Problem, refusal};
use crate::analysis::{Analysis, Grouping, LeftOut, Remarks, Upload};
use crate::texts::diagnosis;

/// An analysis is begun at once or not at all: there is nothing to carry but the question.
const START_WITHIN_MS: u32 = 30_000;

/// Stops what is being sent.
#[derive(Clone, Default)]
pub struct Stop(Rc<RefCell<Option<XmlHttpRequest>>>);

impl Stop {
    /// Stops it; nothing where nothing is being sent.
    pub fn stop(&self) {
        if let Some(request) = self.0.borrow_mut().take() {
            // Refused only when it has ended already.
            let _ = request.abort();
        }
    }
}

/// A slice as it is sent.
pub struct SentSlice {
    pub file: File,
    /// As a 1-bit PNG.
    pub mask: Vec<u8>,
    /// The threshold that the user has set for it; `None` where it is the one that was found.
    pub threshold: Option<u8>,
    /// Where it lies in its series.
    pub position_mm: Option<f64>,
}

/// What is sent.
pub struct Sent {
    pub grouping: Grouping,
    pub slices: Vec<SentSlice>,
    /// Those that stay here, as numbers alone, and what is odd about the series.
    pub remarks: Remarks,
}

/// Sends slices; `on_progress` hears what share is sent, 0..=1.
///
/// # Errors
/// What the server said, or that it could not be reached.
pub async fn send(
    sent: &Sent,
    stop: &Stop,
    on_progress: impl Fn(f64) + 'static,
) -> Result<Upload, Problem> {
    let form = form(sent).map_err(|_| Problem::here(diagnosis::not_put_together()))?;
    let request = XmlHttpRequest::new().map_err(unsent)?;
    post(&request, "/api/v1/uploads", Some(&form), stop, on_progress).await
}

/// Begins the analysis of an upload.
///
/// # Errors
/// What the server said, or that it could not be reached.
pub async fn start(upload: &str) -> Result<Analysis, Problem> {
    let path = format!("/api/v1/uploads/{upload}/analysis");
    let request = XmlHttpRequest::new().map_err(unsent)?;
    request.set_timeout(START_WITHIN_MS);
    post(&request, &path, None, &Stop::default(), |_| ()).await
}

fn form(sent: &Sent) -> Result<FormData, JsValue> {
    let form = FormData::new()?;
    let grouping = match sent.grouping {
        Grouping::Slices => "slices",
        Grouping::Patient => "patient",
    };
    form.append_with_str("grouping", grouping)?;
    let LeftOut {
        no_lungs,
        unreadable,
        passed_over,
        by_hand,
    } = sent.remarks.left_out;
    for (field, number) in [
        ("no_lungs", no_lungs),
        ("unreadable", unreadable),
        ("passed_over", passed_over),
        ("by_hand", by_hand),
    ] {
        form.append_with_str(field, &number.to_string())?;
    }
    let notes = serde_json::to_string(&sent.remarks.notes);
    let notes = notes.map_err(|error| JsValue::from_str(&error.to_string()))?;
    form.append_with_str("notes", &notes)?;
    let png = BlobPropertyBag::new();
    png.set_type("image/png");
    for SentSlice {
        file,
        mask,
        threshold,
        position_mm,
    } in &sent.slices
    {
        form.append_with_blob_and_filename("slice", file, &file.name())?;
        let bytes = Array::of1(&Uint8Array::from(&mask[..]));
        let mask = Blob::new_with_u8_array_sequence_and_options(&bytes, &png)?;
        form.append_with_blob_and_filename("mask", &mask, "mask.png")?;
        if let Some(threshold) = threshold {
            form.append_with_str("threshold", &threshold.to_string())?;
        }
        if let Some(mm) = position_mm {
            form.append_with_str("position", &mm.to_string())?;
        }
    }
    Ok(form)
}

fn unsent(_: JsValue) -> Problem {
    Problem::here(diagnosis::not_sent())
}

async fn post<T: DeserializeOwned>(
    request: &XmlHttpRequest,
    path: &str,
    form: Option<&FormData>,
    stop: &Stop,
    on_progress: impl Fn(f64) + 'static,
) -> Result<T, Problem> {
    request.open("POST", path).map_err(unsent)?;

    // Kept until the answer is there; dropped earlier, the browser would call into nothing.
    let progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
        if event.length_computable() && event.total() > 0.0 {
            on_progress(event.loaded() / event.total());
        }
    });
    if let Ok(upload) = request.upload() {
        upload.set_onprogress(Some(progress.as_ref().unchecked_ref()));
    }
    // `loadend` comes after success, error and abort alike.
    let ended = Promise::new(&mut |resolve, _| request.set_onloadend(Some(&resolve)));
    stop.0.replace(Some(request.clone()));
    match form {
        Some(form) => request.send_with_opt_form_data(Some(form)),
        None => request.send(),
    }
    .map_err(unsent)?;
    JsFuture::from(ended).await.map_err(unsent)?;
    drop(progress);
    // Taken out by whoever has stopped it.
    if stop.0.take().is_none() {
        return Err(Problem::here(diagnosis::stopped()));
    }
    answer(request)
}

fn answer<T: DeserializeOwned>(request: &XmlHttpRequest) -> Result<T, Problem> {
    let status = request.status().unwrap_or(0);
    if status == 0 {
        return Err(Problem::here(if is_offline() {
            diagnosis::offline()
        } else {
            diagnosis::connection_lost()
        }));
    }
    let text = request.response_text().ok().flatten().unwrap_or_default();
    if (200..300).contains(&status) {
        return serde_json::from_str(&text)
            .map_err(|_| Problem::here(diagnosis::unreadable_answer()));
    }
    let retry_after = request.get_response_header("Retry-After").ok().flatten();
    Err(refusal(status, &text, retry_after.as_deref()))
}
