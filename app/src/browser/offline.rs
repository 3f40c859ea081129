//! Working without a connection: the service worker (`public/sw.js`), and whether there is a connection at all.

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// Has the browser keep the pages. It has no such thing where the page came over plain HTTP from another machine.
pub fn keep_pages() {
    let Some(window) = web_sys::window() else {
        return;
    };
    let navigator = window.navigator();
    let name = JsValue::from_str("serviceWorker");
    if js_sys::Reflect::has(&navigator, &name).unwrap_or(false) {
        let registered = navigator.service_worker().register("/sw.js");
        // Refused (private windows, for one) it is missed by nobody who is online.
        spawn_local(async move {
            let _ = JsFuture::from(registered).await;
        });
    }
}

/// Whether the browser knows that it has no connection.
pub fn is_offline() -> bool {
    web_sys::window().is_some_and(|window| !window.navigator().on_line())
}
