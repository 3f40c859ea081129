//! The browser's clock.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Waits.
pub async fn sleep_s(seconds: i32) {
    let timeout = Promise::new(&mut |resolve, _| {
        let set = web_sys::window().map(|window| {
            window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, seconds * 1000)
        });
        // A timeout that cannot be set would leave the promise waiting forever.
        if !matches!(set, Some(Ok(_))) {
            let _ = resolve.call0(&JsValue::NULL);
        }
    });
    // The promise is only ever resolved.
    let _ = JsFuture::from(timeout).await;
}
