//! `POST /diagnosis`: the same form from a browser without JavaScript, answered with pages.

use std::fmt::Write;

use axum::extract::{FromRef, Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use leptos::config::LeptosOptions;

use lungsight_app::locale::Locale;
use lungsight_app::texts::failure::{Failure, failure};

use super::analyses::analyse_form;
use crate::error::Error;
use crate::state::AppState;

/// Sends the browser to the result, or shows what went wrong.
pub async fn create(State(state): State<AppState>, request: Request) -> Response {
    let locale = request
        .extensions()
        .get::<Locale>()
        .copied()
        .unwrap_or_default();
    match analyse_form(&state, request).await {
        Ok(analysis) => {
            let path = format!("/diagnosis/{}", analysis.id);
            Redirect::to(&locale.path(&path)).into_response()
        }
        Err(error) => failure_page(&state, &error, locale),
    }
}

/// A page of its own: it must come out whatever state the server is in. The reasons are in English in every language.
pub fn failure_page(state: &AppState, error: &Error, locale: Locale) -> Response {
    const POLICY: HeaderValue = HeaderValue::from_static(
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    let Failure {
        title,
        no_file,
        back,
    } = failure(locale);
    let mut files = String::new();
    for slice in error.body().slices {
        let (name, reason) = (escape(&slice.name), escape(&slice.error));
        write!(
            files,
            "<li><strong>{name}</strong>: <span lang=\"en\">{reason}</span></li>"
        )
        .expect("writing to a string cannot fail");
    }
    let message = if files.is_empty() {
        format!(
            "<p role=\"alert\" lang=\"en\">{}</p>",
            escape(&error.to_string())
        )
    } else {
        format!("<p role=\"alert\">{no_file}</p><ul>{files}</ul>")
    };
    let build = LeptosOptions::from_ref(state).site_pkg_dir;
    let (lang, form) = (locale.tag(), locale.path("/diagnosis"));
    let page = format!(
        "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · Lungsight</title><link rel=\"icon\" href=\"/favicon.svg\">\
         <link rel=\"stylesheet\" href=\"/{build}/lungsight.css\"></head>\
         <body><main class=\"failure\"><h1>{title}</h1>{message}\
         <p><a href=\"{form}\">{back}</a></p></main></body></html>"
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
