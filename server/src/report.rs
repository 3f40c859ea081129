//! The Word report: what was found, slice by slice, with pictures, in the language that [`lungsight_app::locale`] tells.

mod pictures;
mod style;
mod tables;

use std::io::Cursor;

use docx_rs::{Docx, Paragraph, Run};
use lungsight_app::analysis::{Analysis, Grouping, PatientResult, SliceAnalysis, SliceResult};
use lungsight_app::evaluation::Evaluation;
use lungsight_app::series_words::note;
use lungsight_app::texts::common;
use lungsight_app::texts::report as text;
use lungsight_app::texts::result;
use lungsight_app::words::{self, class_title, left_out_counts, set_thresholds, weaknesses};
use lungsight_imaging::{Class, Probabilities, percent};

use crate::record::{ExplainedSlice, Record, failures};

/// Slices of a patient of which all are pictured; of more, those that carried the decision are.
const PICTURED: usize = 24;

/// A report could not be written; a defect of ours.
#[derive(Debug, thiserror::Error)]
#[error("the report could not be packed: {0}")]
pub struct ReportError(String);

/// Writes the report of an analysis as a `.docx` file. `evaluation` is what is known of the weights.
///
/// In this order: title and caution, with what the network did not recognise elsewhere, where it comes from, the patient's result, all slices in a table, files that
/// failed, then the slices with their pictures: those that carried the decision about a patient first, and alone where there
/// are many.
///
/// # Errors
/// When the file cannot be put together.
pub fn report(record: &Record, evaluation: Option<&Evaluation>) -> Result<Vec<u8>, ReportError> {
    let analysis = &record.analysis;
    let mut docx = style::document()
        .add_paragraph(style::title(text::title()))
        .add_table(tables::boxed(style::text(&caution(evaluation))))
        .add_paragraph(style::gap())
        .add_table(tables::facts(&facts(analysis)));
    if !analysis.notes.is_empty() {
        docx = docx.add_paragraph(style::gap());
    }
    for odd in &analysis.notes {
        docx = docx.add_paragraph(style::text(&note(odd)));
    }
    if analysis.is_without_a_say() {
        docx = docx
            .add_paragraph(style::heading(text::for_patient()))
            .add_paragraph(style::text(result::no_say()));
    }
    if let Some(patient) = &analysis.patient {
        docx = docx
            .add_paragraph(style::heading(text::for_patient()))
            .add_paragraph(style::result(
                patient.predicted,
                patient.inconclusive,
                &patient.probabilities,
            ))
            .add_paragraph(style::small(text::over_all()));
        for line in patient_facts(patient) {
            docx = docx.add_paragraph(style::text(&line));
        }
        if let Some(line) = set_thresholds(&analysis.slices) {
            docx = docx.add_paragraph(style::text(&line));
        }
    }
    docx = docx
        .add_paragraph(style::heading(result::slices()))
        .add_table(tables::slices(&analysis.slices));
    let failed = failures(&analysis.slices);
    if !failed.is_empty() {
        docx = docx
            .add_paragraph(style::heading(text::failed_files()))
            .add_table(tables::failed(&failed));
    }
    let shown = pictured(record);
    let side = pictures::side(shown.len());
    docx = docx.add_paragraph(style::heading(text::pictures()).page_break_before(true));
    if is_decided(record) {
        docx = docx.add_paragraph(style::text(text::decided_first()));
    }
    let read = record.slices.iter().flatten().count();
    if shown.len() < read {
        let some = text::some_pictured(shown.len(), common::slices(read));
        docx = docx.add_paragraph(style::text(&some));
    }
    for number in shown {
        if let (Some(SliceResult::Read(seen)), Some(Some(slice))) =
            (analysis.slices.get(number), record.slices.get(number))
        {
            docx = slice_section(docx, number + 1, seen, slice, side);
        }
    }
    let mut file = Cursor::new(Vec::new());
    docx.pack(&mut file)
        .map_err(|error| ReportError(error.to_string()))?;
    Ok(file.into_inner())
}

/// What is said in every report, before anything else.
fn caution(evaluation: Option<&Evaluation>) -> String {
    let weak = evaluation.map_or_else(Vec::new, weaknesses);
    let said = std::iter::once(text::caution().to_owned()).chain(weak);
    said.collect::<Vec<_>>().join(" ")
}

/// The slices with pictures, places from 0: of a patient those that carried the decision first, and alone where there are more
/// than [`PICTURED`]; else all that were read.
pub fn pictured(record: &Record) -> Vec<usize> {
    let key = match &record.analysis.patient {
        Some(patient) => patient.key_slices.clone(),
        None => Vec::new(),
    };
    let read = |place: &usize| record.slices[*place].is_some();
    let others: Vec<usize> = (0..record.slices.len())
        .filter(|place| read(place) && !key.contains(place))
        .collect();
    if key.is_empty() || key.len() + others.len() <= PICTURED {
        [key, others].concat()
    } else {
        key
    }
}

/// Whether some slices carried a decision.
fn is_decided(record: &Record) -> bool {
    let patient = record.analysis.patient.as_ref();
    patient.is_some_and(|patient| !patient.key_slices.is_empty())
}

fn slice_section(
    docx: Docx,
    number: usize,
    seen: &SliceAnalysis,
    slice: &ExplainedSlice,
    side: u32,
) -> Docx {
    let heat = text::speaks_for(class_title(slice.predicted));
    let pictures = [
        (
            text::the_slice(),
            pictures::grey(&slice.prepared.slice, side),
        ),
        (heat.as_str(), pictures::overlay(slice, side)),
    ];
    let mut docx = docx
        .add_paragraph(style::slice_heading(&format!("{number}. {}", seen.name)))
        .add_paragraph(
            style::result(seen.predicted, seen.inconclusive, &seen.probabilities).keep_next(true),
        );
    let position = seen.position_mm.map(words::position);
    let threshold = seen.threshold.map(result::set_threshold);
    for line in [position, threshold].into_iter().flatten() {
        docx = docx.add_paragraph(style::small(&line).keep_next(true));
    }
    docx.add_table(tables::pictures(pictures))
        .add_paragraph(style::gap())
}

/// What a patient's result stands on, a sentence each.
fn patient_facts(patient: &PatientResult) -> Vec<String> {
    let interval = patient
        .interval
        .map(|ends| words::interval(patient.predicted, ends));
    let share = |share: Option<f32>| share.map(percent);
    let heat = share(patient.heat_share).map(result::heat_takes);
    let dense = share(patient.dense_share).map(result::dense_takes);
    [interval, heat, dense].into_iter().flatten().collect()
}

fn facts(analysis: &Analysis) -> Vec<(&'static str, String)> {
    let failed = failures(&analysis.slices).len();
    let read = analysis.slices.len() - failed;
    let date = analysis.created.replace('T', " ").replace('Z', " UTC");
    let grouping = match analysis.grouping {
        Grouping::Slices => text::each_alone(),
        Grouping::Patient => text::one_patient(),
    };
    let left_out = match analysis.left_out {
        left_out if left_out.is_none() => String::new(),
        left_out => text::left_out(left_out_counts(left_out)),
    };
    vec![
        (text::date(), date),
        (result::model(), analysis.model.clone()),
        (result::device(), analysis.device.clone()),
        (
            text::files(),
            text::files_are(read, failed, left_out, grouping),
        ),
        (result::analysis(), analysis.id.clone()),
    ]
}

/// All three, in the order of the classes.
fn all_percent(probabilities: &Probabilities) -> String {
    let each = Class::ALL.map(|class| {
        format!(
            "{} {}",
            class_title(class),
            percent(probabilities.of(class))
        )
    });
    each.join(" · ")
}

/// Text that XML can hold: names are cleaned when they arrive, but a model's name or a reason may hold anything.
fn xml_text(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}'))
        .collect()
}

fn run(text: &str) -> Run {
    Run::new().add_text(xml_text(text))
}

fn paragraph(text: &str) -> Paragraph {
    Paragraph::new().add_run(run(text))
}
