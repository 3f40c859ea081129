//! What a request for work must pass before its body is read: a server that takes work, and a client that has not asked for
//! too much.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::client::Proxies;
use crate::error::Error;
use crate::failure::{Asked, failure_page};
use crate::form;
use crate::rate::RateLimit;
use crate::state::AppState;

/// What [`admit`] looks at.
#[derive(Clone)]
pub struct Admission {
    pub state: AppState,
    pub limit: RateLimit,
    pub proxies: Proxies,
}

/// Lets a request for work in, or receives it and says why not. What is let in is waited for when the server stops.
pub async fn admit(State(admission): State<Admission>, request: Request, next: Next) -> Response {
    let Admission {
        state,
        limit,
        proxies,
    } = admission;
    let client = proxies.client(request.headers(), request.extensions());
    // Before it is looked whether the server stops: whoever stops it then waits for this.
    let piece = state.work().begin();
    let refused = if state.work().is_stopping() {
        Some(Error::Stopping)
    } else {
        limit.take(client).err().map(Error::TooOften)
    };
    let Some(error) = refused else {
        let _piece = piece;
        return next.run(request).await;
    };
    drop(piece);
    // The plain form is answered with a page.
    let page = (!request.uri().path().starts_with("/api/")).then(|| Asked::by(&request));
    form::discard(request, &state).await;
    match page {
        Some(asked) => failure_page(&state, &error, &asked),
        None => error.into_response(),
    }
}
