//! The page for what a browser asked for and did not get. It is put together here, without the site: it must come out
//! whatever state the server is in.

use std::convert::Infallible;
use std::fmt::Write;

use axum::extract::{FromRef, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use leptos::config::LeptosOptions;
use lungsight_app::locale::Locale;
use lungsight_app::texts::failure::{Failure, failure};

use crate::error::Error;
use crate::language;
use crate::state::AppState;

/// What was asked for, and in which language.
#[derive(Clone, Debug)]
pub struct Asked {
    locale: Locale,
    /// Without the language.
    path: String,
}

impl Asked {
    /// By this request.
    pub fn by(request: &Request) -> Self {
        Self {
            locale: language::of(request.extensions()),
            path: request.uri().path().to_owned(),
        }
    }

    /// By somebody who may not: the way leads home, as the page that was asked for would be refused again.
    pub fn in_vain(head: &Parts) -> Self {
        Self {
            locale: language::of(&head.extensions),
            path: "/".to_owned(),
        }
    }

    /// The page to go on from, and what a link to it says.
    fn way_back(&self, words: &Failure) -> (String, &'static str) {
        let path = self.path.as_str();
        let (path, says) = if let Some(result) = path.strip_suffix("/store") {
            (result, words.result)
        } else if path.starts_with("/pacs") {
            ("/pacs", words.archive)
        } else if path.starts_with("/diagnosis") {
            ("/diagnosis", words.diagnosis)
        } else {
            ("/", words.home)
        };
        (self.locale.path(path), says)
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self {
            locale: language::of(&parts.extensions),
            path: parts.uri.path().to_owned(),
        })
    }
}

/// Says why, in English in every language, and leads back.
pub fn failure_page(state: &AppState, error: &Error, asked: &Asked) -> Response {
    const POLICY: HeaderValue = HeaderValue::from_static(
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    let words = failure(asked.locale);
    let slices = error.body().slices;
    let title = match slices[..] {
        [] => words.failed,
        _ => words.no_result,
    };
    // Files that are to blame are named; else what is, is the server's, and the files may come again.
    let is_files_fault = matches!(
        error.status(),
        StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::UNPROCESSABLE_ENTITY
    );
    let message = if is_files_fault && !slices.is_empty() {
        let mut files = String::new();
        for slice in &slices {
            let (name, reason) = (escape(&slice.name), escape(&slice.error));
            write!(
                files,
                "<li><strong>{name}</strong>: <span lang=\"en\">{reason}</span></li>"
            )
            .expect("writing to a string cannot fail");
        }
        let no_file = words.no_file;
        format!("<p role=\"alert\">{no_file}</p><ul>{files}</ul>")
    } else {
        let reason = escape(&error.to_string());
        format!("<p role=\"alert\" lang=\"en\">{reason}</p>")
    };
    let build = LeptosOptions::from_ref(state).site_pkg_dir;
    let (href, back) = asked.way_back(&words);
    let (lang, href) = (asked.locale.tag(), escape(&href));
    let page = format!(
        "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · Lungsight</title><link rel=\"icon\" href=\"/favicon.svg\">\
         <link rel=\"stylesheet\" href=\"/{build}/lungsight.css\"></head>\
         <body><main class=\"failure\"><h1>{title}</h1>{message}\
         <p><a href=\"{href}\">{back}</a></p></main></body></html>"
    );
    let mut response = error.dress(Html(page).into_response());
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_leads_to_where_somebody_was() {
        let back = |path: &str| {
            let asked = Asked {
                locale: Locale::Chinese,
                path: path.to_owned(),
            };
            asked.way_back(&failure(Locale::English))
        };
        for (path, href, says) in [
            ("/diagnosis", "/zh/diagnosis", "Back to the diagnosis"),
            ("/diagnosis/01ab", "/zh/diagnosis", "Back to the diagnosis"),
            (
                "/diagnosis/01ab/store",
                "/zh/diagnosis/01ab",
                "Back to the result",
            ),
            ("/pacs/series", "/zh/pacs", "Back to the PACS"),
            ("/risk", "/zh", "To the home page"),
        ] {
            assert_eq!(back(path), (href.to_owned(), says), "{path}");
        }
    }
}
