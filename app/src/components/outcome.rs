//! What the weights reach on patients that training never saw: sentences, tables, and the thesis's figures beside them.

use leptos::prelude::*;
use lungsight_imaging::Class;

use super::calibration::CalibrationTable;
use super::confusion::ConfusionTable;
use super::shares::{counted, percent, with_interval};
use crate::evaluation::{Abstention, Judgement, Level, area_interval, wilson};
use crate::texts::{common, dataset, evaluation as text};
use crate::thesis;
use crate::words::class_title;

/// The test part's figures.
#[component]
pub fn Outcome(test: Judgement) -> impl IntoView {
    let by_class = |class: Class| {
        view! {
            <li>
                <strong>{class_title(class)}</strong>
                {common::full_stop()}
                {precision(&test.patients, class)}
                {areas(&test, class)}
            </li>
        }
    };
    let apart: Vec<String> = test
        .groups_noted(&test.notes.apart)
        .map(|(group, level)| group_right(group, level))
        .collect();
    let apart = (!apart.is_empty()).then(|| {
        let item = |line: String| view! { <li>{line}</li> };
        view! {
            <h3>{text::held_apart()}</h3>
            <p>{text::held_apart_why()}</p>
            <ul>{apart.into_iter().map(item).collect_view()}</ul>
        }
    });
    view! {
        <p>
            <strong>{patients_right(&test.patients)}</strong>
            {slices_right(&test.slices)}
        </p>
        <p>{beside_the_thesis(&test)}</p>
        {compared(&test)}
        <p class="quiet">{text::intervals()}</p>
        <h3>{text::matrices()}</h3>
        <div class="matrices">
            <ConfusionTable level=test.patients.clone() caption=common::patients(test.patients.count)/>
            <ConfusionTable level=test.slices.clone() caption=common::slices(test.slices.count)/>
        </div>
        <h3>{text::by_class()}</h3>
        <ul>{Class::ALL.map(by_class).collect_view()}</ul>
        <h3>{text::calibration()}</h3>
        <CalibrationTable calibration=test.calibration.clone()/>
        <h3>{text::no_answer()}</h3>
        <p>
            {slices_without(&test.slices, &test.abstention)}
            {patients_without(&test.abstention)}
        </p>
        {apart}
    }
    .into_any()
}

/// Shares of patients, by class too, and of slices; the thesis's where it gives one.
fn compared(test: &Judgement) -> impl IntoView + use<> {
    let of_all = |level: &Level| counted(level.right(), level.count, level.accuracy);
    let mut rows = vec![(
        text::patients().to_owned(),
        of_all(&test.patients),
        Some(thesis::PATIENTS_RIGHT),
    )];
    rows.extend(Class::ALL.into_iter().filter_map(|class| {
        let (found, of_class) = (test.patients.found(class), test.patients.of(class));
        let here = counted(found, of_class, wilson(found, of_class)?);
        let reported = thesis::PATIENT_RECALL[class.index()];
        Some((text::patients_of(class_title(class)), here, Some(reported)))
    }));
    rows.extend([
        (
            text::patients_balanced().to_owned(),
            percent(test.patients.balanced_accuracy),
            Some(thesis::PATIENTS_RIGHT),
        ),
        (
            text::slices().to_owned(),
            of_all(&test.slices),
            Some(thesis::SLICES_RIGHT),
        ),
        (
            text::slices_balanced().to_owned(),
            percent(test.slices.balanced_accuracy),
            None,
        ),
    ]);
    let row = |(what, here, reported): (String, String, Option<f64>)| {
        let reported = reported.map_or_else(|| "–".to_owned(), as_reported);
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
            <caption>{text::compared()}</caption>
            <thead>
                <tr>
                    <th scope="col">{text::what()}</th>
                    <th scope="col">{text::here()}</th>
                    <th scope="col">{text::thesis()}</th>
                </tr>
            </thead>
            <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn patients_right(level: &Level) -> String {
    text::patients_right(
        common::patients(level.count),
        level.right(),
        with_interval(level.accuracy),
    )
}

fn slices_right(level: &Level) -> String {
    text::slices_right(level.count, level.right(), with_interval(level.accuracy))
}

/// Two decimals, as the thesis gives them.
fn as_reported(share: f64) -> String {
    format!("{:.2}\u{a0}%", share * 100.0)
}

fn beside_the_thesis(test: &Judgement) -> String {
    let slices = test.slices.accuracy.value >= thesis::SLICES_RIGHT;
    let patients = test.patients.accuracy.value >= thesis::PATIENTS_RIGHT;
    let verdict = match (slices, patients) {
        (true, true) => text::reaches_both(),
        (true, false) => text::reaches_slices_alone(),
        (false, true) => text::reaches_patients_alone(),
        (false, false) => text::reaches_neither(),
    };
    text::beside_the_thesis(
        as_reported(thesis::SLICES_RIGHT),
        as_reported(thesis::PATIENTS_RIGHT),
        verdict,
        percent(test.patients.balanced_accuracy),
    )
}

/// Of those taken for the class, how many were of it.
fn precision(level: &Level, class: Class) -> Option<String> {
    let taken: usize = level.confusion.iter().map(|row| row[class.index()]).sum();
    let share = wilson(level.found(class), taken)?;
    let of_them = counted(level.found(class), taken, share);
    Some(text::precision(of_them))
}

/// The areas under the curve of patients and of slices.
fn areas(test: &Judgement, class: Class) -> Option<String> {
    let [patients, slices] = [&test.patients, &test.slices].map(|level| level.roc[class.index()]);
    let area = patients?.area;
    let of_class = test.patients.of(class);
    let patients = match area_interval(area, of_class, test.patients.count - of_class) {
        Some(share) => text::area(area, share.low, share.high),
        None => format!("{area:.3}"),
    };
    Some(match slices {
        Some(roc) => text::areas(patients, format!("{:.3}", roc.area)),
        None => text::area_of_patients(patients),
    })
}

fn slices_without(slices: &Level, abstention: &Abstention) -> String {
    text::slices_without(
        slices.count,
        abstention.unlike,
        abstention.too_close,
        abstention.answered.count,
        with_interval(abstention.answered.accuracy),
    )
}

fn patients_without(abstention: &Abstention) -> String {
    text::patients_without(
        abstention.patients_unlike,
        abstention.patients_too_close,
        abstention.patients_answered.count,
        with_interval(abstention.patients_answered.accuracy),
    )
}

fn group_right(group: &str, level: &Level) -> String {
    let right = counted(level.right(), level.count, level.accuracy);
    text::group_right(dataset::group(group), right)
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
            patients_right(&patients()),
            "Of 120 patients never seen in training, 104 were told right: 86.7\u{a0}% (79.4 to 91.6)."
        );
        assert_eq!(
            precision(&patients(), Class::Pneumonia).expect("some"),
            " Of patients taken for it, right: 9 of 19: 47.4\u{a0}% (27.3 to 68.3)."
        );
        assert_eq!(as_reported(thesis::PATIENTS_RIGHT), "92.88\u{a0}%");
        for group in [
            "mosmed severity CT-1",
            "annotated series hardly a lesion",
            "ucsd",
        ] {
            assert_eq!(dataset::group(group), group);
        }
    }
}
