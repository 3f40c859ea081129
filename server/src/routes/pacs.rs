//! `/pacs`: series of the house's archive; `POST /pacs/series`: one of them, to be analysed; `POST /diagnosis/{id}/store`: a
//! result back into it.

use axum::Form;
use axum::body::Body;
use axum::extract::{FromRef, FromRequest, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use lungsight_app::pacs::{Asked, Listed, PacsSeries};
use lungsight_app::shell;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::analyses::{find_finished, find_record, ready};
use super::pages::backend;
use crate::analyse;
use crate::dicom::Written;
use crate::error::Error;
use crate::extract::Path;
use crate::failure::{self, failure_page};
use crate::language::Language;
use crate::pacs::{Imported, KnownOrigin, Pacs, import};
use crate::record::Record;
use crate::state::AppState;

/// Lists the archive's series.
pub async fn list(State(state): State<AppState>, request: Request) -> Response {
    listed(state, Asked::default(), request).await
}

/// Lists the series that fit. Whom somebody looks for comes in a body: addresses are kept by browsers and written down by proxies.
pub async fn search(
    State(state): State<AppState>,
    by: failure::Asked,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let page = Request::from_parts(head.clone(), Body::empty());
    let asked = match archive(&state) {
        // Nothing is read for an archive that is not there.
        Err(_) => Ok(Asked::default()),
        Ok(_) => form(&state, Request::from_parts(head, body)).await,
    };
    match asked {
        Ok(asked) => listed(state, asked, page).await,
        Err(error) => failure_page(&state, &error, &by),
    }
}

async fn listed(state: AppState, asked: Asked, request: Request) -> Response {
    let Some(pacs) = state.pacs() else {
        return super::pages::not_found_page(state, request).await;
    };
    let found = pacs.search(&asked.name, &asked.id, &asked.date).await;
    // The page says it and can be asked again; the operator has the log.
    let found = found.inspect_err(|error| tracing::warn!(%error, "the archive was not searched"));
    let series = found.map_err(|error| error.to_string()).map(|found| {
        let series = found.into_iter().map(|series| PacsSeries {
            study: series.study_instance_uid,
            series: series.series_instance_uid,
            patient_name: series.patient_name.replace('^', " ").trim().to_owned(),
            patient_id: series.patient_id,
            date: series.study_date,
            description: [series.study_description, series.series_description]
                .into_iter()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(" · "),
            instances: series.instances,
        });
        series.collect()
    });
    let listed = Listed { asked, series };
    let options = LeptosOptions::from_ref(&state);
    let render = leptos_axum::render_app_to_stream_with_context(
        move || {
            provide_context(backend(&state));
            provide_context(listed.clone());
        },
        move || shell(options.clone()),
    );
    render(request).await
}

/// Which series is to be analysed.
#[derive(Deserialize)]
pub struct Chosen {
    study: String,
    series: String,
}

/// Where a form that failed has led, and was opened again: to the list.
pub async fn back(Language(locale): Language) -> Redirect {
    Redirect::to(&locale.path("/pacs"))
}

/// Fetches a series and begins its analysis.
pub async fn analyse(
    State(state): State<AppState>,
    Language(locale): Language,
    asked: failure::Asked,
    request: Request,
) -> Response {
    match begun(&state, request).await {
        Ok(id) => Redirect::to(&locale.path(&format!("/diagnosis/{id}"))).into_response(),
        Err(error) => failure_page(&state, &error, &asked),
    }
}

async fn begun(state: &AppState, request: Request) -> Result<String, Error> {
    let pacs = archive(state)?;
    let chosen: Chosen = form(state, request).await?;
    // Nothing is fetched for a network or a database that is not there.
    ready(state).await?;
    let Imported {
        slices,
        remarks,
        origin,
        held,
    } = import(state, pacs, &chosen.study, &chosen.series).await?;
    let id = analyse::fetched(state, remarks, slices).await?;
    pacs.origins.put(id.clone(), origin);
    drop(held);
    Ok(id)
}

/// Stores the result of a series that came from the archive there, as captures and a report that refer to it.
pub async fn store(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Language(locale): Language,
    asked: failure::Asked,
) -> Response {
    match stored(&state, &id).await {
        Ok(()) => Redirect::to(&locale.path(&format!("/diagnosis/{id}"))).into_response(),
        Err(error) => failure_page(&state, &error, &asked),
    }
}

async fn stored(state: &AppState, id: &str) -> Result<(), Error> {
    let pacs = archive(state)?;
    find_finished(state, id).await?;
    let storing = pacs.origins.store(id)?;
    let (record, mut held) = find_record(state, id).await?;
    let record = state.pictures().run(move || record.open()).await??;
    let mut stored = 0;
    loop {
        // Drawn on a thread for pictures, sent from here: an archive may take its time.
        let work = {
            let (record, known) = (record.clone(), storing.origin.clone());
            move || batch(&record, &known, stored)
        };
        let Batch { files, count } = state.pictures().run(work).await??;
        if files.is_empty() {
            storing.done(stored);
            return Ok(());
        }
        let (sent, bytes) = (files.len(), files.iter().map(Vec::len).sum());
        held.grow(bytes)?;
        let answer = pacs.client.store(files).await?;
        held.shrink(bytes);
        stored += answer.stored;
        if answer.stored < sent {
            let refused = answer.failed.first().map(|failure| failure.words());
            return Err(Error::NotStored {
                stored,
                files: count,
                reason: refused.unwrap_or("the server gives no reason"),
            });
        }
    }
}

/// Files that are sent together.
struct Batch {
    files: Vec<Vec<u8>>,
    /// How many there are of the whole result.
    count: usize,
}

/// Bytes after which no further file is drawn before these are sent: half of what the client sends in a request.
const BATCH_BYTES: usize = 16 << 20;

/// Draws the next files of a result after the first `done`.
fn batch(record: &Record, known: &KnownOrigin, done: usize) -> Result<Batch, Error> {
    let number = |place: usize| known.numbers.get(place).copied().unwrap_or_default();
    let places = 0..record.slices.len();
    let written = Written::new(record, places, number, None)
        .ok_or_else(|| Error::no_patient(&record.analysis))?;
    let left = written.files_with(known.uids.clone(), &known.origin);
    let (mut files, mut bytes) = (Vec::new(), 0);
    for file in left?.skip(done) {
        let file = file?;
        bytes += file.bytes.len();
        files.push(file.bytes);
        if bytes >= BATCH_BYTES {
            break;
        }
    }
    let count = written.count();
    Ok(Batch { files, count })
}

/// What a form of the page holds.
async fn form<T: DeserializeOwned>(state: &AppState, request: Request) -> Result<T, Error> {
    let deadline = *state.config().requests.body_deadline;
    let Form(read) = tokio::time::timeout(deadline, Form::<T>::from_request(request, &()))
        .await
        .map_err(|_| Error::TooSlow)?
        .map_err(|_| Error::MalformedForm)?;
    Ok(read)
}

fn archive(state: &AppState) -> Result<&Pacs, Error> {
    state.pacs().ok_or(Error::UnknownRoute)
}
