//! The server's side: a [`Backend`] from context, and the response that is being built.

use std::sync::Arc;

use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use leptos::nonce::use_nonce;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use super::System;
use crate::analysis::Analysis;
use crate::backend::Backend;

fn backend() -> Option<Arc<dyn Backend>> {
    use_context()
}

/// The analysis with this id, or `None` when there is none.
///
/// # Errors
/// None on the server; in the browser the connection may fail.
pub async fn analysis(id: String) -> Result<Option<Analysis>, String> {
    Ok(backend().and_then(|backend| backend.analysis(&id)))
}

/// What runs behind the pages. Empty while the list of routes is generated: there is no backend then.
pub fn system() -> System {
    backend().map_or_else(System::default, |backend| System {
        device: backend.device(),
        model: backend.model(),
        network: backend.network(),
        figures: backend.figures(),
        evaluation: backend.evaluation(),
    })
}

/// Answers with status 404.
pub fn not_found() {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::NOT_FOUND);
    }
}

/// Sets the headers of every page: nothing from elsewhere, no script but ours.
pub fn guard_page() {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else {
        return;
    };
    let policy = content_security_policy(&nonce);
    let policy = HeaderValue::try_from(policy).expect("a nonce is base64, which is visible ASCII");
    response.insert_header(CONTENT_SECURITY_POLICY, policy);
    response.insert_header(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.insert_header(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}

/// `wasm-unsafe-eval` lets the browser compile the WASM; it allows no `eval` of text.
fn content_security_policy(nonce: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' blob: data:; connect-src 'self'; object-src 'none'; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self'"
    )
}

#[cfg(test)]
mod tests {
    use super::content_security_policy;

    #[test]
    fn the_policy_carries_the_nonce_and_no_foreign_origin() {
        let policy = content_security_policy("abc=");
        assert!(policy.contains("'nonce-abc='"));
        assert!(
            !policy.contains("http") && !policy.contains("unsafe-inline") && !policy.contains('*')
        );
    }
}
