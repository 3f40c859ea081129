//! Split by patient, 8:1:1 within each label and source, seeded.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use lungsight_network::manifest::Manifest;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::manifest::Row;
use crate::run::{checksum, read_json};
use crate::say::warn;

/// Patients that an error names.
const NAMED: usize = 10;

/// What a patient's slices are used for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Learning.
    Train,
    /// Choosing: epochs, temperature, settings.
    Validation,
    /// Reporting, once.
    Test,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        })
    }
}

/// Which patient belongs to which part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// The seed it was drawn with.
    pub seed: u64,
    /// Shares of train, validation and test.
    pub shares: [u32; 3],
    /// Patient → part.
    pub patients: BTreeMap<String, Part>,
}

impl Split {
    /// Draws a split. Within every label and source, patients are shuffled and dealt by `shares`; a group of at least
    /// three patients gives at least one to each part. A further source leaves the others' split as it is.
    pub fn draw(rows: &[Row], seed: u64, shares: [u32; 3]) -> Self {
        let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for row in rows {
            let group = groups.entry((row.label.name(), &row.source)).or_default();
            if !group.contains(&row.patient.as_str()) {
                group.push(&row.patient);
            }
        }
        let mut patients = BTreeMap::new();
        for ((label, source), group) in &mut groups {
            let name = format!("{label} {source}");
            let of_group = name.bytes().fold(seed, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
            let mut rng = StdRng::seed_from_u64(of_group);
            group.sort_unstable();
            group.shuffle(&mut rng);
            let total: u32 = shares.iter().sum::<u32>().max(1);
            let share = |part: usize| {
                let exact = (group.len() * shares[part] as usize) as f64 / f64::from(total);
                let least = usize::from(group.len() >= 3 && shares[part] > 0);
                (exact.round() as usize).max(least)
            };
            let (test, validation) = (share(2), share(1));
            for (index, patient) in group.iter().enumerate() {
                let part = match index {
                    i if i < test => Part::Test,
                    i if i < test + validation => Part::Validation,
                    _ => Part::Train,
                };
                patients.insert((*patient).to_owned(), part);
            }
        }
        Self {
            seed,
            shares,
            patients,
        }
    }

    /// The split at `path`, which must be the one that the weights were trained with, where they tell: else patients that
    /// they learned from would be judged as if they had not.
    ///
    /// # Errors
    /// Names the file that can't be read or is another split.
    pub fn of_weights(path: &Path, weights: &Manifest) -> Result<Self, String> {
        let found = checksum(path)?;
        if weights.split_sha256.is_none() {
            warn(format_args!(
                "{} do not tell what split they were trained with: they may have learned from any patient of {}",
                weights.title(),
                path.display()
            ));
        }
        if weights
            .split_sha256
            .as_ref()
            .is_some_and(|expected| found != *expected)
        {
            return Err(format!(
                "{}: {} were trained with another split; its parts would mix with theirs",
                path.display(),
                weights.title()
            ));
        }
        read_json(path)
    }

    /// Refuses rows of patients that the split does not know.
    ///
    /// # Errors
    /// Names the first of them.
    pub fn check(&self, rows: &[Row]) -> Result<(), String> {
        let unknown: BTreeSet<&str> = rows
            .iter()
            .map(|row| row.patient.as_str())
            .filter(|patient| !self.patients.contains_key(*patient))
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let named: Vec<&str> = unknown.iter().copied().take(NAMED).collect();
        let others = match unknown.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} others"),
        };
        Err(format!(
            "the split does not know the patients {}{others}",
            named.join(", ")
        ))
    }

    /// The rows of one part.
    ///
    /// # Errors
    /// Names patients of the manifest that the split does not know.
    pub fn part(&self, rows: &[Row], part: Part) -> Result<Vec<Row>, String> {
        self.check(rows)?;
        Ok(rows
            .iter()
            .filter(|row| self.patients[&row.patient] == part)
            .cloned()
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lungsight_imaging::Class;

    fn rows() -> Vec<Row> {
        (0..60)
            .map(|i| Row {
                path: format!("{i}.png").into(),
                label: Class::ALL[i % 3],
                patient: format!("p{}", i / 6 * 3 + i % 3),
                source: "s".into(),
                note: String::new(),
                line: 0,
            })
            .collect()
    }

    #[test]
    fn no_patient_is_in_two_parts_and_none_is_lost() {
        let rows = rows();
        let split = Split::draw(&rows, 1, [8, 1, 1]);
        let parts = [Part::Train, Part::Validation, Part::Test].map(|part| {
            let rows = split.part(&rows, part).expect("known patients");
            assert!(!rows.is_empty());
            rows
        });
        assert_eq!(parts.iter().map(Vec::len).sum::<usize>(), rows.len());
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            assert!(
                parts[a]
                    .iter()
                    .all(|x| parts[b].iter().all(|y| x.patient != y.patient))
            );
        }
        for part in &parts {
            for class in Class::ALL {
                assert!(part.iter().any(|row| row.label == class));
            }
        }
    }

    #[test]
    fn the_seed_decides() {
        let rows = rows();
        assert_eq!(
            Split::draw(&rows, 7, [8, 1, 1]),
            Split::draw(&rows, 7, [8, 1, 1])
        );
        assert_ne!(
            Split::draw(&rows, 7, [8, 1, 1]),
            Split::draw(&rows, 8, [8, 1, 1])
        );
    }

    #[test]
    fn a_further_source_leaves_the_others_as_they_are() {
        let mut rows = rows();
        let before = Split::draw(&rows, 1, [8, 1, 1]);
        let further: Vec<Row> = rows
            .iter()
            .map(|row| Row {
                patient: format!("other {}", row.patient),
                source: "another".into(),
                ..row.clone()
            })
            .collect();
        rows.extend(further);
        let after = Split::draw(&rows, 1, [8, 1, 1]);
        assert!(
            before
                .patients
                .iter()
                .all(|(p, part)| after.patients[p] == *part)
        );
    }

    #[test]
    fn a_patient_the_split_does_not_know_is_named() {
        let rows = rows();
        let split = Split::draw(&rows[..30], 1, [8, 1, 1]);
        let error = split.part(&rows, Part::Test).expect_err("unknown patients");
        assert!(
            error.contains("p15, p16") && !error.contains("p29"),
            "{error}"
        );
        assert!(error.ends_with("and 5 others"), "{error}");
    }

    #[test]
    fn a_split_that_is_missing_is_not_called_another_one() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("split.json");
        crate::run::write_json(&path, &Split::draw(&rows(), 1, [8, 1, 1])).expect("written");
        let mut weights = crate::teachers::tests::manifest(64, 1.0);
        weights.split_sha256 = Some(checksum(&path).expect("there"));
        Split::of_weights(&path, &weights).expect("theirs");
        let gone = folder.path().join("gone.json");
        let reason = Split::of_weights(&gone, &weights).expect_err("no file");
        assert!(
            reason.contains("gone.json") && !reason.contains("another"),
            "{reason}"
        );
        weights.split_sha256 = Some("0".repeat(64));
        let reason = Split::of_weights(&path, &weights).expect_err("of others");
        assert!(reason.contains("another split"), "{reason}");
    }
}
