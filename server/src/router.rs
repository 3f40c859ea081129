//! The one table of routes, used by the binary and by the tests.

use axum::Router;
use axum::extract::FromRef;
use axum::http::header::HeaderName;
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list};
use lungsight_app::shell;
use tower::util::MapRequest;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};

use crate::error::Error;
use crate::routes::{
    analyses, archives, diagnosis, events, examples, figures, health, layers, pages, pictures,
    region, report, table, uploads,
};
use crate::state::AppState;
use crate::{backend, headers, language, log};

/// On `/examples/…`: the fingerprint of the mask that this server computes, for the browser to compare its own with.
pub const MASK_FINGERPRINT: HeaderName = HeaderName::from_static("x-mask-fingerprint");

/// All routes over `state`.
pub fn router(state: AppState) -> Router {
    let analysis = Router::new()
        .route("/", get(analyses::show))
        .route("/events", get(events::show))
        .route("/report.docx", get(report::show))
        .route("/results.csv", get(table::show))
        .route("/slices/{number}/slice.png", get(pictures::slice))
        .route("/slices/{number}/mask.png", get(pictures::mask))
        .route("/slices/{number}/heatmap.png", get(pictures::heatmap))
        .route("/slices/{number}/region", get(region::show))
        .route("/slices/{number}/region.png", get(region::picture))
        .route("/slices/{number}/layers", get(layers::list))
        .route("/slices/{number}/layers/{file}", get(layers::picture));
    let router = Router::new()
        .route("/api/v1/analyses", post(analyses::create))
        .nest("/api/v1/analyses/{id}", analysis)
        .route("/api/v1/uploads", post(uploads::create))
        .route("/api/v1/uploads/{id}/analysis", post(uploads::analyse))
        .route("/diagnosis", post(diagnosis::create))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/examples/{file}", get(examples::synthetic))
        .route("/examples/own/{class}/{file}", get(examples::own))
        .route("/archives/{name}", get(archives::download))
        .route("/examples/{name}/layers/{file}", get(layers::of_example))
        .route("/figures/{file}", get(figures::show));
    let server = state.clone();
    let options = LeptosOptions::from_ref(&state);
    let document = move || shell(options.clone());
    let router = router
        .leptos_routes_with_context(
            &state,
            // `App` would do, but its type is that of every element of every page, and costs minutes to compile here.
            generate_route_list(document.clone()),
            move || provide_context(pages::backend(&server)),
            document,
        )
        .fallback(pages::file_or_not_found)
        .method_not_allowed_fallback(async || Error::MethodNotAllowed)
        .layer(compression())
        .layer(middleware::from_fn_with_state(
            state.clone(),
            backend::fetch,
        ))
        .layer(middleware::from_fn(headers::refuse_cross_site))
        .layer(CatchPanicLayer::custom(|_| Error::Internal.into_response()))
        .layer(middleware::from_fn(headers::guard))
        .layer(middleware::from_fn(log::requests))
        .with_state(state);
    // Around all of it: what is laid over a router sees a request only when its route has been found.
    Router::new().fallback_service(MapRequest::new(router, language::take_off))
}

/// Text and WASM; pictures, archives and Word files are compressed already. The fastest level: it runs on every answer.
fn compression() -> CompressionLayer<impl Predicate> {
    let worth_it = SizeAbove::new(860)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::SSE)
        .and(NotForContentType::const_new("application/zip"))
        .and(NotForContentType::const_new("application/octet-stream"))
        .and(NotForContentType::const_new(
            "application/vnd.openxmlformats",
        ));
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(worth_it)
}
