//! Shipped weights on slices they have not seen: figures per slice, per patient and per source.

use std::collections::BTreeMap;
use std::path::Path;

use lungsight_imaging::{Class, Limits, NetworkInput, Probabilities, Rect};
use lungsight_network::{Classifier, combine_patient};
use serde::{Deserialize, Serialize};

use crate::manifest::Row;
use crate::metrics::{Judged, Level, calibration_error, clustered_level, level};
use crate::prepare::{LeftOut, Prepared, prepare, progress};

/// What `evaluate` writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Name and checksum of the weights.
    pub model: String,
    /// Where it was computed.
    pub device: String,
    /// Which slices: a part of a split, or a whole manifest.
    pub slices_of: String,
    /// Notes whose slices are in `by_group` alone.
    pub apart: Vec<String>,
    /// Slices, intervals by resampling patients.
    pub slices: Level,
    /// Patients, Wilson's intervals.
    pub patients: Level,
    /// Expected calibration error of slices.
    pub calibration_error: f64,
    /// Slices by source and note.
    pub by_group: BTreeMap<String, Level>,
    /// Patients by source and note.
    pub patients_by_group: BTreeMap<String, Level>,
    /// Slices that gave no input, with the reason.
    pub left_out: Vec<(String, String)>,
}

/// Slices judged at once.
const BATCH: usize = 8;

/// Judges the rows' slices with the weights as the server would. Slices whose note is in `apart` have figures in their
/// group, but count nowhere else: the label of a study need not be that of its slices.
///
/// # Errors
/// When the device fails.
pub fn evaluate(
    classifier: &Classifier,
    folder: &Path,
    rows: Vec<Row>,
    slices_of: &str,
    apart: &[String],
) -> Result<Evaluation, String> {
    let (prepared, left_out) = prepare(folder, rows, &Limits::default());
    let all = judge(classifier, &prepared)?;
    let mut by_group: BTreeMap<String, Vec<Judged>> = BTreeMap::new();
    let mut slices = Vec::new();
    for (item, slice) in all.into_iter().zip(&prepared) {
        let group = by_group.entry(slice.row.group()).or_default();
        group.push(item.clone());
        if !apart.contains(&slice.row.note) {
            slices.push(item);
        }
    }
    let patients_by_group: BTreeMap<String, Vec<Judged>> = by_group
        .iter()
        .map(|(group, items)| (group.clone(), by_patient(items)))
        .collect();
    let patients = by_patient(&slices);
    Ok(Evaluation {
        model: classifier.model(),
        device: classifier.device().to_owned(),
        slices_of: slices_of.to_owned(),
        apart: apart.to_vec(),
        slices: clustered_level(&slices, 1),
        patients: level(&patients),
        calibration_error: calibration_error(&slices),
        by_group: by_group
            .into_iter()
            .map(|(g, items)| (g, clustered_level(&items, 1)))
            .collect(),
        patients_by_group: patients_by_group
            .into_iter()
            .map(|(g, items)| (g, level(&items)))
            .collect(),
        left_out: left_out
            .into_iter()
            .map(|LeftOut { row, reason }| (row.path.display().to_string(), reason))
            .collect(),
    })
}

fn judge(classifier: &Classifier, slices: &[Prepared]) -> Result<Vec<Judged>, String> {
    let bar = progress(slices.len() as u64, "judging");
    let mut judged = Vec::with_capacity(slices.len());
    for batch in slices.chunks(BATCH) {
        let inputs: Vec<NetworkInput> = batch
            .iter()
            .map(|slice| NetworkInput {
                pixels: slice.pixels.clone(),
                crop: Rect {
                    x: 0,
                    y: 0,
                    width: 0,
                    height: 0,
                },
            })
            .collect();
        let results = classifier.classify(&inputs).map_err(|e| e.to_string())?;
        judged.extend(batch.iter().zip(results).map(|(slice, result)| Judged {
            patient: slice.row.patient.clone(),
            label: slice.row.label,
            probabilities: result.probabilities,
        }));
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    Ok(judged)
}

/// One item per patient, its slices combined as the server combines them.
pub fn by_patient(slices: &[Judged]) -> Vec<Judged> {
    let mut patients: BTreeMap<&str, (Class, Vec<Probabilities>)> = BTreeMap::new();
    for slice in slices {
        patients
            .entry(&slice.patient)
            .or_insert_with(|| (slice.label, Vec::new()))
            .1
            .push(slice.probabilities);
    }
    patients
        .into_iter()
        .filter_map(|(patient, (label, slices))| {
            Some(Judged {
                patient: patient.to_owned(),
                label,
                probabilities: combine_patient(&slices)?,
            })
        })
        .collect()
}

/// The figures as text for a terminal.
pub fn table(evaluation: &Evaluation) -> String {
    let share = |level: &Level| {
        format!(
            "{:5.1} % [{:.1}, {:.1}] of {:4}, balanced {:5.1} %",
            level.accuracy.value * 100.0,
            level.accuracy.low * 100.0,
            level.accuracy.high * 100.0,
            level.count,
            level.balanced_accuracy * 100.0
        )
    };
    let classes = |level: &Level| {
        Class::ALL
            .iter()
            .map(|class| match level.recall[class.index()] {
                Some(recall) => format!("{class} {:.1} %", recall * 100.0),
                None => format!("{class} –"),
            })
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut text = format!(
        "{} on {}, {}\nslices    {}\n          recall: {}\npatients  {}\n          recall: {}\nexpected calibration error {:.3}\n",
        evaluation.model,
        evaluation.device,
        evaluation.slices_of,
        share(&evaluation.slices),
        classes(&evaluation.slices),
        share(&evaluation.patients),
        classes(&evaluation.patients),
        evaluation.calibration_error
    );
    for (group, level) in &evaluation.by_group {
        text += &format!("  {group:24} slices   {}\n", share(level));
    }
    for (group, level) in &evaluation.patients_by_group {
        text += &format!("  {group:24} patients {}\n", share(level));
    }
    text += &format!("{} slices left out\n", evaluation.left_out.len());
    text
}
