//! The browser's clock and its event loop.

use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;

/// Milliseconds since the page was opened; 0 where there is no clock.
pub fn now_ms() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |clock| clock.now())
}

/// Lets the browser draw and answer the user before going on.
pub async fn yield_now() {
    let timeout = Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            // A timeout that cannot be set would leave the promise waiting forever.
            if window.set_timeout_with_callback(&resolve).is_ok() {
                return;
            }
        }
        let _ = resolve.call0(&wasm_bindgen::JsValue::NULL);
    });
    // The promise is only ever resolved.
    let _ = JsFuture::from(timeout).await;
}
