//! `GET /api/v1/analyses/{id}/results.csv`: the analysis as a table, one line per file and one for the patient.

use axum::extract::State;
use axum::response::Response;
use lungsight_app::analysis::{Analysis, ErrorBody, Inconclusive, SliceResult};
use lungsight_imaging::{Class, Probabilities};

use super::analyses::find_finished;
use super::sent::attachment;
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
        state.memory(),
        "text/csv; charset=utf-8",
        "lungsight-results.csv",
        table,
    )
}

/// Columns of the table.
const COLUMNS: usize = 15;

/// Of them, two that only slices have.
const THRESHOLD: usize = 12;
const POSITION: usize = 13;

/// RFC 4180, everything quoted: some spreadsheets part fields at semicolons. The patient, where there is one, is the last
/// line.
fn table(analysis: &Analysis) -> Result<Vec<u8>, csv::Error> {
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    let columns = ["file", "predicted", "inconclusive"];
    let classes = Class::ALL.map(Class::name);
    let rest = [
        "error",
        "model",
        "low",
        "high",
        "heat share",
        "dense share",
        "threshold set",
        "position mm",
        "notes on the series",
    ];
    table.write_record(columns.iter().chain(&classes).chain(&rest))?;
    let model = analysis.model.as_str();
    for slice in &analysis.slices {
        table.write_record(match slice {
            SliceResult::Read(slice) => {
                let result = (slice.predicted, slice.inconclusive);
                let mut line = line(&slice.name, result, slice.probabilities, model);
                line[THRESHOLD] = slice.threshold.map_or_else(String::new, |t| t.to_string());
                line[POSITION] = slice
                    .position_mm
                    .map_or_else(String::new, |mm| format!("{mm:.1}"));
                line
            }
            SliceResult::Failed(failed) => {
                let mut line = [const { String::new() }; COLUMNS];
                line[0] = harmless(&failed.name);
                line[6] = harmless(&failed.error);
                line[7] = model.to_owned();
                line
            }
            // A finished analysis has none.
            SliceResult::Pending(_) => continue,
        })?;
    }
    if let Some(patient) = &analysis.patient {
        let result = (patient.predicted, patient.inconclusive);
        let mut line = line("all slices", result, patient.probabilities, model);
        let figures = [
            patient.interval.map(|[low, _]| low),
            patient.interval.map(|[_, high]| high),
            patient.heat_share,
            patient.dense_share,
        ];
        for (column, figure) in line[8..].iter_mut().zip(figures) {
            *column = figure.map_or_else(String::new, |figure| format!("{figure:.4}"));
        }
        let notes: Vec<_> = analysis.notes.iter().map(ToString::to_string).collect();
        line[COLUMNS - 1] = notes.join("; ");
        table.write_record(line)?;
    }
    table
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

fn line(
    name: &str,
    (predicted, inconclusive): (Class, Option<Inconclusive>),
    probabilities: Probabilities,
    model: &str,
) -> [String; COLUMNS] {
    let why = match inconclusive {
        None => "",
        Some(Inconclusive::Unlike) => "unlike",
        Some(Inconclusive::TooClose) => "too close",
    };
    let [healthy, pneumonia, covid] =
        Class::ALL.map(|class| format!("{:.4}", probabilities.of(class)));
    [
        harmless(name),
        predicted.name().to_owned(),
        why.to_owned(),
        healthy,
        pneumonia,
        covid,
        String::new(),
        model.to_owned(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
    ]
}

/// Spreadsheets take what begins like this for a formula and run it (OWASP, CSV injection); file names come from strangers.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
