//! The reading worker's WASM. `reader.js` starts it and hands files and messages through.

use lungsight_reading::Reader;
use wasm_bindgen::prelude::wasm_bindgen;

/// One worker's state.
#[wasm_bindgen]
#[derive(Default)]
pub struct ReadingWorker(Reader);

#[wasm_bindgen]
impl ReadingWorker {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        console_error_panic_hook::set_once();
        Self::default()
    }

    /// Takes a file.
    pub fn add(&mut self, name: &str, bytes: Vec<u8>) {
        self.0.add(name, bytes);
    }

    /// Names a file whose bytes the browser does not give.
    pub fn add_unreadable(&mut self, name: &str) {
        self.0.add_unreadable(name);
    }

    /// Answers a [`Question`](lungsight_reading::Question) as bytes.
    pub fn answer(&mut self, question: &[u8]) -> Vec<u8> {
        self.0.answer(question)
    }
}
