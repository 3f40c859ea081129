//! How many patients and slices there are, by class, source and part of the split.

use std::collections::BTreeSet;

use leptos::prelude::*;
use lungsight_imaging::Class;

use crate::evaluation::{Count, Dataset};
use crate::texts::{common, dataset as text};
use crate::words::{class_title, thousands};

/// The dataset's numbers, with the thesis's own beside them where they are known.
#[component]
pub fn DatasetTable(
    dataset: Dataset,
    /// Its patients and slices by class.
    thesis: Option<[Count; 3]>,
) -> impl IntoView {
    let [train, validation, test] = dataset.shares;
    view! {
        <p>{text::split(train, validation, test)}</p>
        {by_class(&dataset, thesis)}
        {by_source(&dataset)}
        <p>{text::tied()}</p>
        {has_nodules(&dataset).then(|| view! { <p>{text::nodules()}</p> })}
        {held_apart(&dataset)}
    }
    .into_any()
}

/// Whether healthy slices are of LUNA16, whose people have lung nodules.
fn has_nodules(dataset: &Dataset) -> bool {
    let healthy = |classes: &[Count; 3]| classes[Class::Healthy.index()] != Count::default();
    let parts = dataset.parts();
    let mut of_luna = parts.iter().filter_map(|part| part.sources.get("luna16"));
    of_luna.any(healthy)
}

fn part_names() -> [&'static str; 3] {
    [text::training(), text::validation(), text::test()]
}

fn by_class(dataset: &Dataset, thesis: Option<[Count; 3]>) -> impl IntoView + use<> {
    let parts = dataset.parts().map(|part| part.classes);
    let (columns, class) = match thesis {
        Some(_) => ("6", "numbers with-thesis"),
        None => ("5", "numbers"),
    };
    let group = |title: &'static str, of: fn(Count) -> usize| {
        let row = |name: &'static str, counts: [Count; 3], thesis: Option<Count>| {
            let all: Count = counts.into_iter().sum();
            let cells = counts.into_iter().chain([all]).chain(thesis);
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    {cells.map(|cell| view! { <td>{thousands(of(cell))}</td> }).collect_view()}
                </tr>
            }
        };
        let classes = Class::ALL.map(|class| {
            let of_class = thesis.map(|counts| counts[class.index()]);
            row(
                class_title(class),
                parts.map(|part| part[class.index()]),
                of_class,
            )
        });
        let sums = parts.map(|part| part.into_iter().sum());
        let all = row(
            text::all(),
            sums,
            thesis.map(|counts| counts.into_iter().sum()),
        );
        view! {
            <tbody>
                <tr>
                    <th scope="rowgroup" colspan=columns>{title}</th>
                </tr>
                {classes.collect_view()}
                {all}
            </tbody>
        }
    };
    let headings = part_names().into_iter().chain([text::all()]);
    view! {
        <table class=class>
            <caption>{text::by_class()}</caption>
            <thead>
                <tr>
                    <th scope="col">{text::class()}</th>
                    {headings.map(|name| view! { <th scope="col">{name}</th> }).collect_view()}
                    {thesis.map(|_| view! { <th scope="col">{text::thesis()}</th> })}
                </tr>
            </thead>
            {group(text::patients(), |count| count.patients)}
            {group(text::slices(), |count| count.slices)}
        </table>
    }
    .into_any()
}

fn by_source(dataset: &Dataset) -> impl IntoView + use<> {
    let parts = dataset.parts();
    let sources: BTreeSet<&String> = parts.iter().flat_map(|part| part.sources.keys()).collect();
    let group = |source: &String| {
        let of = |class: Class| {
            parts.map(|part| {
                let classes = part.sources.get(source);
                classes.map_or_else(Count::default, |classes| classes[class.index()])
            })
        };
        let rows = Class::ALL
            .into_iter()
            .map(|class| (class, of(class)))
            .filter(|(_, counts)| counts.iter().any(|count| *count != Count::default()))
            .map(|(class, counts)| {
                view! {
                    <tr>
                        <th scope="row">{class_title(class)}</th>
                        {counts.map(|count| view! { <td>{pair(count)}</td> }).collect_view()}
                    </tr>
                }
            });
        view! {
            <tbody>
                <tr><th scope="rowgroup" colspan="4">{text::source(source).to_owned()}</th></tr>
                {rows.collect_view()}
            </tbody>
        }
    };
    view! {
        <table class="numbers">
            <caption>{text::by_source()}</caption>
            <thead>
                <tr>
                    <th scope="col">{text::class()}</th>
                    {part_names().map(|name| view! { <th scope="col">{name}</th> }).collect_view()}
                </tr>
            </thead>
            {sources.into_iter().map(group).collect_view()}
        </table>
    }
    .into_any()
}

/// `83 / 1 037`; the slash may end a line.
fn pair(count: Count) -> String {
    format!(
        "{} / {}",
        thousands(count.patients),
        thousands(count.slices)
    )
}

fn held_apart(dataset: &Dataset) -> impl IntoView + use<> {
    let parts = dataset.parts();
    let notes: BTreeSet<&String> = parts.iter().flat_map(|part| part.apart.keys()).collect();
    let of = |note: &String| parts.map(|part| part.apart.get(note).copied().unwrap_or_default());
    let no_lungs = parts.map(|part| part.no_lungs);
    let some_without = no_lungs.iter().any(|count| count.slices > 0);
    let lines: Vec<String> = notes
        .into_iter()
        .map(|note| apart(note, of(note)))
        .chain(some_without.then(|| without_lungs(no_lungs)))
        .collect();
    (!lines.is_empty()).then(|| {
        view! {
            <p>{text::not_among()}</p>
            <ul>{lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
        }
    })
}

/// What a note of the list of slices means, and how many slices have it.
fn apart(note: &str, parts: [Count; 3]) -> String {
    let (slices, by_part) = (all_slices(parts), by_part(parts));
    match note {
        "severity CT-1" => text::of_mild_studies(slices, by_part),
        "hardly a lesion" => text::with_small_lesions(slices, by_part),
        other => text::noted(slices, other, by_part),
    }
}

fn without_lungs(parts: [Count; 3]) -> String {
    let (slices, by_part) = (all_slices(parts), by_part(parts));
    let all: Count = parts.into_iter().sum();
    match all.patients {
        0 => text::no_lungs(slices, by_part),
        number => text::no_lungs_and_no_other(slices, common::patients(number), by_part),
    }
}

fn all_slices(parts: [Count; 3]) -> String {
    common::slices(parts.iter().map(|part| part.slices).sum())
}

fn by_part(parts: [Count; 3]) -> String {
    let [train, validation, test] = parts.map(|part| part.slices);
    text::by_part(train, validation, test)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{Notes, PartCounts};

    fn dataset() -> Dataset {
        let count = |patients, slices| Count { patients, slices };
        let part = |classes: [Count; 3]| PartCounts {
            classes,
            sources: [("a".to_owned(), classes)].into(),
            apart: [("hardly a lesion".to_owned(), count(1, 2))].into(),
            no_lungs: count(0, 1),
        };
        Dataset {
            split_sha256: String::new(),
            shares: [8, 1, 1],
            notes: Notes::default(),
            train: part([count(535, 1166), count(70, 389), count(306, 1261)]),
            validation: part([count(1, 1), count(0, 0), count(0, 0)]),
            test: part([count(2, 3), count(0, 0), count(0, 0)]),
        }
    }

    #[test]
    fn parts_are_added_up() {
        let html = by_class(&dataset(), None).to_html();
        for cell in ["<td>535</td>", "<td>538</td>", "<td>914</td>"] {
            assert!(html.contains(cell), "{cell} in {html}");
        }
        assert!(!html.contains(text::thesis()));
        let thesis = [Count {
            patients: 77,
            slices: 88,
        }; 3];
        let html = by_class(&dataset(), Some(thesis)).to_html();
        assert!(
            html.contains(text::thesis()) && html.contains("<td>231</td>"),
            "{html}"
        );
    }

    #[test]
    fn what_is_not_counted_is_named() {
        let lines = held_apart(&dataset()).to_html();
        assert!(lines.contains("6 slices with lesions too small"), "{lines}");
        assert!(lines.contains("3 slices in which no lungs"), "{lines}");
        assert_eq!(
            pair(Count {
                patients: 2,
                slices: 1037
            }),
            "2 / 1\u{202f}037"
        );
    }
}
