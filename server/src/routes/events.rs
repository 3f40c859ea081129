//! `GET /api/v1/analyses/{id}/events`: each slice as it is seen, then the whole analysis, as server-sent events (HTML
//! Standard, section 9.2).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use lungsight_app::analysis::{ErrorBody, SliceResult, SliceSeen};
use serde::Serialize;
use tokio::sync::watch;

use crate::error::Error;
use crate::extract::Path;
use crate::openapi::{OfAnalysis, ToldEvent};
use crate::record::Record;
use crate::state::AppState;
use crate::store::KeepError;

/// nginx, and others after it, pass each event on at once then, also where nobody has thought of telling them to.
const NOT_BUFFERED: [(HeaderName, HeaderValue); 1] = [(
    HeaderName::from_static("x-accel-buffering"),
    HeaderValue::from_static("no"),
)];

/// `GET /api/v1/analyses/{id}/events`
///
/// Tells everything from the beginning: a browser that was cut off asks again and misses nothing.
#[utoipa::path(
    get,
    path = "/api/v1/analyses/{id}/events",
    tag = "analyses",
    operation_id = "events",
    summary = "Each slice as it is seen, then the whole",
    params(OfAnalysis),
    responses(
        (status = 200, description = "Server-sent events: `slice` with a SliceSeen for each, `end` with the Analysis; `error` with an ErrorBody where a result cannot be kept now: it waits, and may be asked for again", body = ToldEvent, content_type = "text/event-stream"),
        (status = 404, description = "No such analysis, or it has expired", body = ErrorBody),
    )
)]
pub async fn show(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<
    (
        [(HeaderName, HeaderValue); 1],
        Sse<impl Stream<Item = Result<Event, Infallible>>>,
    ),
    Error,
> {
    let record = state.store().watch(&id).await?;
    let record = record.ok_or(Error::Unknown("analysis"))?;
    let teller = Teller {
        state,
        record,
        told: Vec::new(),
        next: VecDeque::new(),
        ended: false,
    };
    let events = unfold(teller, async |mut teller| {
        let event = teller.event().await?;
        Some((Ok(event), teller))
    });
    Ok((
        NOT_BUFFERED,
        Sse::new(events).keep_alive(KeepAlive::default()),
    ))
}

struct Teller {
    state: AppState,
    record: watch::Receiver<Arc<Record>>,
    /// By number of slice.
    told: Vec<bool>,
    next: VecDeque<Event>,
    ended: bool,
}

impl Teller {
    /// The next event, once there is one; `None` after the last.
    async fn event(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.next.pop_front() {
                return Some(event);
            }
            if self.ended {
                return None;
            }
            self.look();
            if !self.next.is_empty() {
                continue;
            }
            tokio::select! {
                // Closed while something is still pending: the analysis was given up.
                changed = self.record.changed() => changed.ok()?,
                () = self.state.store().is_full() => {
                    let reason = Error::from(KeepError::Full).body();
                    self.next.push_back(event("error", &reason));
                    self.ended = true;
                }
            }
        }
    }

    fn look(&mut self) {
        let record = self.record.borrow_and_update().clone();
        let slices = &record.analysis.slices;
        self.told.resize(slices.len(), false);
        for (number, (result, told)) in slices.iter().zip(&mut self.told).enumerate() {
            if !*told && !matches!(result, SliceResult::Pending(_)) {
                *told = true;
                self.next.push_back(event(
                    "slice",
                    &SliceSeen {
                        number,
                        result: result.clone(),
                    },
                ));
            }
        }
        if record.analysis.finished {
            self.next.push_back(event("end", &record.analysis));
            self.ended = true;
        }
    }
}

fn event(name: &str, data: &impl Serialize) -> Event {
    Event::default()
        .event(name)
        .json_data(data)
        .expect("the answer's types have no maps with keys that are no strings")
}
