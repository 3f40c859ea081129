//! What the weights reach on patients that training never saw: sentences, tables, and the thesis's figures beside them.

use leptos::prelude::*;
use lungsight_imaging::Class;

use super::calibration::CalibrationTable;
use super::confusion::ConfusionTable;
use super::shares::{counted, percent, with_interval};
use crate::evaluation::{Abstention, Judgement, Level, area_interval, wilson};
use crate::thesis;
use crate::words::class_title;

mod text {
    use super::*;

    pub const COMPARED: &str = "Told right, beside the thesis";
    pub const WHAT: &str = "What";
    pub const HERE: &str = "Here";
    pub const THESIS: &str = "Thesis";
    pub const PATIENTS: &str = "Patients";
    pub const SLICES: &str = "Slices";
    pub const PATIENTS_BALANCED: &str = "Patients, mean of the classes";
    pub const SLICES_BALANCED: &str = "Slices, mean of the classes";
    pub const INTERVALS: &str = "In brackets: the ends of the 95 % interval. A patient's slices are alike, so that of slices comes \
         from drawing patients again and again; that of patients is Wilson's.";
    pub const MATRICES: &str = "What was taken for what";
    pub const BY_CLASS: &str = "Class by class";
    pub const CALIBRATION: &str = "Whether it knows how sure to be";
    pub const NO_ANSWER: &str = "When it gives no answer";
    pub const APART: &str = "Held apart";
    pub const APART_WHY: &str = "The label of these slices is their study's, and many of them show nothing. They are counted in no \
         figure above.";

    pub fn patients(level: &Level) -> String {
        format!(
            "Of {} patients never seen in training, {} were told right: {}.",
            level.count,
            level.right(),
            with_interval(level.accuracy)
        )
    }

    pub fn slices(level: &Level) -> String {
        format!(
            "Of {} single slices, {} were told right: {}.",
            level.count,
            level.right(),
            with_interval(level.accuracy)
        )
    }

    /// Two decimals, as the thesis gives them.
    pub fn reported(share: f64) -> String {
        format!("{:.2} %", share * 100.0)
    }

    pub fn beside_the_thesis(test: &Judgement) -> String {
        let slices = test.slices.accuracy.value >= thesis::SLICES_RIGHT;
        let patients = test.patients.accuracy.value >= thesis::PATIENTS_RIGHT;
        let verdict = match (slices, patients) {
            (true, true) => "These weights reach both",
            (true, false) => "These weights reach the first alone",
            (false, true) => "These weights reach the second alone",
            (false, false) => "These weights reach neither",
        };
        format!(
            "The thesis that this follows reports {} of slices and {} of patients, on data of its own. {verdict}. Its \
             share of patients is the mean of its three classes' shares; here that is {}.",
            reported(thesis::SLICES_RIGHT),
            reported(thesis::PATIENTS_RIGHT),
            percent(test.patients.balanced_accuracy),
        )
    }

    pub fn patients_of(class: Class) -> String {
        format!("Patients: {}", class_title(class))
    }

    pub fn matrix(level: &Level, what: &str) -> String {
        format!("{} {what}", level.count)
    }

    /// Of those taken for the class, how many were of it.
    pub fn precision(level: &Level, class: Class) -> Option<String> {
        let taken: usize = level.confusion.iter().map(|row| row[class.index()]).sum();
        let share = wilson(level.found(class), taken)?;
        let of_them = counted(level.found(class), taken, share);
        Some(format!(" Of patients taken for it, right: {of_them}."))
    }

    /// The areas under the curve of patients and of slices.
    pub fn areas(test: &Judgement, class: Class) -> Option<String> {
        let [patients, slices] =
            [&test.patients, &test.slices].map(|level| level.roc[class.index()]);
        let patients = patients?.area;
        let of_class = test.patients.of(class);
        let interval = area_interval(patients, of_class, test.patients.count - of_class)
            .map(|share| format!(" ({:.3} to {:.3})", share.low, share.high))
            .unwrap_or_default();
        let slices = slices
            .map(|roc| format!(", of slices {:.3}", roc.area))
            .unwrap_or_default();
        Some(format!(
            " Area under the curve of patients {patients:.3}{interval}{slices}: how often one of the class is rated \
             higher than one of another."
        ))
    }

    pub fn no_answer(slices: &Level, abstention: &Abstention) -> String {
        let Abstention {
            unlike,
            too_close,
            answered,
            patients_unlike,
            patients_too_close,
            patients_answered,
        } = abstention;
        format!(
            "{unlike} of {} slices are unlike those in training, {too_close} have no class likely enough: they get none. \
             Of the {} others, {} are right. Of the patients, {patients_unlike} and {patients_too_close} get none; of the \
             {} others, {} are right.",
            slices.count,
            answered.count,
            with_interval(answered.accuracy),
            patients_answered.count,
            with_interval(patients_answered.accuracy),
        )
    }

    pub fn apart(group: &str, level: &Level) -> String {
        let right = counted(level.right(), level.count, level.accuracy);
        format!("{group}: {right} slices told right.")
    }
}

/// The test part's figures.
#[component]
pub fn Outcome(test: Judgement) -> impl IntoView {
    let by_class = |class: Class| {
        view! {
            <li>
                <strong>{class_title(class)}</strong>
                "."
                {text::precision(&test.patients, class)}
                {text::areas(&test, class)}
            </li>
        }
    };
    let apart: Vec<String> = test
        .groups_noted(&test.notes.apart)
        .map(|(group, level)| text::apart(group, level))
        .collect();
    let apart = (!apart.is_empty()).then(|| {
        let item = |line: String| view! { <li>{line}</li> };
        view! {
            <h3>{text::APART}</h3>
            <p>{text::APART_WHY}</p>
            <ul>{apart.into_iter().map(item).collect_view()}</ul>
        }
    });
    view! {
        <p>
            <strong>{text::patients(&test.patients)}</strong>
            " "
            {text::slices(&test.slices)}
        </p>
        <p>{text::beside_the_thesis(&test)}</p>
        {compared(&test)}
        <p class="quiet">{text::INTERVALS}</p>
        <h3>{text::MATRICES}</h3>
        <div class="matrices">
            <ConfusionTable level=test.patients.clone() caption=text::matrix(&test.patients, "patients")/>
            <ConfusionTable level=test.slices.clone() caption=text::matrix(&test.slices, "slices")/>
        </div>
        <h3>{text::BY_CLASS}</h3>
        <ul>{Class::ALL.map(by_class).collect_view()}</ul>
        <h3>{text::CALIBRATION}</h3>
        <CalibrationTable calibration=test.calibration.clone()/>
        <h3>{text::NO_ANSWER}</h3>
        <p>{text::no_answer(&test.slices, &test.abstention)}</p>
        {apart}
    }
    .into_any()
}

/// Shares of patients, by class too, and of slices; the thesis's where it gives one.
fn compared(test: &Judgement) -> impl IntoView + use<> {
    let of_all = |level: &Level| counted(level.right(), level.count, level.accuracy);
    let mut rows = vec![(
        text::PATIENTS.to_owned(),
        of_all(&test.patients),
        Some(thesis::PATIENTS_RIGHT),
    )];
    rows.extend(Class::ALL.into_iter().filter_map(|class| {
        let (found, of_class) = (test.patients.found(class), test.patients.of(class));
        let here = counted(found, of_class, wilson(found, of_class)?);
        let reported = thesis::PATIENT_RECALL[class.index()];
        Some((text::patients_of(class), here, Some(reported)))
    }));
    rows.extend([
        (
            text::PATIENTS_BALANCED.to_owned(),
            percent(test.patients.balanced_accuracy),
            Some(thesis::PATIENTS_RIGHT),
        ),
        (
            text::SLICES.to_owned(),
            of_all(&test.slices),
            Some(thesis::SLICES_RIGHT),
        ),
        (
            text::SLICES_BALANCED.to_owned(),
            percent(test.slices.balanced_accuracy),
            None,
        ),
    ]);
    let row = |(what, here, reported): (String, String, Option<f64>)| {
        let reported = reported.map_or_else(|| "–".to_owned(), text::reported);
        view! {
            <tr>
                <th scope="row">{what}</th>
                <td>{here}</td>
                <td>{reported}</td>
            </tr>
        }
    };
    view! {
        <table class="numbers">
            <caption>{text::COMPARED}</caption>
            <thead>
                <tr>
                    <th scope="col">{text::WHAT}</th>
                    <th scope="col">{text::HERE}</th>
                    <th scope="col">{text::THESIS}</th>
                </tr>
            </thead>
            <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Share;

    fn patients() -> Level {
        Level {
            count: 120,
            confusion: [[62, 4, 2], [0, 9, 0], [4, 6, 33]],
            accuracy: Share {
                value: 104.0 / 120.0,
                low: 0.794,
                high: 0.916,
            },
            balanced_accuracy: 0.893,
            recall: [Some(0.912), Some(1.0), Some(0.767)],
            precision: [Some(0.939), Some(0.474), Some(0.943)],
            roc: [None; 3],
        }
    }

    #[test]
    fn figures_are_said_as_sentences() {
        assert_eq!(
            text::patients(&patients()),
            "Of 120 patients never seen in training, 104 were told right: 86.7 % (79.4 to 91.6)."
        );
        assert_eq!(
            text::precision(&patients(), Class::Pneumonia).expect("some"),
            " Of patients taken for it, right: 9 of 19: 47.4 % (27.3 to 68.3)."
        );
        assert_eq!(text::reported(thesis::PATIENTS_RIGHT), "92.88 %");
    }
}
