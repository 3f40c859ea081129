//! `/pacs`: series of the house's archive, to be analysed; `POST /diagnosis/{id}/store`: a result back into it.

use axum::Form;
use axum::extract::{FromRef, Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use lungsight_app::locale::Locale;
use lungsight_app::pacs::{Asked, Listed, PacsSeries};
use lungsight_app::shell;
use serde::Deserialize;

use super::analyses::{find_finished, find_record, ready};
use super::diagnosis::failure_page;
use super::pages::backend;
use crate::analyse;
use crate::dicom::Written;
use crate::error::Error;
use crate::pacs::{Imported, Pacs, import};
use crate::state::AppState;

/// Lists the series that fit.
pub async fn list(
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
    request: Request,
) -> Response {
    let Some(pacs) = state.pacs() else {
        return super::pages::not_found_page(state, request).await;
    };
    let found = pacs.search(&asked.name, &asked.id, &asked.date).await;
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

/// Fetches a series and begins its analysis.
pub async fn analyse(
    State(state): State<AppState>,
    locale: Option<axum::Extension<Locale>>,
    Form(chosen): Form<Chosen>,
) -> Response {
    let locale = locale.map(|locale| locale.0).unwrap_or_default();
    match begun(&state, &chosen).await {
        Ok(id) => Redirect::to(&locale.path(&format!("/diagnosis/{id}"))).into_response(),
        Err(error) => failure_page(&state, &error, locale),
    }
}

async fn begun(state: &AppState, chosen: &Chosen) -> Result<String, Error> {
    let pacs = archive(state)?;
    // Nothing is fetched for a network or a database that is not there.
    ready(state).await?;
    let Imported {
        slices,
        left_out,
        origin,
        held,
    } = import(state, pacs, &chosen.study, &chosen.series).await?;
    let id = analyse::fetched(state, left_out, slices).await?;
    pacs.origins.put(id.clone(), origin);
    drop(held);
    Ok(id)
}

/// Stores the result of a series that came from the archive there, as captures and a report that refer to it.
pub async fn store(
    State(state): State<AppState>,
    Path(id): Path<String>,
    locale: Option<axum::Extension<Locale>>,
) -> Response {
    let locale = locale.map(|locale| locale.0).unwrap_or_default();
    match stored(&state, &id).await {
        Ok(files) => {
            let path = format!("/diagnosis/{id}?stored={files}");
            Redirect::to(&locale.path(&path)).into_response()
        }
        Err(error) => failure_page(&state, &error, locale),
    }
}

async fn stored(state: &AppState, id: &str) -> Result<usize, Error> {
    let pacs = archive(state)?;
    find_finished(state, id).await?;
    let known = pacs.origins.get(id).ok_or(Error::Unknown("series"))?;
    let (record, held) = find_record(state, id).await?;
    let client = pacs.client.clone();
    // Overlays are drawn as they are sent, on a thread that may block.
    let work = move || {
        let _held = held;
        let record = record.open()?;
        let number = |place: usize| known.numbers.get(place).copied().unwrap_or_default();
        let places = 0..record.slices.len();
        let written = Written::new(&record, places, number, None).ok_or(Error::NoPatient)?;
        let files: Vec<_> = written
            .files(Some(&known.origin))
            .and_then(Iterator::collect)
            .map_err(|error| {
                tracing::error!(%error, "a result could not be written as DICOM");
                Error::Internal
            })?;
        let count = files.len();
        let files = files
            .into_iter()
            .map(|file: lungsight_dicom::File| file.bytes);
        let stored = tokio::runtime::Handle::current().block_on(client.store(files))?;
        if stored.stored < count {
            let refused = stored.failed.first().map(|failure| failure.words());
            return Err(Error::NotStored {
                stored: stored.stored,
                files: count,
                reason: refused.unwrap_or("the server gives no reason"),
            });
        }
        Ok(count)
    };
    state.pictures().run(work).await?
}

fn archive(state: &AppState) -> Result<&Pacs, Error> {
    state.pacs().ok_or(Error::UnknownRoute)
}
