//! The page and its address.

/// Opens another page of this site.
pub fn go_to(path: &str) {
    if let Some(window) = web_sys::window() {
        // Refused only while the page is being closed.
        let _ = window.location().assign(path);
    }
}
