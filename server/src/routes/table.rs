//! `GET /api/v1/analyses/{id}/results.csv`: the analysis as a table, one line per file and one for the patient.

use axum::extract::State;
use axum::response::Response;
use lungsight_app::analysis::{Analysis, ErrorBody, Inconclusive, SliceResult};
use lungsight_imaging::{Class, Probabilities};
use serde::Serialize;

use super::analyses::find_finished;
use super::sent::attachment;
use crate::cells::harmless;
use crate::error::Error;
use crate::extract::Path;
use crate::openapi::OfAnalysis;
use crate::state::AppState;

/// Sends the table as an attachment.
#[utoipa::path(
    get,
    path = "/api/v1/analyses/{id}/results.csv",
    tag = "analyses",
    operation_id = "results_table",
    summary = "The analysis as a table",
    params(OfAnalysis),
    responses(
        (status = 200, description = "A line for each file, and one for the patient", body = String, content_type = "text/csv"),
        (status = 404, description = "No such analysis, or it has expired", body = ErrorBody),
        (status = 409, description = "It is still running", body = ErrorBody),
    )
)]
pub async fn show(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let analysis = find_finished(&state, &id).await?;
    let table = table(&analysis).map_err(|error| {
        tracing::error!(%error, "a table could not be written");
        Error::Internal
    })?;
    attachment(
        state.answers(),
        "text/csv; charset=utf-8",
        "lungsight-results.csv",
        table,
    )
}

/// A line of the table; figures have four decimals, and what a line has nothing of is empty.
#[derive(Default, Serialize)]
struct Row<'a> {
    file: String,
    predicted: &'static str,
    inconclusive: &'static str,
    healthy: String,
    pneumonia: String,
    covid: String,
    error: String,
    model: &'a str,
    low: String,
    high: String,
    #[serde(rename = "heat share")]
    heat_share: String,
    #[serde(rename = "dense share")]
    dense_share: String,
    #[serde(rename = "threshold set")]
    threshold: Option<u8>,
    #[serde(rename = "position mm")]
    position: String,
    #[serde(rename = "notes on the series")]
    notes: &'a str,
}

/// RFC 4180, everything quoted: some spreadsheets part fields at semicolons. The patient, where there is one, is the last
/// line.
fn table(analysis: &Analysis) -> Result<Vec<u8>, csv::Error> {
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    let notes: Vec<_> = analysis.notes.iter().map(ToString::to_string).collect();
    let notes = notes.join("; ");
    let every = || Row {
        model: &analysis.model,
        notes: &notes,
        ..Row::default()
    };
    for slice in &analysis.slices {
        table.serialize(match slice {
            SliceResult::Read(slice) => Row {
                file: harmless(&slice.name),
                threshold: slice.threshold,
                position: slice.position_mm.map_or_else(String::new, |mm| {
                    format!("{:.1}", (mm * 10.0).round() / 10.0 + 0.0)
                }),
                ..judged(
                    every(),
                    slice.predicted,
                    slice.inconclusive,
                    slice.probabilities,
                )
            },
            SliceResult::Failed(failed) => Row {
                file: harmless(&failed.name),
                error: harmless(&failed.error),
                ..every()
            },
            // A finished analysis has none.
            SliceResult::Pending(_) => continue,
        })?;
    }
    if let Some(patient) = &analysis.patient {
        table.serialize(Row {
            file: "all slices".to_owned(),
            low: figure(patient.interval.map(|[low, _]| low)),
            high: figure(patient.interval.map(|[_, high]| high)),
            heat_share: figure(patient.heat_share),
            dense_share: figure(patient.dense_share),
            ..judged(
                every(),
                patient.predicted,
                patient.inconclusive,
                patient.probabilities,
            )
        })?;
    }
    table
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

/// The line with what the network says.
fn judged(
    line: Row<'_>,
    predicted: Class,
    inconclusive: Option<Inconclusive>,
    probabilities: Probabilities,
) -> Row<'_> {
    let of = |class| figure(Some(probabilities.of(class)));
    Row {
        predicted: predicted.name(),
        inconclusive: match inconclusive {
            None => "",
            Some(Inconclusive::Unlike) => "unlike",
            Some(Inconclusive::TooClose) => "too close",
        },
        healthy: of(Class::Healthy),
        pneumonia: of(Class::Pneumonia),
        covid: of(Class::Covid),
        ..line
    }
}

fn figure(figure: Option<f32>) -> String {
    figure.map_or_else(String::new, |figure| format!("{figure:.4}"))
}
