//! Pages in Chinese lie below `/zh`: the prefix is taken off before the routes are looked up, so that there is one table of
//! them, and the pages find the language in the request.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{Extensions, Uri};
use lungsight_app::locale::Locale;

/// Takes the language off the address and puts it into the extensions.
pub fn take_off(mut request: Request) -> Request {
    let (locale, path) = Locale::of_path(request.uri().path());
    if locale != Locale::default() {
        let query = request
            .uri()
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let rest = format!("{path}{query}");
        // What is left of a valid path behind a slash is one, too.
        if let Ok(rest) = PathAndQuery::try_from(rest) {
            let mut parts = request.uri().clone().into_parts();
            parts.path_and_query = Some(rest);
            if let Ok(uri) = Uri::from_parts(parts) {
                *request.uri_mut() = uri;
                request.extensions_mut().insert(locale);
            }
        }
    }
    request
}

/// What [`take_off`] has put there.
pub fn of(extensions: &Extensions) -> Locale {
    extensions.get().copied().unwrap_or_default()
}

/// The language that is asked in.
pub struct Language(pub Locale);

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(of(&parts.extensions)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn the_prefix_goes_and_the_query_stays() {
        let taken = |uri: &str| {
            let request = take_off(Request::get(uri).body(Body::empty()).expect("valid"));
            (
                request.uri().to_string(),
                request.extensions().get::<Locale>().copied(),
            )
        };
        let chinese = Some(Locale::Chinese);
        assert_eq!(taken("/zh"), ("/".to_owned(), chinese));
        assert_eq!(
            taken("/zh/diagnosis?example=covid-1"),
            ("/diagnosis?example=covid-1".to_owned(), chinese)
        );
        assert_eq!(taken("/zhou?a=1"), ("/zhou?a=1".to_owned(), None));
    }
}
