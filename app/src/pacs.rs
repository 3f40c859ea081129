//! What the page of the house's picture archive (PACS) shows.

use serde::Deserialize;

/// What was searched for; empty fields fit all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The beginning of the patient's name.
    pub name: String,
    /// The patient's ID.
    pub id: String,
    /// The day of the study, `2026-11-26`.
    pub date: String,
}

/// One series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacsSeries {
    /// Study and Series Instance UID.
    pub study: String,
    pub series: String,
    pub patient_name: String,
    pub patient_id: String,
    /// As DICOM writes days: `20261126`.
    pub date: String,
    pub description: String,
    pub instances: Option<u32>,
}

/// A page of series; in context where the page is rendered.
#[derive(Clone, Debug)]
pub struct Listed {
    pub asked: Asked,
    /// Or why there is no answer.
    pub series: Result<Vec<PacsSeries>, String>,
}
