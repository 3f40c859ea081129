//! What a split has dealt to each part, by class: what `split` prints.

use std::collections::BTreeSet;
use std::fmt;

use lungsight_imaging::Class;

use crate::manifest::Row;
use crate::split::{Part, Split};

/// Patients and slices, by class (in the order of `Class::ALL`) and part (in that of `Part::ALL`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dealt([[(usize, usize); 3]; 3]);

impl Dealt {
    /// Of these rows.
    ///
    /// # Errors
    /// Names patients that the split does not know.
    pub fn of(split: &Split, rows: &[Row]) -> Result<Self, String> {
        let mut dealt = [[(0, 0); 3]; 3];
        for (part, column) in Part::ALL.into_iter().zip(0..) {
            let rows = split.part(rows, part)?;
            for class in Class::ALL {
                let of_class = rows.iter().filter(|row| row.label == class);
                let patients: BTreeSet<&str> =
                    of_class.clone().map(|row| row.patient.as_str()).collect();
                let cell: &mut (usize, usize) = &mut dealt[class.index()][column];
                *cell = (patients.len(), of_class.count());
            }
        }
        Ok(Self(dealt))
    }

    /// Every class that is missing from a part, and what that means.
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for class in Class::ALL {
            for (part, (patients, _)) in Part::ALL.into_iter().zip(self.0[class.index()]) {
                if patients == 0 {
                    let means = match part {
                        Part::Train => "nothing can be learned of it",
                        Part::Validation => "nothing can be chosen by it: train refuses it",
                        Part::Test => "no figure will tell of it",
                    };
                    missing.push(format!(
                        "no patient with {class} in the part {part}: {means}"
                    ));
                }
            }
        }
        missing
    }
}

impl fmt::Display for Dealt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:12}", "")?;
        for part in Part::ALL {
            write!(f, "{part:>26}")?;
        }
        for class in Class::ALL {
            write!(f, "\n{:12}", class.name())?;
            for (patients, slices) in self.0[class.index()] {
                write!(f, "{:>26}", format!("{patients} patients, {slices} slices"))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(label: Class, patient: &str) -> Row {
        Row {
            path: "a.png".into(),
            label,
            patient: patient.into(),
            source: "s".into(),
            note: String::new(),
            line: 0,
        }
    }

    #[test]
    fn a_class_that_is_missing_from_a_part_is_told() {
        let mut rows: Vec<Row> = (0..10)
            .map(|i| row(Class::Healthy, &format!("p{i}")))
            .collect();
        rows.push(row(Class::Healthy, "p0"));
        rows.push(row(Class::Covid, "c"));
        let split = Split::draw(&rows, 1, [8, 1, 1]);
        let dealt = Dealt::of(&split, &rows).expect("known patients");
        let missing = dealt.missing();
        assert_eq!(missing.len(), 5, "{missing:?}");
        assert!(missing[0].starts_with("no patient with"));
        let slices: usize = dealt.0[0].iter().map(|(_, slices)| slices).sum();
        let patients = dealt.0[0].map(|(patients, _)| patients);
        assert_eq!((slices, patients), (11, [8, 1, 1]));
        assert!(
            dealt.to_string().contains("1 patients, 1 slices"),
            "{dealt}"
        );
    }
}
