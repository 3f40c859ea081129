//! The page: its address, and what has the focus.

use leptos::prelude::request_animation_frame;
use wasm_bindgen::JsCast;
use web_sys::{Document, HtmlElement};

/// Opens another page of this site.
pub fn go_to(path: &str) {
    if let Some(window) = web_sys::window() {
        // Refused only while the page is being closed.
        let _ = window.location().assign(path);
    }
}

/// Puts the focus on the element of this id where it has been lost: what had it was taken away or can no longer be used. Done
/// once what changes now is on the page.
pub fn keep_focus(id: impl Into<String>) {
    let id = id.into();
    request_animation_frame(move || {
        let document = web_sys::window().and_then(|window| window.document());
        let Some(document) = document.filter(is_focus_lost) else {
            return;
        };
        let element = document
            .get_element_by_id(&id)
            .and_then(|element| element.dyn_into::<HtmlElement>().ok());
        // Without it the next key begins at the top of the page, as it would have.
        let _ = element.map(|element| element.focus());
    });
}

fn is_focus_lost(document: &Document) -> bool {
    document
        .active_element()
        .is_none_or(|active| active.matches("body, :disabled").unwrap_or(false))
}
