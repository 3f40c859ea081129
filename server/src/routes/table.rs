//! `GET /api/v1/analyses/{id}/results.csv`: the analysis as a table, one line per file and one for the patient.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use lungsight_app::analysis::{Analysis, Inconclusive, SliceResult};
use lungsight_imaging::{Class, Probabilities};

use super::analyses::find_finished;
use crate::error::Error;
use crate::state::AppState;

/// Sends the table as an attachment.
pub async fn show(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let analysis = find_finished(&state, &id).await?;
    let table = table(&analysis).map_err(|error| {
        tracing::error!(%error, "a table could not be written");
        Error::Internal
    })?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"lungsight-results.csv\"",
        ),
    ];
    Ok((headers, table).into_response())
}

/// RFC 4180, everything quoted: some spreadsheets part fields at semicolons. The patient, where there is one, is the last
/// line.
fn table(analysis: &Analysis) -> Result<Vec<u8>, csv::Error> {
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    let columns = ["file", "predicted", "inconclusive"];
    let classes = Class::ALL.map(Class::name);
    table.write_record(columns.iter().chain(&classes).chain(&["error", "model"]))?;
    let model = analysis.model.as_str();
    for slice in &analysis.slices {
        table.write_record(match slice {
            SliceResult::Read(slice) => line(
                &slice.name,
                (slice.predicted, slice.inconclusive),
                slice.probabilities,
                model,
            ),
            SliceResult::Failed(failed) => {
                let mut line = [const { String::new() }; 8];
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
        table.write_record(line("all slices", result, patient.probabilities, model))?;
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
) -> [String; 8] {
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
