//! Shipped weights on slices they have not seen: figures per slice, per patient and per source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lungsight_imaging::{Class, Limits, NetworkInput, Probabilities, Rect};
use lungsight_network::classifier::Evidence;
use lungsight_network::{Classifier, Inconclusive, PatientRule};
use serde::{Deserialize, Serialize};

use crate::curves::{Covered, Reliability, coverage, reliability};
use crate::manifest::Row;
use crate::masks;
use crate::metrics::{Judged, Level, clustered_level, level};
use crate::notes::Notes;
use crate::prepare::{LeftOut, Preparation, Prepared, prepare, progress};
use crate::probe::{Probe, Probed, probe};

/// What `evaluate` writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Name and checksum of the weights.
    pub model: String,
    /// Where it was computed.
    pub device: String,
    /// Which slices: a part of a split, or a whole manifest.
    pub slices_of: String,
    /// Which notes count differently.
    pub notes: Notes,
    /// Slices, intervals by resampling patients.
    pub slices: Level,
    /// How a patient's slices are combined; training chose it on validation patients.
    pub patient_rule: PatientRule,
    /// Patients, Wilson's intervals.
    pub patients: Level,
    /// Slices: confidence against the share right, as the network gives it and at the temperature that training fitted
    /// on validation slices.
    pub calibration: Calibration,
    /// Slices and patients that get no class, and what the others get.
    pub abstention: Abstention,
    /// How well sources can be told apart within one class.
    pub source_probe: Vec<Probe>,
    /// Slices by source and note.
    pub by_group: BTreeMap<String, Level>,
    /// Patients by source and note.
    pub patients_by_group: BTreeMap<String, Level>,
    /// Slices that gave no input, with the reason.
    pub left_out: Vec<(String, String)>,
}

/// Before and after temperature scaling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Logits are divided by it.
    pub temperature: f32,
    /// At temperature 1.
    pub before: Reliability,
    /// As served.
    pub after: Reliability,
}

/// What the limits of the manifest cost and bring. Slices unlike those in training have no say in their patient's result,
/// here and wherever patients are judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Abstention {
    /// Slices unlike those in training.
    pub unlike: usize,
    /// Slices none of whose classes is likely enough.
    pub too_close: usize,
    /// The other slices.
    pub answered: Level,
    /// Patients whose slices are all unlike those in training: they are counted nowhere.
    pub patients_unlike: usize,
    /// Patients none of whose classes is likely enough.
    pub patients_too_close: usize,
    /// The other patients.
    pub patients_answered: Level,
    /// Accuracy of slices against the share answered, if confidence alone decided.
    pub curve: Vec<Covered>,
}

/// A slice with all that the network gave for it.
#[derive(Debug, Clone)]
pub struct Examined {
    /// Where it is from.
    pub row: Row,
    /// Before the temperature.
    pub logits: [f32; 3],
    /// As served.
    pub judged: Judged,
    /// As served.
    pub inconclusive: Option<Inconclusive>,
    /// Pooled features.
    pub features: Vec<f32>,
}

/// Slices judged at once.
const BATCH: usize = 8;

/// Judges the rows' slices with the weights as the server would; gives the figures, and every slice under the label that it
/// counts with.
///
/// # Errors
/// When there is no slice to judge or the device fails; pictures that can't be read, all of them.
pub fn evaluate(
    classifier: &Classifier,
    folder: &Path,
    rows: Vec<Row>,
    slices_of: &str,
    notes: &Notes,
) -> Result<(Evaluation, Vec<Examined>), String> {
    let Preparation {
        prepared,
        left_out,
        unreadable,
    } = prepare(folder, rows, &Limits::default());
    if !unreadable.is_empty() {
        let named = unreadable
            .iter()
            .map(|fault| format!("{}: {}", fault.row.path.display(), fault.reason));
        return Err(named.collect::<Vec<_>>().join("\n"));
    }
    if prepared.is_empty() {
        return Err(format!(
            "{slices_of}: no slice to judge; {} without lungs",
            left_out.len()
        ));
    }
    let mut all = examine(classifier, &prepared)?;
    let rule = classifier.manifest().patient_rule;
    let counts = |slice: &&Examined| !notes.apart.contains(&slice.row.note);

    // Patients first: there, every slice is of its patient's class, and a series is taken whole.
    let has_a_say = |slice: &Examined| slice.inconclusive != Some(Inconclusive::Unlike);
    let counts_for_patient = |slice: &&Examined| counts(slice) || slice.row.source == masks::SOURCE;
    let of_patients: Vec<Judged> = all
        .iter()
        .filter(counts_for_patient)
        .filter(|slice| has_a_say(slice))
        .map(|slice| slice.judged.clone())
        .collect();
    let patients = by_patient(&of_patients, rule);
    let all_patients: BTreeSet<&str> = all
        .iter()
        .filter(counts_for_patient)
        .map(|slice| slice.row.patient.as_str())
        .collect();
    let patients_unlike = all_patients.len() - patients.len();
    let mut patients_by_group: BTreeMap<String, Vec<Judged>> = BTreeMap::new();
    let mut by_group: BTreeMap<String, Vec<Judged>> = BTreeMap::new();
    for slice in &mut all {
        let shows_nothing = notes.healthy.contains(&slice.row.note);
        let group = if shows_nothing || slice.row.source == masks::SOURCE {
            slice.row.source.clone()
        } else {
            slice.row.group()
        };
        if has_a_say(slice) {
            let of_group = patients_by_group.entry(group).or_default();
            of_group.push(slice.judged.clone());
        }
        if shows_nothing {
            slice.row.label = Class::Healthy;
            slice.judged.label = Class::Healthy;
        }
        let of_group = by_group.entry(slice.row.group()).or_default();
        of_group.push(slice.judged.clone());
    }
    let counted: Vec<&Examined> = all.iter().filter(counts).collect();
    let slices: Vec<Judged> = counted.iter().map(|slice| slice.judged.clone()).collect();
    let evaluation = Evaluation {
        model: classifier.model(),
        device: classifier.device().to_owned(),
        slices_of: slices_of.to_owned(),
        notes: notes.clone(),
        slices: clustered_level(&slices, 1),
        patient_rule: rule,
        patients: level(&patients),
        calibration: Calibration {
            temperature: classifier.manifest().temperature,
            before: reliability(&untempered(&counted), 1),
            after: reliability(&slices, 1),
        },
        abstention: {
            let limits = classifier.manifest().limits.as_ref();
            let least = limits.map_or(0.0, |limits| f64::from(limits.least_probability));
            let answered: Vec<Judged> = patients
                .iter()
                .filter(|patient| patient.confidence() >= least)
                .cloned()
                .collect();
            Abstention {
                patients_unlike,
                patients_too_close: patients.len() - answered.len(),
                patients_answered: level(&answered),
                ..abstention(&counted, &slices)
            }
        },
        source_probe: source_probe(&counted),
        patients_by_group: patients_by_group
            .into_iter()
            .map(|(group, items)| (group, level(&by_patient(&items, rule))))
            .collect(),
        by_group: by_group
            .into_iter()
            .map(|(group, items)| (group, clustered_level(&items, 1)))
            .collect(),
        left_out: left_out
            .into_iter()
            .map(|LeftOut { row, reason }| (row.path.display().to_string(), reason))
            .collect(),
    };
    Ok((evaluation, all))
}

/// What the network gives for every slice, as served.
///
/// # Errors
/// When the device fails.
pub fn examine(classifier: &Classifier, slices: &[Prepared]) -> Result<Vec<Examined>, String> {
    let bar = progress(slices.len() as u64, "judging");
    let mut examined = Vec::with_capacity(slices.len());
    for batch in slices.chunks(BATCH) {
        let inputs: Vec<NetworkInput> = batch.iter().map(|slice| input(&slice.pixels)).collect();
        let evidence = classifier.evidence(&inputs).map_err(|e| e.to_string())?;
        for (slice, evidence) in batch.iter().zip(evidence) {
            let result = classifier.conclude(&evidence).map_err(|e| e.to_string())?;
            let Evidence { logits, pooled, .. } = evidence;
            examined.push(Examined {
                row: slice.row.clone(),
                logits,
                judged: Judged {
                    patient: slice.row.patient.clone(),
                    label: slice.row.label,
                    probabilities: result.probabilities,
                },
                inconclusive: result.inconclusive,
                features: pooled,
            });
        }
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    Ok(examined)
}

/// Pixels as an input that stands for no place in a slice.
pub fn input(pixels: &[u8]) -> NetworkInput {
    NetworkInput {
        pixels: pixels.to_vec(),
        crop: Rect {
            x: 0,
            y: 0,
            width: 0,
            height: 0,
        },
    }
}

fn untempered(slices: &[&Examined]) -> Vec<Judged> {
    let item = |slice: &&Examined| Judged {
        probabilities: Probabilities::from_logits(slice.logits),
        ..slice.judged.clone()
    };
    slices.iter().map(item).collect()
}

fn abstention(slices: &[&Examined], judged: &[Judged]) -> Abstention {
    let with = |reason| {
        slices
            .iter()
            .filter(|slice| slice.inconclusive == reason)
            .count()
    };
    let answered: Vec<Judged> = slices
        .iter()
        .filter(|slice| slice.inconclusive.is_none())
        .map(|slice| slice.judged.clone())
        .collect();
    Abstention {
        unlike: with(Some(Inconclusive::Unlike)),
        too_close: with(Some(Inconclusive::TooClose)),
        answered: clustered_level(&answered, 1),
        patients_unlike: 0,
        patients_too_close: 0,
        patients_answered: level(&[]),
        curve: coverage(judged),
    }
}

fn source_probe(slices: &[&Examined]) -> Vec<Probe> {
    let probed: Vec<Probed> = slices
        .iter()
        .map(|slice| Probed {
            label: slice.row.label,
            patient: slice.row.patient.clone(),
            source: slice.row.source.clone(),
            features: slice.features.clone(),
        })
        .collect();
    Class::ALL
        .into_iter()
        .filter_map(|class| probe(&probed, class))
        .collect()
}

/// One item per patient, its slices combined by the rule.
pub fn by_patient(slices: &[Judged], rule: PatientRule) -> Vec<Judged> {
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
                probabilities: rule.combine(&slices)?,
            })
        })
        .collect()
}
