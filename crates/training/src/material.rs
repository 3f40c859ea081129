//! Which slices of a dataset a run learns from, and which it chooses by.

use lungsight_imaging::Class;

use crate::prepare::Prepared;
use crate::run::{Settings, read_json};
use crate::split::{Part, Split};
use crate::{dataset, masks};

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
/// A faulty dataset, split or list of screened slices; no slice left.
pub fn material(settings: &Settings) -> Result<Material, String> {
    let (index, slices) = dataset::read(&settings.dataset)?;
    let split: Split = read_json(&settings.split)?;
    split.check(&index.rows)?;
    let screened: Vec<std::path::PathBuf> = match &settings.screened {
        Some(path) => read_json::<crate::screen::Screened>(path)?.shown,
        None => Vec::new(),
    };
    let usable = |slice: &Prepared| {
        !settings.leave_out_notes.contains(&slice.row.note) || screened.contains(&slice.row.path)
    };
    let part = |part: Part| {
        let mut slices: Vec<Prepared> = slices
            .iter()
            .filter(|slice| usable(slice) && split.patients[&slice.row.patient] == part)
            .cloned()
            .collect();
        for slice in &mut slices {
            if settings.healthy_notes.contains(&slice.row.note) {
                slice.row.label = Class::Healthy;
            }
        }
        if slices.is_empty() {
            Err(format!("no slice to use in the part {part:?}"))
        } else {
            Ok(slices)
        }
    };
    let patients = slices
        .iter()
        .filter(|slice| usable(slice) || slice.row.source == masks::SOURCE)
        .filter(|slice| split.patients[&slice.row.patient] == Part::Validation)
        .cloned()
        .collect();
    Ok(Material {
        training: part(Part::Train)?,
        validation: part(Part::Validation)?,
        patients,
    })
}
