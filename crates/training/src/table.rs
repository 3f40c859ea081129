//! An evaluation's figures as text for a terminal.

use lungsight_imaging::Class;

use crate::evaluate::{Abstention, Calibration, Evaluation};
use crate::groups::Largest;
use crate::metrics::Level;

/// The figures as text for a terminal.
pub fn table(evaluation: &Evaluation) -> String {
    let mut text = format!(
        "{} on {}, {}\n",
        evaluation.model, evaluation.device, evaluation.slices_of
    );
    for (what, level) in [
        ("slices", &evaluation.slices),
        ("patients", &evaluation.patients),
    ] {
        text += &format!("{what:9} {}\n", share(level));
        text += &format!("          recall: {}\n", each_class(level.recall));
        text += &format!("          precision: {}\n", each_class(level.precision));
        let areas = level
            .roc
            .each_ref()
            .map(|roc| roc.as_ref().map(|roc| roc.area));
        text += &format!("          area under the curve: {}\n", each_class(areas));
    }
    text += &format!("patients: {}\n", evaluation.patient_rule);
    let Calibration {
        temperature,
        before,
        after,
    } = &evaluation.calibration;
    if evaluation.slices.count > 0 {
        text += &format!(
            "expected calibration error {:.3}, {:.3} at temperature {temperature:.2}\n",
            before.error, after.error
        );
    } else {
        text += "expected calibration error –: every slice is held apart by its note\n";
    }
    let Abstention {
        unlike,
        too_close,
        answered,
        patients_unlike,
        patients_too_close,
        patients_answered,
        ..
    } = &evaluation.abstention;
    text += &format!(
        "inconclusive slices: {unlike} unlike, {too_close} too close; others {}\n",
        share(answered)
    );
    text += &format!(
        "inconclusive patients: {patients_unlike} unlike, {patients_too_close} too close; others {}\n",
        share(patients_answered)
    );
    for probe in &evaluation.source_probe {
        text += &format!(
            "source probe within {}: {:.1} %, chance {:.1} %\n",
            probe.class,
            probe.balanced_accuracy * 100.0,
            probe.chance * 100.0
        );
    }
    for (what, groups) in [
        ("slices", &evaluation.by_group),
        ("patients", &evaluation.patients_by_group),
    ] {
        let Largest { shown, left_out } = Largest::of(groups);
        for (group, level) in shown {
            text += &format!(
                "  {group:24} {what:8} {}, {}\n",
                share(level),
                taken_for(level)
            );
        }
        if left_out > 0 {
            text += &format!("  {left_out} smaller groups of {what} are not shown\n");
        }
    }
    text += &format!("{} slices left out\n", evaluation.left_out.len());
    text
}

fn share(level: &Level) -> String {
    if level.count == 0 {
        return String::from("    – of    0");
    }
    format!(
        "{:5.1} % [{:.1}, {:.1}] of {:4}, balanced {:5.1} %",
        level.accuracy.value * 100.0,
        level.accuracy.low * 100.0,
        level.accuracy.high * 100.0,
        level.count,
        level.balanced_accuracy * 100.0
    )
}

/// How many items each class was predicted for.
fn taken_for(level: &Level) -> String {
    let predicted = |class: Class| -> usize {
        let column = level.confusion.iter().map(|row| row[class.index()]);
        column.sum()
    };
    let counts = Class::ALL.map(|class| format!("{class} {}", predicted(class)));
    format!("taken for {}", counts.join(", "))
}

fn each_class(figures: [Option<f64>; 3]) -> String {
    let one = |class: &Class| match figures[class.index()] {
        Some(figure) => format!("{class} {:.1} %", figure * 100.0),
        None => format!("{class} –"),
    };
    Class::ALL.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::level;

    #[test]
    fn of_nothing_no_share_is_told() {
        let text = share(&level(&[]));
        assert!(text.contains('–') && !text.contains('%'), "{text}");
    }
}
