//! What sways the name of a disease though it is none: grain and rims.

use leptos::prelude::*;
use lungsight_imaging::Class;

use super::shares::percent;
use crate::evaluation::{Called, Change, Cues, Swayed};
use crate::texts::{common, cues as text};
use crate::words::class_title;

/// A change that sways the name of so many slices of a disease more than are wrong as they are is said beside every result.
const SWAYED: f64 = 0.25;

/// The table.
#[component]
pub fn CuesTable(cues: Cues) -> impl IntoView {
    let Cues {
        patients,
        learned_from,
        grain_area,
        called,
        ..
    } = cues;
    let cell = |Swayed { count, of }: Swayed| {
        let share = percent(count as f64 / of.max(1) as f64);
        view! { <td>{text::part(count, of, share)}</td> }
    };
    let rows = called.into_iter().map(|called| {
        view! {
            <tr>
                <th scope="row">{title(called.change)}</th>
                {cell(called.pneumonia_as_covid)}
                {cell(called.covid_as_pneumonia)}
            </tr>
        }
    });
    view! {
        <p>{text::lead(common::patients(patients), learned_from)}</p>
        <p>{text::by_grain(grain_area)}</p>
        <table class="numbers">
            <caption>{text::caption()}</caption>
            <thead>
                <tr>
                    <th scope="col">{text::change()}</th>
                    <th scope="col">{text::pneumonia_as_covid()}</th>
                    <th scope="col">{text::covid_as_pneumonia()}</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn title(change: Change) -> String {
    match change {
        Change::None => text::none().to_owned(),
        Change::Against => text::against().to_owned(),
        Change::Blur(pixels) => text::blurred(pixels),
        Change::Noise(greys) => text::noisy(greys),
        Change::Rim(pixels) => text::rimmed(pixels),
    }
}

/// The change that sways most, as a sentence; `None` where none sways many.
pub fn swayed(cues: &Cues) -> Option<String> {
    let find = |called: &&Called| called.change == Change::None;
    let unchanged = cues.called.iter().find(find)?;
    let of = |class: Class, called: &Called| match class {
        Class::Pneumonia => called.pneumonia_as_covid,
        _ => called.covid_as_pneumonia,
    };
    let share = |class, called| {
        let Swayed { count, of } = of(class, called);
        count as f64 / of.max(1) as f64
    };
    let mut worst = None;
    let changed = cues
        .called
        .iter()
        .filter(|called| called.change != Change::Against);
    for called in changed {
        for class in [Class::Pneumonia, Class::Covid] {
            let more = share(class, called) - share(class, unchanged);
            if more >= SWAYED && worst.is_none_or(|(_, _, most)| more > most) {
                worst = Some((class, called, more));
            }
        }
    }
    let (class, called, _) = worst?;
    let change = match called.change {
        // Nothing was changed.
        Change::None | Change::Against => return None,
        Change::Blur(_) => text::when_blurred(),
        Change::Noise(_) => text::when_noisy(),
        Change::Rim(_) => text::when_rimmed(),
    };
    let other = match class {
        Class::Covid => Class::Pneumonia,
        _ => Class::Covid,
    };
    let Swayed { count, of: all } = of(class, called);
    let before = of(class, unchanged).count;
    let [class, other] = [class, other].map(class_title);
    Some(text::swayed(change, count, all, class, other, before))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cues(after: [usize; 2]) -> Cues {
        let called = |change, [pneumonia, covid]: [usize; 2], all: [usize; 2]| Called {
            change,
            pneumonia_as_covid: Swayed {
                count: pneumonia,
                of: all[0],
            },
            covid_as_pneumonia: Swayed {
                count: covid,
                of: all[1],
            },
        };
        Cues {
            model: "tiny".into(),
            patients: 154,
            learned_from: 137,
            grain_area: 0.9,
            called: vec![
                called(Change::None, [2, 5], [79, 75]),
                called(Change::Against, [9, 9], [9, 9]),
                called(Change::Blur(3.0), after, [79, 75]),
                called(Change::Noise(35.0), [0, 15], [79, 75]),
            ],
        }
    }

    #[test]
    fn what_sways_most_is_said_and_little_is_not() {
        assert_eq!(swayed(&cues([10, 2])), None);
        let said = swayed(&cues([68, 2])).expect("most of pneumonia");
        assert_eq!(
            said,
            "Which disease the network names does not hang on the disease alone: of 79 slices with Pneumonia, 68 look more like COVID-19 to it once they are blurred; unchanged, 2 do."
        );
        let of_covid = swayed(&cues([10, 70])).expect("most of COVID-19");
        assert!(
            of_covid.contains("of 75 slices with COVID-19, 70 look more like Pneumonia"),
            "{of_covid}"
        );
        let mut without = cues([68, 2]);
        without.called.remove(0);
        assert_eq!(swayed(&without), None, "nothing to compare with");
    }
}
