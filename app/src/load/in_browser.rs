//! The browser's side: the API of the server the page came from.

use super::System;
use crate::analysis::Analysis;
use crate::browser::fetch;

/// The analysis with this id, or `None` when the server has none.
///
/// # Errors
/// A sentence for the user when the server cannot be reached or answers something else.
pub async fn analysis(id: String) -> Result<Option<Analysis>, String> {
    fetch::json(&format!("/api/v1/analyses/{id}")).await
}

/// Nothing: the server says it with the first page, and the browser reads it from there.
pub fn system() -> System {
    System::default()
}

/// Only a server's answer has a status.
pub fn not_found() {}

/// Only a server's answer has headers.
pub fn guard_page() {}
