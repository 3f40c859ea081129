//! The masking worker: one for the page, started when it is first asked.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use futures_channel::oneshot;
use gloo_file::futures::read_as_array_buffer;
use js_sys::{Array, Uint8Array};
use lungsight_imaging::{DecodeError, Limits};
use lungsight_masking::{Masked, Request, from_bytes};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, File, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::build;
use super::time::sleep_s;

/// A worker that has answered nothing for so long while somebody waits is stuck, and is replaced. The largest slice takes a
/// slow telephone a tenth of it.
const ANSWER_WITHIN_S: i32 = 60;

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
    let running = running().map_err(|_| Unreadable::Worker)?;
    let answer = running.ask(&Uint8Array::new(&bytes), request);
    let answer = answer.map_err(|_| Unreadable::Worker)?;
    if !running.is_watched.replace(true) {
        spawn_local(watch(running));
    }
    let answer = answer.await;
    match answer.ok().and_then(|bytes| from_bytes(&bytes)) {
        Some(reply) => reply.map_err(Unreadable::Slice),
        None => Err(Unreadable::Worker),
    }
}

thread_local! {
    static RUNNING: RefCell<Option<Rc<Running>>> = const { RefCell::new(None) };
}

/// The running worker; a new one after a failure.
fn running() -> Result<Rc<Running>, JsValue> {
    RUNNING.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = Some(Rc::new(Running::start()?));
        }
        slot.clone().ok_or(JsValue::NULL)
    })
}

/// A worker that failed has lost its state: everything that waits for it is told, the next question starts another.
fn fail() {
    if let Some(failed) = RUNNING.with_borrow_mut(Option::take) {
        failed.worker.terminate();
        failed.waiting.borrow_mut().clear();
    }
}

/// Replaces the worker when the time is up and it is still at what it was at.
async fn watch(asked: Rc<Running>) {
    loop {
        let before = asked.answered.get();
        sleep_s(ANSWER_WITHIN_S).await;
        if asked.waiting.borrow().is_empty() {
            asked.is_watched.set(false);
            return;
        }
        if asked.answered.get() == before {
            let is_running = RUNNING.with_borrow(|running| {
                running
                    .as_ref()
                    .is_some_and(|running| Rc::ptr_eq(running, &asked))
            });
            if is_running {
                fail();
            }
            return;
        }
    }
}

struct Running {
    worker: Worker,
    /// Answers come in the order of the questions.
    waiting: Rc<RefCell<VecDeque<oneshot::Sender<Vec<u8>>>>>,
    /// How many answers have come.
    answered: Rc<Cell<u64>>,
    /// Whether [`watch`] looks after it.
    is_watched: Cell<bool>,
    // The browser calls into these for as long as the worker runs.
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(Event)>,
}

impl Running {
    fn start() -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&build::file("worker.js"), &options)?;
        let waiting: Rc<RefCell<VecDeque<oneshot::Sender<Vec<u8>>>>> = Rc::default();
        let answered: Rc<Cell<u64>> = Rc::default();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new({
            let (waiting, answered) = (Rc::clone(&waiting), Rc::clone(&answered));
            move |event: MessageEvent| match event.data().dyn_into::<Uint8Array>() {
                Ok(bytes) => {
                    answered.set(answered.get() + 1);
                    let asked = waiting.borrow_mut().pop_front();
                    // Who asked may have lost interest.
                    let _ = asked.map(|asked| asked.send(bytes.to_vec()));
                }
                Err(_) => fail(),
            }
        });
        let on_error = Closure::<dyn Fn(Event)>::new(|_| fail());
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self {
            worker,
            waiting,
            answered,
            is_watched: Cell::new(false),
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    fn ask(
        &self,
        file: &Uint8Array,
        request: Request,
    ) -> Result<oneshot::Receiver<Vec<u8>>, JsValue> {
        let optional = |value: Option<u32>| value.map_or(JsValue::UNDEFINED, JsValue::from);
        let threshold = optional(request.threshold.map(u32::from));
        let message = Array::of3(file, &threshold, &optional(request.picture_side));
        let (sender, receiver) = oneshot::channel();
        self.worker
            .post_message_with_transfer(&message, &Array::of1(&file.buffer()))?;
        self.waiting.borrow_mut().push_back(sender);
        Ok(receiver)
    }
}
