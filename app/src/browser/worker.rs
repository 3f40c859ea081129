//! A worker of the page: started when it is first asked, replaced when it fails or is stuck.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use futures_channel::oneshot;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::build;
use super::time::sleep_s;

/// A worker by its script, running or not.
pub struct PageWorker {
    script: &'static str,
    /// A worker that has answered nothing for so long while somebody waits is stuck.
    answer_within_s: i32,
    running: RefCell<Option<Rc<Running>>>,
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

impl PageWorker {
    /// Not running yet.
    pub fn new(script: &'static str, answer_within_s: i32) -> Rc<Self> {
        Rc::new(Self {
            script,
            answer_within_s,
            running: RefCell::new(None),
        })
    }

    /// Asks, handing over what is in `transfer`. `None` when the worker could not be started or failed: it has lost its state
    /// then, and the next question starts another.
    pub async fn ask(self: Rc<Self>, message: &Array, transfer: &Array) -> Option<Vec<u8>> {
        let running = self.start().ok()?;
        let (sender, receiver) = oneshot::channel();
        running
            .worker
            .post_message_with_transfer(message, transfer)
            .ok()?;
        running.waiting.borrow_mut().push_back(sender);
        if !running.is_watched.replace(true) {
            spawn_local(watch(self, running));
        }
        receiver.await.ok()
    }

    /// The running worker; a new one after a failure.
    fn start(self: &Rc<Self>) -> Result<Rc<Running>, JsValue> {
        if let Some(running) = &*self.running.borrow() {
            return Ok(Rc::clone(running));
        }
        let running = Rc::new(Running::start(self)?);
        self.running.replace(Some(Rc::clone(&running)));
        Ok(running)
    }

    /// A worker that failed has lost its state: everything that waits for it is told.
    fn fail(&self) {
        if let Some(failed) = self.running.take() {
            failed.worker.terminate();
            failed.waiting.borrow_mut().clear();
        }
    }
}

/// Replaces the worker when the time is up and it is still at what it was at.
async fn watch(page_worker: Rc<PageWorker>, asked: Rc<Running>) {
    loop {
        let before = asked.answered.get();
        sleep_s(page_worker.answer_within_s).await;
        if asked.waiting.borrow().is_empty() {
            asked.is_watched.set(false);
            return;
        }
        if asked.answered.get() == before {
            let running = page_worker.running.borrow().clone();
            if running.is_some_and(|running| Rc::ptr_eq(&running, &asked)) {
                page_worker.fail();
            }
            return;
        }
    }
}

impl Running {
    fn start(page_worker: &Rc<PageWorker>) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&build::file(page_worker.script), &options)?;
        let waiting: Rc<RefCell<VecDeque<oneshot::Sender<Vec<u8>>>>> = Rc::default();
        let answered: Rc<Cell<u64>> = Rc::default();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new({
            let (waiting, answered) = (Rc::clone(&waiting), Rc::clone(&answered));
            let page_worker = Rc::downgrade(page_worker);
            move |event: MessageEvent| match event.data().dyn_into::<Uint8Array>() {
                Ok(bytes) => {
                    answered.set(answered.get() + 1);
                    let asked = waiting.borrow_mut().pop_front();
                    // Who asked may have lost interest.
                    let _ = asked.map(|asked| asked.send(bytes.to_vec()));
                }
                Err(_) => {
                    page_worker.upgrade().inspect(|worker| worker.fail());
                }
            }
        });
        let failing = Rc::downgrade(page_worker);
        let on_error = Closure::<dyn Fn(Event)>::new(move |_| {
            failing.upgrade().inspect(|worker| worker.fail());
        });
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
}
