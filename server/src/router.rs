//! The one table of routes, used by the binary and by the tests.

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::http::header::HeaderName;
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get, post};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list_with_exclusions};
use lungsight_app::shell;
use tower::util::MapRequest;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};

use crate::access::{self, Access};
use crate::admission::{Admission, admit};
use crate::client::Proxies;
use crate::error::Error;
use crate::rate::RateLimit;
use crate::request_id::{self, RandomId, X_REQUEST_ID};
use crate::routes::{
    analyses, archives, diagnosis, dicom, docs, events, examples, figures, health, layers, pacs,
    pages, pictures, region, report, series, table, uploads,
};
use crate::state::AppState;
use crate::{backend, headers, language, log, metrics, routes};

/// On `/examples/…`: the fingerprint of the mask that this server computes, for the browser to compare its own with.
pub const MASK_FINGERPRINT: HeaderName = HeaderName::from_static("x-mask-fingerprint");

/// Of the archive's forms: three short fields.
const FORM_BYTES: usize = 16 << 10;

/// A route's pattern, and what it answers to which methods.
pub type Route = (&'static str, MethodRouter<AppState>);

/// Where programs ask for work: what costs most, and is let in by [`admit`].
pub fn work() -> Vec<Route> {
    vec![
        ("/api/v1/analyses", post(analyses::create)),
        ("/api/v1/series", post(series::create)),
        ("/api/v1/uploads", post(uploads::create)),
        ("/api/v1/uploads/{id}/analysis", post(uploads::analyse)),
        ("/api/v1/analyses/{id}/report.docx", get(report::show)),
        ("/api/v1/analyses/{id}/dicom.zip", get(dicom::show)),
    ]
}

/// Where programs read.
pub fn reading() -> Vec<Route> {
    vec![
        ("/api/v1/analyses/{id}", get(analyses::show)),
        ("/api/v1/analyses/{id}/events", get(events::show)),
        ("/api/v1/analyses/{id}/results.csv", get(table::show)),
        (
            "/api/v1/analyses/{id}/slices/{number}/slice.png",
            get(pictures::slice),
        ),
        (
            "/api/v1/analyses/{id}/slices/{number}/mask.png",
            get(pictures::mask),
        ),
        (
            "/api/v1/analyses/{id}/slices/{number}/heatmap.png",
            get(pictures::heatmap),
        ),
        (
            "/api/v1/analyses/{id}/slices/{number}/region",
            get(region::show),
        ),
        (
            "/api/v1/analyses/{id}/slices/{number}/region.png",
            get(region::picture),
        ),
        (
            "/api/v1/analyses/{id}/slices/{number}/layers",
            get(layers::list),
        ),
        (
            "/api/v1/analyses/{id}/slices/{number}/layers/{file}",
            get(layers::picture),
        ),
        ("/health/live", get(health::live)),
        ("/health/ready", get(health::ready)),
    ]
}

/// All routes over `state`, for everybody.
pub fn router(state: AppState) -> Router {
    guarded_router(state, Access::default())
}

/// All routes over `state`, for those whom `access` lets in.
pub fn guarded_router(state: AppState, access: Access) -> Router {
    let proxies = Proxies::new(&state.config().access.trusted_proxy);
    let admission = Admission {
        state: state.clone(),
        limit: RateLimit::new(&state.config().rate),
        proxies: proxies.clone(),
    };
    let admitted = |route: MethodRouter<AppState>| {
        route.route_layer(middleware::from_fn_with_state(admission.clone(), admit))
    };
    let mut router = Router::new();
    for (pattern, answers) in work() {
        router = router.route(pattern, admitted(answers));
    }
    for (pattern, answers) in reading() {
        router = router.route(pattern, answers);
    }
    let router = router
        .route("/diagnosis", admitted(post(diagnosis::create)))
        .route(
            "/pacs",
            get(pacs::list)
                .merge(admitted(post(pacs::search)))
                .layer(DefaultBodyLimit::max(FORM_BYTES)),
        )
        .route(
            "/pacs/series",
            get(pacs::back)
                .merge(admitted(post(pacs::analyse)))
                .layer(DefaultBodyLimit::max(FORM_BYTES)),
        )
        .route("/diagnosis/{id}/store", admitted(post(pacs::store)))
        .route("/metrics", get(routes::metrics::show))
        .route("/api/openapi.json", get(docs::document))
        .route("/api/docs", get(docs::page))
        .route("/api/docs/", get(docs::index))
        .route("/api/docs/{file}", get(docs::file))
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
            generate_route_list_with_exclusions(document.clone(), Some(vec!["/pacs".to_owned()])),
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
        .layer(middleware::from_fn_with_state(
            (access, state.clone()),
            access::check,
        ))
        .layer(CatchPanicLayer::custom(|_| Error::Internal.into_response()))
        .layer(middleware::from_fn(headers::guard))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            metrics::requests,
        ))
        .layer(middleware::from_fn_with_state(
            proxies.clone(),
            log::requests,
        ))
        .layer(PropagateRequestIdLayer::new(X_REQUEST_ID))
        .layer(SetRequestIdLayer::new(X_REQUEST_ID, RandomId))
        .layer(middleware::from_fn_with_state(
            proxies,
            request_id::take_off,
        ))
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
