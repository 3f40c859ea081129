//! The worker that reads DICOM and NIfTI: one for the page, started when it is first asked. It keeps what it has read.

use std::rc::Rc;

use js_sys::{Array, Object, Reflect, Uint8Array};
use lungsight_reading::{
    Contents, LeftOut, Look, MAX_TOTAL_BYTES, Prepared, Question, from_bytes, to_bytes,
};
use lungsight_series::{Refusal, Refused, SliceError, Window};
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use web_sys::File;

use super::worker::PageWorker;

/// A large archive on a slow telephone.
const ANSWER_WITHIN_S: i32 = 300;

thread_local! {
    static WORKER: Rc<PageWorker> = PageWorker::new("reader.js", ANSWER_WITHIN_S);
}

/// The worker could not be started, or has failed and lost what it had read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaderFailed;

/// Reads files, each with the name that it is shown by; they stay on this device.
///
/// # Errors
/// [`ReaderFailed`]
pub async fn read(files: &[(String, File)]) -> Result<Contents, ReaderFailed> {
    let handed = Array::new();
    let mut refused = Vec::new();
    for (name, file) in files {
        // The worker's memory does not hold it: it would end in trying.
        if file.size() > MAX_TOTAL_BYTES as f64 {
            let max_bytes = MAX_TOTAL_BYTES;
            refused.push(Refused {
                name: name.clone(),
                reason: Refusal::TooManyBytes { max_bytes },
            });
            continue;
        }
        let file = named(name, file).map_err(|_| ReaderFailed)?;
        handed.push(&file);
    }
    let mut contents: Contents = ask(Question::Collect, &handed).await?;
    contents.refused.append(&mut refused);
    Ok(contents)
}

/// A slice in a window.
///
/// # Errors
/// [`ReaderFailed`], or inside that the slice's pixels are damaged.
pub async fn look(
    series: usize,
    slice: usize,
    window: Window,
    with_lungs: bool,
) -> Result<Result<Look, SliceError>, ReaderFailed> {
    let question = Question::Look {
        series,
        slice,
        window,
        with_lungs,
    };
    ask(question, &Array::new()).await
}

/// What is uploaded of a slice.
///
/// # Errors
/// [`ReaderFailed`], or inside that the slice is left out.
pub async fn prepare(
    series: usize,
    slice: usize,
) -> Result<Result<Prepared, LeftOut>, ReaderFailed> {
    ask(Question::Prepare { series, slice }, &Array::new()).await
}

/// Frees what a series takes.
pub async fn forget(series: usize) {
    let question = Uint8Array::from(&*to_bytes(&Question::Forget { series }));
    let worker = WORKER.with(Rc::clone);
    // A worker that failed has forgotten everything.
    let _ = worker
        .ask(&Array::of2(&question, &Array::new()), &Array::new())
        .await;
}

async fn ask<T: DeserializeOwned>(question: Question, files: &Array) -> Result<T, ReaderFailed> {
    let question = Uint8Array::from(&*to_bytes(&question));
    let worker = WORKER.with(Rc::clone);
    let answer = worker
        .ask(&Array::of2(&question, files), &Array::new())
        .await;
    answer
        .and_then(|bytes| from_bytes(&bytes))
        .ok_or(ReaderFailed)
}

fn named(name: &str, file: &File) -> Result<Object, JsValue> {
    let object = Object::new();
    Reflect::set(&object, &"name".into(), &name.into())?;
    Reflect::set(&object, &"file".into(), file)?;
    Ok(object)
}
