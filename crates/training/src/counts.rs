//! How many patients and slices a dataset has of each class and source in each part of its split: what `count` writes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lungsight_imaging::Class;
use serde::{Deserialize, Serialize};

use crate::dataset::{INDEX, Index};
use crate::manifest::Row;
use crate::masks;
use crate::notes::Notes;
use crate::prepare::LeftOut;
use crate::run::{checksum, read_json};
use crate::split::{Part, Split};

/// What `count` writes: counted as `evaluate` counts, so that the test part's numbers are those of its evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// SHA-256 of the split, as the manifest of weights names it.
    pub split_sha256: String,
    /// The seed that the split was drawn with.
    pub seed: u64,
    /// Shares of train, validation and test.
    pub shares: [u32; 3],
    /// Which notes count differently.
    pub notes: Notes,
    /// To learn from.
    pub train: PartCounts,
    /// To choose by.
    pub validation: PartCounts,
    /// To report.
    pub test: PartCounts,
}

/// One part of the split.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartCounts {
    /// In the order of `Class::ALL`. A slice that shows nothing is healthy; its patient is of the patient's class.
    pub classes: [Count; 3],
    /// The same by source.
    pub sources: BTreeMap<String, [Count; 3]>,
    /// Slices held apart by their note, and the patients who have such slices; slices that count nowhere above.
    pub apart: BTreeMap<String, Count>,
    /// Slices in which no lungs were found, and the patients who have no other slice; counted nowhere above.
    pub no_lungs: Count,
}

/// Patients and their slices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// People.
    pub patients: usize,
    /// Pictures.
    pub slices: usize,
}

impl Counts {
    /// Of a pre-processed dataset and the split by patient at this path.
    ///
    /// # Errors
    /// Names a file that can't be read; patients that the split does not know; notes that no slice has.
    pub fn of(dataset: &Path, split: &Path, notes: &Notes) -> Result<Self, String> {
        let index: Index = read_json(&dataset.join(INDEX))?;
        let split_sha256 = checksum(split)?;
        let split: Split = read_json(split)?;
        let left_out: Vec<Row> = index.left_out.iter().map(|out| out.row.clone()).collect();
        split.check(&index.rows)?;
        split.check(&left_out)?;
        notes.check(index.all_rows())?;
        let part = |part| PartCounts::of(&index, &split, part, notes);
        Ok(Self {
            split_sha256,
            seed: split.seed,
            shares: split.shares,
            notes: notes.clone(),
            train: part(Part::Train),
            validation: part(Part::Validation),
            test: part(Part::Test),
        })
    }
}

/// Patients by name while they are counted.
#[derive(Default)]
struct Tally<'a> {
    patients: BTreeSet<&'a str>,
    slices: usize,
}

impl Tally<'_> {
    fn count(&self) -> Count {
        Count {
            patients: self.patients.len(),
            slices: self.slices,
        }
    }
}

impl PartCounts {
    fn of(index: &Index, split: &Split, part: Part, notes: &Notes) -> Self {
        let of_part = |row: &&Row| split.patients.get(&row.patient) == Some(&part);
        let mut sources: BTreeMap<&str, [Tally; 3]> = BTreeMap::new();
        let mut apart: BTreeMap<&str, Tally> = BTreeMap::new();
        for row in index.rows.iter().filter(of_part) {
            let is_apart = notes.apart.contains(&row.note);
            if is_apart {
                let tally = apart.entry(&row.note).or_default();
                tally.patients.insert(&row.patient);
                tally.slices += 1;
            }
            // As in `evaluate`: of a patient, an annotated series counts whole.
            if is_apart && row.source != masks::SOURCE {
                continue;
            }
            let source = sources.entry(&row.source).or_default();
            source[row.label.index()].patients.insert(&row.patient);
            if !is_apart {
                let shows_nothing = notes.healthy.contains(&row.note);
                let label = if shows_nothing {
                    Class::Healthy
                } else {
                    row.label
                };
                source[label.index()].slices += 1;
            }
        }
        // A patient may have slices of several sources, and is one person all the same.
        let mut classes: [Tally; 3] = Default::default();
        for tallies in sources.values() {
            for (all, tally) in classes.iter_mut().zip(tallies) {
                all.patients.extend(&tally.patients);
                all.slices += tally.slices;
            }
        }
        let classes = classes.each_ref().map(Tally::count);
        let sources: BTreeMap<String, [Count; 3]> = sources
            .iter()
            .map(|(source, tallies)| ((*source).to_owned(), tallies.each_ref().map(Tally::count)))
            .collect();
        Self {
            classes,
            sources,
            apart: apart
                .into_iter()
                .map(|(note, tally)| (note.to_owned(), tally.count()))
                .collect(),
            no_lungs: no_lungs(index, of_part),
        }
    }
}

fn no_lungs(index: &Index, of_part: impl Fn(&&Row) -> bool) -> Count {
    let usable: BTreeSet<&str> = index.rows.iter().map(|row| row.patient.as_str()).collect();
    let rows: Vec<&Row> = index
        .left_out
        .iter()
        .map(|LeftOut { row, .. }| row)
        .filter(of_part)
        .collect();
    let without: BTreeSet<&str> = rows
        .iter()
        .map(|row| row.patient.as_str())
        .filter(|patient| !usable.contains(patient))
        .collect();
    Count {
        patients: without.len(),
        slices: rows.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(patient: &str, label: Class, source: &str, note: &str) -> Row {
        Row {
            path: format!("{patient}.png").into(),
            label,
            patient: patient.into(),
            source: source.into(),
            note: note.into(),
            line: 0,
        }
    }

    fn left_out(row: Row) -> LeftOut {
        LeftOut {
            row,
            reason: "no lungs found".into(),
        }
    }

    /// Two patients of hospital a and one annotated series in training, one mild study in test.
    fn example() -> (Index, Split) {
        let ill = |note| row("series", Class::Covid, masks::SOURCE, note);
        let index = Index {
            manifest: "slices.csv".into(),
            commit: "unknown".into(),
            rows: vec![
                row("p1", Class::Healthy, "a", ""),
                row("p1", Class::Healthy, "a", ""),
                row("p2", Class::Pneumonia, "a", ""),
                ill(""),
                ill(masks::NO_LESION),
                ill(masks::HARDLY),
                row("p3", Class::Covid, "b", "severity CT-1"),
            ],
            left_out: vec![
                left_out(row("p1", Class::Healthy, "a", "")),
                left_out(row("p4", Class::Covid, "b", "")),
            ],
            pixels_sha256: None,
            lesions_sha256: None,
        };
        let patients = ["p1", "p2", "series"].map(|patient| (patient.to_owned(), Part::Train));
        let tested = ["p3", "p4"].map(|patient| (patient.to_owned(), Part::Test));
        let split = Split {
            seed: 1,
            shares: [8, 1, 1],
            patients: patients.into_iter().chain(tested).collect(),
        };
        (index, split)
    }

    fn notes() -> Notes {
        Notes {
            apart: vec!["severity CT-1".into(), masks::HARDLY.into()],
            healthy: vec![masks::NO_LESION.into()],
        }
    }

    const fn count(patients: usize, slices: usize) -> Count {
        Count { patients, slices }
    }

    #[test]
    fn slices_that_show_nothing_are_healthy_slices_of_an_ill_patient() {
        let (index, split) = example();
        let train = PartCounts::of(&index, &split, Part::Train, &notes());
        assert_eq!(train.classes, [count(1, 3), count(1, 1), count(1, 1)]);
        assert_eq!(
            train.sources[masks::SOURCE],
            [count(0, 1), count(0, 0), count(1, 1)]
        );
        assert_eq!(train.apart[masks::HARDLY], count(1, 1));
        assert_eq!(train.no_lungs, count(0, 1), "p1 has other slices");
    }

    #[test]
    fn what_is_held_apart_counts_in_no_class() {
        let (index, split) = example();
        let test = PartCounts::of(&index, &split, Part::Test, &notes());
        assert_eq!(test.classes, [count(0, 0); 3]);
        assert!(test.sources.is_empty());
        assert_eq!(test.apart["severity CT-1"], count(1, 1));
        assert_eq!(test.no_lungs, count(1, 1));
    }

    #[test]
    fn a_patient_of_two_sources_is_one_person() {
        let (mut index, split) = example();
        index.rows.push(row("p2", Class::Pneumonia, "b", ""));
        let train = PartCounts::of(&index, &split, Part::Train, &notes());
        assert_eq!(train.classes[1], count(1, 2));
        assert_eq!(train.sources["a"][1], count(1, 1));
        assert_eq!(train.sources["b"][1], count(1, 1));
    }

    #[test]
    fn every_slice_is_counted_once() {
        let (index, split) = example();
        let all = [Part::Train, Part::Validation, Part::Test]
            .map(|part| PartCounts::of(&index, &split, part, &notes()));
        let of = |part: &PartCounts| {
            let apart: usize = part.apart.values().map(|count| count.slices).sum();
            let classes: usize = part.classes.iter().map(|count| count.slices).sum();
            classes + apart + part.no_lungs.slices
        };
        let counted: usize = all.iter().map(of).sum();
        assert_eq!(counted, index.rows.len() + index.left_out.len());
    }

    #[test]
    fn a_patient_the_split_does_not_know_is_named() {
        let (mut index, split) = example();
        index
            .left_out
            .push(left_out(row("stranger", Class::Covid, "b", "")));
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("split.json");
        crate::run::write_json(&path, &split).expect("written");
        crate::run::write_json(&folder.path().join(INDEX), &index).expect("written");
        let reason = Counts::of(folder.path(), &path, &notes()).expect_err("a stranger");
        assert!(reason.contains("stranger"), "{reason}");
    }
}
