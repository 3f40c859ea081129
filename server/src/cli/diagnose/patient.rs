//! Which slices are one patient's.

use std::path::PathBuf;
use std::sync::Arc;

use lungsight_series::{Note, Series, longest};

use super::gather::{Gathered, Item};

/// Why files are not one patient's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPatient {
    #[error("there is no slice")]
    Nothing,
    #[error("pictures and series cannot be taken as one patient: name only one kind")]
    PicturesAndSeries,
    #[error(
        "the files are of {0} patients: give each a folder, and the folder of them all to --patients"
    )]
    SeveralPatients(usize),
    #[error("there is no series {number}; there are {series}")]
    NoSuchSeries { number: usize, series: usize },
}

/// What is taken as one patient's.
pub(super) struct Chosen {
    pub items: Vec<Item>,
    /// What is odd about the series that they are of.
    pub notes: Vec<Note>,
}

/// The slices that are taken as one patient's: all pictures, or those of one series, by default the one with the most slices.
/// Every series that is passed over is told, with its number, to `tell`.
pub(super) fn choose(
    gathered: &Gathered,
    wanted: Option<usize>,
    tell: &mut dyn FnMut(String),
) -> Result<Chosen, NoPatient> {
    for note in &gathered.notes {
        if let Note::SeveralPatients { patients } = note {
            return Err(NoPatient::SeveralPatients(*patients));
        }
    }
    let (pictures, series): (&[PathBuf], &[Arc<Series>]) = (&gathered.pictures, &gathered.series);
    if series.is_empty() {
        return match pictures {
            [] => Err(NoPatient::Nothing),
            pictures => Ok(Chosen {
                items: Item::all(pictures, &[]),
                notes: Vec::new(),
            }),
        };
    }
    if !pictures.is_empty() {
        return Err(NoPatient::PicturesAndSeries);
    }
    let chosen = match wanted {
        Some(number) if (1..=series.len()).contains(&number) => number - 1,
        Some(number) => {
            let series = series.len();
            return Err(NoPatient::NoSuchSeries { number, series });
        }
        None => longest(series).unwrap_or(0),
    };
    for (number, one) in (1..).zip(series) {
        if number != chosen + 1 {
            let slices = one.slices().len();
            tell(format!(
                "series {number} ({slices} slices) is not taken; --series {number} takes it"
            ));
        }
    }
    let notes: Vec<_> = gathered
        .notes
        .iter()
        .chain(series[chosen].notes())
        .collect();
    for note in &notes {
        tell(note.to_string());
    }
    Ok(Chosen {
        items: Item::all(&[], &series[chosen..=chosen]),
        notes: notes.into_iter().cloned().collect(),
    })
}

#[cfg(test)]
mod tests {
    use lungsight_series::synthetic::{Coding, dicom_series};
    use lungsight_series::{Limits, collect};

    use super::*;

    fn series(slices: u32) -> Arc<Series> {
        let (_, files) = dicom_series(64, slices, &Coding::Explicit);
        let mut collected = collect(files, &Limits::default());
        Arc::new(collected.series.remove(0))
    }

    fn of_series(slices: &[u32]) -> Gathered {
        Gathered {
            series: slices.iter().map(|slices| series(*slices)).collect(),
            ..Gathered::default()
        }
    }

    #[test]
    fn the_first_of_the_longest_series_is_taken_or_the_one_asked_for() {
        let gathered = of_series(&[2, 4, 4]);
        let mut told = Vec::new();
        let chosen = choose(&gathered, None, &mut |line| told.push(line)).expect("a patient");
        assert_eq!(chosen.items.len(), 4);
        let passed: Vec<_> = told
            .iter()
            .filter(|line| line.contains("not taken"))
            .collect();
        assert!(
            passed.len() == 2 && passed[0].starts_with("series 1 (2 slices)"),
            "{told:?}"
        );
        assert!(passed[1].starts_with("series 3"), "{told:?}");
        let asked = choose(&gathered, Some(1), &mut |_| ()).expect("a patient");
        assert_eq!(asked.items.len(), 2);
        assert_eq!(
            choose(&gathered, Some(4), &mut |_| ()).err(),
            Some(NoPatient::NoSuchSeries {
                number: 4,
                series: 3
            })
        );
    }

    #[test]
    fn what_is_no_single_patient_is_refused() {
        let refused = |gathered: &Gathered| choose(gathered, None, &mut |_| ()).err();
        assert_eq!(refused(&Gathered::default()), Some(NoPatient::Nothing));
        let mut both = of_series(&[2]);
        both.pictures.push(PathBuf::from("a.png"));
        assert_eq!(refused(&both), Some(NoPatient::PicturesAndSeries));
        let mut two = of_series(&[2, 2]);
        two.notes.push(Note::SeveralPatients { patients: 2 });
        assert_eq!(refused(&two), Some(NoPatient::SeveralPatients(2)));
    }
}
