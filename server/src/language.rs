//! Pages in Chinese lie below `/zh`: the prefix is taken off before the routes are looked up, so that there is one table of
//! them, and the pages find the language in the request.

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
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
