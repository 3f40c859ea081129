//! What the weights reach on another hospital's series, its bad parts said first.

use leptos::prelude::*;
use lungsight_imaging::Class;

use super::confusion::ConfusionTable;
use super::shares::with_interval;
use crate::evaluation::Judgement;
use crate::texts::{common, external as text};
use crate::words::class_title;

/// The external figures.
#[component]
pub fn External(external: Judgement) -> impl IntoView {
    let mut classes: Vec<(bool, String)> = Class::ALL
        .into_iter()
        .filter_map(|class| outcome_of(&external, class))
        .collect();
    classes.sort_by_key(|(failed, _)| !failed);
    let class = |(failed, line): (bool, String)| {
        view! { <li class:failed=failed>{line}</li> }
    };
    let error = external.calibration.after.error;
    let others: Vec<String> = external
        .groups_noted(&external.notes.healthy)
        .map(|(_, level)| text::shows_nothing(level.count - level.right(), level.count))
        .chain((external.no_lungs > 0).then(|| text::no_lungs(external.no_lungs)))
        .chain([text::calibration(error * 100.0)])
        .collect();
    let other = |line: String| view! { <li>{line}</li> };
    view! {
        <p>{told_right(&external)}</p>
        <ul>
            {classes.into_iter().map(class).collect_view()}
            {others.into_iter().map(other).collect_view()}
        </ul>
        <div class="matrices">
            <ConfusionTable level=external.slices.clone() caption=text::matrix(common::slices(external.slices.count))/>
        </div>
    }
    .into_any()
}

fn told_right(external: &Judgement) -> String {
    let (patients, slices) = (&external.patients, &external.slices);
    text::told_right(
        common::patients(patients.count),
        patients.right(),
        with_interval(patients.accuracy),
        common::slices(slices.count),
        slices.right(),
        with_interval(slices.accuracy),
    )
}

/// What the network did not recognise in another hospital, a sentence each.
pub(super) fn not_recognised(external: &Judgement) -> Vec<String> {
    let outcomes = Class::ALL
        .into_iter()
        .filter_map(|class| outcome_of(external, class));
    let failed = outcomes.filter(|(failed, _)| *failed);
    failed.map(|(_, line)| text::elsewhere(line)).collect()
}

/// What becomes of a class's patients and slices; told as a failure when no slice or no patient is found.
fn outcome_of(external: &Judgement, class: Class) -> Option<(bool, String)> {
    let (patients, slices) = (&external.patients, &external.slices);
    if patients.of(class) == 0 || slices.of(class) == 0 {
        return None;
    }
    let (patients_found, slices_found) = (patients.found(class), slices.found(class));
    let of_patients = common::patients(patients.of(class));
    let of_slices = common::slices(slices.of(class));
    let title = class_title(class);
    let failed = patients_found == 0 || slices_found == 0;
    let line = if failed {
        text::not_recognised(title, patients_found, of_patients, slices_found, of_slices)
    } else {
        text::recognised(title, patients_found, of_patients, slices_found, of_slices)
    };
    Some((failed, line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{Abstention, Calibration, Level, Notes, Reliability, Share};

    fn level(confusion: [[usize; 3]; 3]) -> Level {
        Level {
            count: confusion.iter().flatten().sum(),
            confusion,
            accuracy: Share {
                value: 0.5,
                low: 0.1,
                high: 0.9,
            },
            balanced_accuracy: 0.5,
            recall: [None; 3],
            precision: [None; 3],
            roc: [None; 3],
        }
    }

    #[test]
    fn a_class_that_is_never_found_is_said_to_be_so() {
        let reliability = Reliability {
            error: 0.1,
            bins: Vec::new(),
        };
        let external = Judgement {
            model: "tiny".into(),
            notes: Notes::default(),
            slices: level([[0, 0, 0], [2, 0, 1], [3, 0, 7]]),
            patients: level([[0, 0, 0], [0, 0, 1], [0, 0, 1]]),
            calibration: Calibration {
                temperature: 1.0,
                before: reliability.clone(),
                after: reliability,
            },
            abstention: Abstention {
                unlike: 0,
                too_close: 0,
                answered: level([[0; 3]; 3]),
                patients_unlike: 0,
                patients_too_close: 0,
                patients_answered: level([[0; 3]; 3]),
            },
            by_group: std::collections::BTreeMap::new(),
            no_lungs: 0,
        };
        assert_eq!(outcome_of(&external, Class::Healthy), None);
        assert_eq!(
            outcome_of(&external, Class::Pneumonia),
            Some((
                true,
                "Pneumonia is not recognised: 0 of 1 patient, 0 of 3 slices told right.".into()
            ))
        );
        assert_eq!(
            not_recognised(&external),
            [
                "In a hospital that the network had not learned from: Pneumonia is not recognised: 0 of 1 patient, 0 of 3 slices told right."
            ]
        );
        let (failed, line) = outcome_of(&external, Class::Covid).expect("there");
        assert!(!failed && line.starts_with("COVID-19: 1 of 1 patient, 7 of 10"));
    }
}
