//! Which slices of a dataset a run learns from, and which it chooses by.

use std::collections::BTreeSet;
use std::path::PathBuf;

use lungsight_imaging::Class;

use crate::prepare::Prepared;
use crate::run::{checksum, read_json};
use crate::screen::Screened;
use crate::settings::Settings;
use crate::split::{Part, Split};
use crate::{dataset, masks, notes};

/// What a run uses of a dataset.
#[derive(Debug)]
pub struct Material {
    /// To learn from.
    pub training: Vec<Prepared>,
    /// To choose by, slice by slice.
    pub validation: Vec<Prepared>,
    /// To choose by, patient by patient: slices under their patient's label, annotated series whole.
    pub patients: Vec<Prepared>,
}

/// The slices to learn from and those to choose by, without those left out by their note.
///
/// # Errors
/// A faulty dataset, split or list of screened slices; a note that no slice has; a class without slices.
pub fn material(settings: &Settings) -> Result<Material, String> {
    let (index, slices) = dataset::read(&settings.dataset)?;
    let split: Split = read_json(&settings.split)?;
    split.check(&index.rows)?;
    notes::check(
        index.all_rows(),
        &[
            ("--leave-out-note", &settings.leave_out_notes),
            ("--healthy-note", &settings.healthy_notes),
        ],
    )?;
    let screened = screened(settings)?;
    let usable = |slice: &Prepared| !settings.leave_out_notes.contains(&slice.row.note);
    let of_part =
        |slice: &Prepared, part: Part| split.patients.get(&slice.row.patient) == Some(&part);
    let part = |part: Part| {
        let mut slices: Vec<Prepared> = slices
            .iter()
            .filter(|slice| of_part(slice, part))
            .filter(|slice| {
                usable(slice) || (part == Part::Train && screened.contains(&slice.row.path))
            })
            .cloned()
            .collect();
        for slice in &mut slices {
            if settings.healthy_notes.contains(&slice.row.note) {
                slice.row.label = Class::Healthy;
            }
        }
        every_class(&slices, part)?;
        Ok::<_, String>(slices)
    };
    let patients = slices
        .iter()
        .filter(|slice| usable(slice) || slice.row.source == masks::SOURCE)
        .filter(|slice| of_part(slice, Part::Validation))
        .cloned()
        .collect();
    Ok(Material {
        training: part(Part::Train)?,
        validation: part(Part::Validation)?,
        patients,
    })
}

/// The slices that show something in spite of their note; none without a list.
fn screened(settings: &Settings) -> Result<BTreeSet<PathBuf>, String> {
    let Some(path) = &settings.screened else {
        return Ok(BTreeSet::new());
    };
    let list: Screened = read_json(path)?;
    if let Some(expected) = &list.split_sha256
        && checksum(&settings.split)? != *expected
    {
        return Err(format!(
            "{}: screened with another split than {}",
            path.display(),
            settings.split.display()
        ));
    }
    Ok(list.shown.into_iter().collect())
}

/// Three classes are told apart: each must be there to learn from and to choose by.
fn every_class(slices: &[Prepared], part: Part) -> Result<(), String> {
    let missing: Vec<&str> = Class::ALL
        .into_iter()
        .filter(|class| !slices.iter().any(|slice| slice.row.label == *class))
        .map(Class::name)
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "no slice of {} to use in the part {part}: all three classes are needed there",
            missing.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Row;

    #[test]
    fn a_class_without_slices_is_named_with_its_part() {
        let slice = |label| Prepared {
            row: Row {
                path: "a.png".into(),
                label,
                patient: "p".into(),
                source: "s".into(),
                note: String::new(),
                line: 0,
            },
            pixels: Vec::new(),
            around: Vec::new(),
        };
        let mut slices = vec![slice(Class::Healthy), slice(Class::Covid)];
        let reason = every_class(&slices, Part::Validation).expect_err("two classes");
        assert!(
            reason.contains("pneumonia") && reason.contains("validation"),
            "{reason}"
        );
        slices.push(slice(Class::Pneumonia));
        every_class(&slices, Part::Validation).expect("three classes");
    }
}
