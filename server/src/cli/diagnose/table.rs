//! Results as a table on stdout.

use lungsight_app::analysis::{Inconclusive, PatientResult, SliceResult};
use lungsight_app::texts::{report, result};
use lungsight_app::words::left_out_counts;
use lungsight_imaging::{Class, Probabilities, percent};

use crate::record::Record;

/// Prints the slices, then the patient.
pub(super) fn print(record: &Record) {
    let analysis = &record.analysis;
    eprintln!("{} on {}", analysis.model, analysis.device);
    println!(
        "{:<13}{}  image",
        "class",
        Class::ALL
            .map(|class| format!("{:>11}", class.name()))
            .concat()
    );
    let row = |class: &str, probabilities: &Probabilities, name: &str| {
        let each = Class::ALL
            .map(|class| format!("{:>10.1}%", probabilities.of(class) * 100.0))
            .concat();
        println!("{class:<13}{each}  {name}");
    };
    for slice in analysis.slices.iter().filter_map(SliceResult::as_read) {
        let class = name_of(slice.predicted, slice.inconclusive);
        row(class, &slice.probabilities, &slice.name);
    }
    if analysis.is_without_a_say() {
        println!("{}", result::no_say());
    }
    if let Some(patient) = &analysis.patient {
        let class = name_of(patient.predicted, patient.inconclusive);
        row(class, &patient.probabilities, "(the patient)");
        print_figures(patient, &analysis.slices);
    }
    if !analysis.left_out.is_none() {
        eprintln!("left out: {}", left_out_counts(analysis.left_out));
    }
    eprintln!("{}", report::caution());
}

/// The class, unless the result is inconclusive.
fn name_of(class: Class, inconclusive: Option<Inconclusive>) -> &'static str {
    inconclusive.map_or(class.name(), |_| "inconclusive")
}

/// What the patient's result stands on.
fn print_figures(patient: &PatientResult, slices: &[SliceResult]) {
    if let Some([low, high]) = patient.interval {
        let class = patient.predicted.name();
        println!(
            "  {class} {} to {} when the slices are drawn anew",
            percent(low),
            percent(high)
        );
    }
    let key: Vec<_> = patient
        .key_slices
        .iter()
        .filter_map(|number| Some(slices.get(*number)?.as_read()?.name.as_str()))
        .collect();
    if !key.is_empty() {
        println!("  carried by {}", key.join(", "));
    }
    if let (Some(heat), Some(dense)) = (patient.heat_share, patient.dense_share) {
        println!(
            "  of the lungs' area {} under the heatmap, {} dense",
            percent(heat),
            percent(dense)
        );
    }
}
