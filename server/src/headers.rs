//! Headers that keep answers where they belong, and the refusal of posts from other sites.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::Error;

/// On every answer that does not say otherwise itself.
const EVERYWHERE: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "same-origin"),
    (X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// What a browser may do with an answer that is no page: nothing. Pages bring their own policy with a nonce.
const NO_PAGE: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'");

/// Results are for who asked, and not for a cache on the way.
const NOT_STORED: HeaderValue = HeaderValue::from_static("no-store");

/// Adds what an answer lacks.
pub async fn guard(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in EVERYWHERE {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(NO_PAGE);
    headers.entry(CACHE_CONTROL).or_insert(NOT_STORED);
    response
}

/// Answers 403 to a change that another site's page asks for. Without cookies there is no identity to abuse, but a
/// server on a hospital's network must not be worked by any page that one of its users looks at.
pub async fn refuse_cross_site(request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_own(request.headers()) {
        next.run(request).await
    } else {
        Error::CrossSite.into_response()
    }
}

/// Browsers say where a request comes from: `Sec-Fetch-Site` over HTTPS and on localhost, `Origin` always. What says
/// neither is no browser.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text(HOST.as_str())
        }
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages_and_tools_may_post() {
        let cases: [(&[(&str, &str)], bool); 9] = [
            (&[], true),
            (
                &[
                    ("sec-fetch-site", "same-origin"),
                    ("origin", "https://a.example"),
                ],
                true,
            ),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (
                &[
                    ("origin", "http://ct.local:3000"),
                    ("host", "ct.local:3000"),
                ],
                true,
            ),
            (
                &[
                    ("origin", "http://ct.local:3001"),
                    ("host", "ct.local:3000"),
                ],
                false,
            ),
            (&[("origin", "null"), ("host", "ct.local:3000")], false),
            (&[("origin", "http://evil.example")], false),
        ];
        for (given, own) in cases {
            let headers = given.iter().map(|(name, value)| {
                (
                    HeaderName::try_from(*name).expect("a name"),
                    HeaderValue::try_from(*value).expect("a value"),
                )
            });
            assert_eq!(is_own(&headers.collect()), own, "{given:?}");
        }
    }
}
