//! Whether there is a connection at all.

/// Whether the browser knows that it has no connection.
pub fn is_offline() -> bool {
    web_sys::window().is_some_and(|window| !window.navigator().on_line())
}
