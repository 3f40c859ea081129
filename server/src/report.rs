//! The Word report: what was found, slice by slice, with pictures.

mod pictures;
mod style;
mod tables;

use std::io::Cursor;

use docx_rs::{Docx, Paragraph, Run};
use lungsight_app::analysis::{
    Analysis, Grouping, Inconclusive, PatientResult, SliceAnalysis, SliceResult,
};
use lungsight_imaging::{Class, Probabilities};

use crate::record::{ExplainedSlice, Record, failures};

/// Said in every report.
pub const CAUTION: &str = "Lungsight is a research tool and no medical device. This report is no diagnosis: classes and \
    heatmaps come from a neural network that can be wrong, and must not be used to decide about anybody's care.";

/// Slices of a patient of which all are pictured; of more, those that carried the decision are.
const PICTURED: usize = 24;

/// A report could not be written; a defect of ours.
#[derive(Debug, thiserror::Error)]
#[error("the report could not be packed: {0}")]
pub struct ReportError(String);

/// Writes the report of an analysis as a `.docx` file.
///
/// In this order: title and caution, where it comes from, the patient's result, all slices in a table, files that
/// failed, then the slices with their pictures: those that carried the decision about a patient first, and alone where there
/// are many.
///
/// # Errors
/// When the file cannot be put together.
pub fn report(record: &Record) -> Result<Vec<u8>, ReportError> {
    let analysis = &record.analysis;
    let mut docx = style::document()
        .add_paragraph(style::title("Lungsight report"))
        .add_table(tables::boxed(style::text(CAUTION)))
        .add_paragraph(style::gap())
        .add_table(tables::facts(&facts(analysis)));
    if let Some(patient) = &analysis.patient {
        docx = docx
            .add_paragraph(style::heading("Result for the patient"))
            .add_paragraph(style::result(
                patient.predicted,
                patient.inconclusive,
                &patient.probabilities,
            ))
            .add_paragraph(style::small(
                "Over all slices of this report that could be read, taken as one patient.",
            ));
        for line in patient_facts(patient) {
            docx = docx.add_paragraph(style::text(&line));
        }
    }
    docx = docx
        .add_paragraph(style::heading("Slices"))
        .add_table(tables::slices(&analysis.slices));
    let failed = failures(&analysis.slices);
    if !failed.is_empty() {
        docx = docx
            .add_paragraph(style::heading("Files that could not be analysed"))
            .add_table(tables::failed(&failed));
    }
    let shown = pictured(record);
    let side = pictures::side(shown.len());
    docx = docx.add_paragraph(style::heading("Pictures").page_break_before(true));
    if is_decided(record) {
        docx = docx.add_paragraph(style::text(
            "First the slices that carried the decision, the most important at the top.",
        ));
    }
    for number in shown {
        if let (Some(SliceResult::Read(result)), Some(Some(slice))) =
            (analysis.slices.get(number), record.slices.get(number))
        {
            docx = slice_section(docx, number + 1, result, slice, side);
        }
    }
    let mut file = Cursor::new(Vec::new());
    docx.pack(&mut file)
        .map_err(|error| ReportError(error.to_string()))?;
    Ok(file.into_inner())
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
    result: &SliceAnalysis,
    slice: &ExplainedSlice,
    side: u32,
) -> Docx {
    let heat = format!(
        "What speaks for {}: the brighter, the more",
        class_name(slice.predicted)
    );
    let pictures = [
        ("The slice", pictures::grey(&slice.prepared.slice, side)),
        (heat.as_str(), pictures::overlay(slice, side)),
    ];
    docx.add_paragraph(style::slice_heading(&format!("{number}. {}", result.name)))
        .add_paragraph(
            style::result(result.predicted, result.inconclusive, &result.probabilities)
                .keep_next(true),
        )
        .add_table(tables::pictures(pictures))
        .add_paragraph(style::gap())
}

/// What a patient's result stands on, a sentence each.
fn patient_facts(patient: &PatientResult) -> Vec<String> {
    let interval = patient.interval.map(|[low, high]| {
        format!(
            "With the slices drawn anew, 95 of 100 results give {} {} to {}. This tells how much hangs on the slices at hand, \
             not how often the network is right.",
            class_name(patient.predicted),
            percent(low),
            percent(high)
        )
    });
    let heat = patient.heat_share.map(|share| {
        format!(
            "The heatmap (at least half of its slice's highest value) takes up {} of the lungs' area.",
            percent(share)
        )
    });
    let dense = patient.dense_share.map(|share| {
        format!(
            "Dense tissue (−500 HU and more in the lung window, vessels included) takes up {} of the lungs' area.",
            percent(share)
        )
    });
    [interval, heat, dense].into_iter().flatten().collect()
}

fn facts(analysis: &Analysis) -> Vec<(&'static str, String)> {
    let failed = failures(&analysis.slices).len();
    let read = analysis.slices.len() - failed;
    let date = analysis.created.replace('T', " ").replace('Z', " UTC");
    let grouping = match analysis.grouping {
        Grouping::Slices => "each slice for itself",
        Grouping::Patient => "all slices show one patient",
    };
    let left_out = match analysis.left_out {
        left_out if left_out.is_none() => String::new(),
        left_out => format!("; left out: {left_out}"),
    };
    vec![
        ("Date", date),
        ("Model", analysis.model.clone()),
        ("Device", analysis.device.clone()),
        (
            "Files",
            format!("{read} analysed, {failed} failed{left_out}; {grouping}"),
        ),
        ("Analysis", analysis.id.clone()),
    ]
}

/// A class as a reader expects it.
fn class_name(class: Class) -> &'static str {
    match class {
        Class::Healthy => "Healthy",
        Class::Pneumonia => "Common pneumonia",
        Class::Covid => "COVID-19",
    }
}

/// The class, unless the result is inconclusive.
fn result_name(predicted: Class, inconclusive: Option<Inconclusive>) -> &'static str {
    match inconclusive {
        None => class_name(predicted),
        Some(_) => "Inconclusive",
    }
}

/// `97.3 %`
fn percent(probability: f32) -> String {
    format!("{:.1} %", probability * 100.0)
}

/// All three, in the order of the classes.
fn all_percent(probabilities: &Probabilities) -> String {
    let each = Class::ALL
        .map(|class| format!("{} {}", class_name(class), percent(probabilities.of(class))));
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
