//! The masking worker's WASM. `worker.js` starts it and hands messages through.

use lungsight_masking::{Masker, Request, to_bytes};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::WorkerGlobalScope;

/// One worker's state.
#[wasm_bindgen]
#[derive(Default)]
pub struct MaskingWorker(Masker);

#[wasm_bindgen]
impl MaskingWorker {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        console_error_panic_hook::set_once();
        Self::default()
    }

    /// Reads and masks a file: see [`Request`]. The answer is a [`Reply`](lungsight_masking::Reply) as bytes.
    pub fn answer(
        &mut self,
        file: Vec<u8>,
        threshold: Option<u8>,
        picture_side: Option<u32>,
    ) -> Vec<u8> {
        let request = Request {
            threshold,
            picture_side,
        };
        to_bytes(&self.0.answer(file, request, now_ms))
    }
}

/// Milliseconds since the worker was started; 0 where there is no clock.
fn now_ms() -> f64 {
    let scope: Option<WorkerGlobalScope> = js_sys::global().dyn_into().ok();
    scope
        .and_then(|scope| scope.performance())
        .map_or(0.0, |clock| clock.now())
}
