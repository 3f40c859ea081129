//! What a page knows of the request that it answers: the [`Backend`] from context, and the response that is being built.

use std::sync::Arc;

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, StatusCode};
use leptos::nonce::use_nonce;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use leptos_router::location::RequestUrl;

use crate::backend::Backend;

/// The server. `None` while the list of routes is generated: there is no request then.
pub fn backend() -> Option<Arc<dyn Backend>> {
    use_context()
}

/// The page's address in English, with its query: the server has taken the language off.
pub fn address() -> String {
    let url = use_context::<RequestUrl>().and_then(|url| url.parse().ok());
    let url = url.unwrap_or_default();
    // One slash: with two it would be an address of another site.
    let path = url.path().trim_start_matches('/');
    match url.search() {
        "" => format!("/{path}"),
        query => format!("/{path}?{query}"),
    }
}

/// Answers with status 404.
pub fn not_found() {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::NOT_FOUND);
    }
}

/// Has no cache keep this page: it is for who asked.
pub fn not_stored() {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.insert_header(CACHE_CONTROL, HeaderValue::from_static("no-store"));
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
    // Asked for again at every visit, but found as it was left on the way back.
    response.insert_header(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.insert_header(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.insert_header(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
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
