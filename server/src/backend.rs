//! What the pages may ask while they are rendered: the [`Backend`] of one request.
//!
//! Pages are rendered without waiting. An analysis may lie in a database, so it is fetched before its page is rendered, and
//! found here.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use lungsight_app::analysis::Analysis;
use lungsight_app::backend::{Archive, Backend, InArchive, NetworkInUse, OwnExample};
use lungsight_app::evaluation::Evaluation;

use crate::error::Error;
use crate::failure::{Asked, failure_page};
use crate::state::AppState;

/// Where the analysis of a page is put, in the request's extensions.
#[derive(Clone)]
struct Fetched(Arc<Analysis>);

/// Fetches the analysis of `/diagnosis/{id}`; the page says so where there is none.
pub async fn fetch(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let id = path.strip_prefix("/diagnosis/").map(str::to_owned);
    if let Some(id) = id
        && matches!(*request.method(), Method::GET | Method::HEAD)
    {
        match state.store().analysis(&id).await {
            Ok(Some(analysis)) => {
                request.extensions_mut().insert(Fetched(Arc::new(analysis)));
            }
            Ok(None) => {}
            Err(error) => {
                return failure_page(&state, &Error::Keep(error), &Asked::by(&request));
            }
        }
    }
    next.run(request).await
}

/// The server, as the page of one request sees it.
pub struct PageBackend {
    state: AppState,
    analysis: Option<Fetched>,
}

impl PageBackend {
    /// With what was fetched for the page that is being rendered, if anything was.
    pub fn new(state: &AppState, extensions: Option<&axum::http::Extensions>) -> Self {
        Self {
            state: state.clone(),
            analysis: extensions.and_then(|extensions| extensions.get().cloned()),
        }
    }
}

impl Backend for PageBackend {
    fn analysis(&self, id: &str) -> Option<Analysis> {
        let Fetched(analysis) = self.analysis.as_ref()?;
        (analysis.id == id).then(|| analysis.as_ref().clone())
    }

    fn network(&self) -> Option<NetworkInUse> {
        let info = self.state.inference().info().ok()?;
        Some(NetworkInUse {
            model: info.model,
            device: info.device,
            parts: info.network,
        })
    }

    fn figures(&self) -> Vec<String> {
        self.state.figures().names()
    }

    fn evaluation(&self) -> Option<Evaluation> {
        self.state.evaluation().cloned()
    }

    fn examples(&self) -> Vec<OwnExample> {
        self.state.offers().examples.list()
    }

    fn most_slices(&self) -> usize {
        self.state.config().requests.files
    }

    fn most_pixels(&self) -> u64 {
        self.state.config().requests.request_pixels
    }

    fn has_pacs(&self) -> bool {
        self.state.pacs().is_some()
    }

    fn in_archive(&self, id: &str) -> Option<InArchive> {
        self.state.pacs()?.origins.in_archive(id)
    }

    fn archives(&self) -> Vec<Archive> {
        self.state.offers().archives.list()
    }
}
