//! What the weights reach on another hospital's series, its bad parts said first.

use leptos::prelude::*;
use lungsight_imaging::Class;

use super::confusion::ConfusionTable;
use super::shares::with_interval;
use crate::evaluation::{Judgement, Level};
use crate::words::{class_title, count};

mod text {
    use super::*;

    pub const FEW: &str = "So few are no sample, and the intervals say so. No slice of that hospital was learned from.";

    pub fn patients(level: &Level) -> String {
        format!(
            "Of {} of another hospital, {} told right: {}.",
            count(level.count, "patient"),
            level.right(),
            with_interval(level.accuracy)
        )
    }

    pub fn slices(level: &Level) -> String {
        format!(
            "Of their {}, {} told right: {}.",
            count(level.count, "slice"),
            level.right(),
            with_interval(level.accuracy)
        )
    }

    /// What becomes of a class's patients and slices; told as a failure when no slice or no patient is found.
    pub fn class(external: &Judgement, class: Class) -> Option<(bool, String)> {
        let (patients, slices) = (&external.patients, &external.slices);
        if patients.of(class) == 0 || slices.of(class) == 0 {
            return None;
        }
        let failed = patients.found(class) == 0 || slices.found(class) == 0;
        let verdict = if failed { " is not recognised" } else { "" };
        Some((
            failed,
            format!(
                "{}{verdict}: {} of {}, {} of {} told right.",
                class_title(class),
                patients.found(class),
                count(patients.of(class), "patient"),
                slices.found(class),
                count(slices.of(class), "slice"),
            ),
        ))
    }

    pub fn shows_nothing(level: &Level) -> String {
        format!(
            "Slices of diseased patients that show nothing count as healthy: of {}, {} were taken for diseased.",
            level.count,
            level.count - level.right()
        )
    }

    pub fn no_lungs(slices: usize) -> String {
        format!(
            "In {} no lungs were found; they are not counted.",
            count(slices, "further slice")
        )
    }

    pub fn calibration(external: &Judgement) -> String {
        format!(
            "Stated confidence is off by {:.1} points here.",
            external.calibration.after.error * 100.0
        )
    }

    pub fn matrix(level: &Level) -> String {
        format!("{} of another hospital", count(level.count, "slice"))
    }
}

/// The external figures.
#[component]
pub fn External(external: Judgement) -> impl IntoView {
    let mut classes: Vec<(bool, String)> = Class::ALL
        .into_iter()
        .filter_map(|class| text::class(&external, class))
        .collect();
    classes.sort_by_key(|(failed, _)| !failed);
    let class = |(failed, line): (bool, String)| {
        view! { <li class:failed=failed>{line}</li> }
    };
    let others: Vec<String> = external
        .groups_noted(&external.notes.healthy)
        .map(|(_, level)| text::shows_nothing(level))
        .chain((external.no_lungs > 0).then(|| text::no_lungs(external.no_lungs)))
        .chain([text::calibration(&external)])
        .collect();
    let other = |line: String| view! { <li>{line}</li> };
    view! {
        <p>
            {text::patients(&external.patients)}
            " "
            {text::slices(&external.slices)}
            " "
            {text::FEW}
        </p>
        <ul>
            {classes.into_iter().map(class).collect_view()}
            {others.into_iter().map(other).collect_view()}
        </ul>
        <div class="matrices">
            <ConfusionTable level=external.slices.clone() caption=text::matrix(&external.slices)/>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{Abstention, Calibration, Notes, Reliability, Share};

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
        assert_eq!(text::class(&external, Class::Healthy), None);
        assert_eq!(
            text::class(&external, Class::Pneumonia),
            Some((
                true,
                "Pneumonia is not recognised: 0 of 1 patient, 0 of 3 slices told right.".into()
            ))
        );
        let (failed, line) = text::class(&external, Class::Covid).expect("there");
        assert!(!failed && line.starts_with("COVID-19: 1 of 1 patient, 7 of 10"));
    }
}
