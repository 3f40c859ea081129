//! Slices with ground truth: lung and lesion masks drawn by radiologists (`masks.csv`: slice, lung, lesion, volume, lesion_px).

use std::path::{Path, PathBuf};

use lungsight_imaging::{Class, Limits, Mask, Slice, decode_mask};

use crate::columns::{self, Line};
use crate::manifest::{self, Row};

/// One slice with its masks.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotated {
    /// Picture.
    pub slice: PathBuf,
    /// Lungs, lesions included.
    pub lung: PathBuf,
    /// Lesions, stored a quarter turn clockwise of the slice.
    pub lesion: PathBuf,
    /// The series it is from.
    pub volume: String,
    /// Pixels of lesions.
    pub lesion_px: usize,
}

/// Where annotated slices are from.
pub const SOURCE: &str = "annotated series";

/// Note of an annotated slice without any lesion: the slice shows nothing, though the patient is ill.
pub const NO_LESION: &str = "no lesion";

/// Note of an annotated slice whose lesions are too small to be seen at the network's size.
pub const HARDLY: &str = "hardly a lesion";

/// Pixels of 512² from which a lesion counts as seen: about a centimetre across.
const SEEN_PX: usize = 200;

impl Annotated {
    /// As a row of a manifest: every series is of a patient with COVID-19.
    pub fn row(&self) -> Row {
        Row {
            path: self.slice.clone(),
            label: Class::Covid,
            // Volumes 2 and 3 are the same person.
            patient: if self.volume == "vol3" {
                "vol2".into()
            } else {
                self.volume.clone()
            },
            source: SOURCE.into(),
            note: match self.lesion_px {
                0 => NO_LESION.into(),
                few if few < SEEN_PX => HARDLY.into(),
                _ => String::new(),
            },
        }
    }

    /// Lungs and lesions as drawn, both in the slice's place.
    ///
    /// # Errors
    /// Names the file that can't be read.
    pub fn masks(&self, folder: &Path, slice: &Slice) -> Result<(Mask, Mask), String> {
        let read = |path: &Path| {
            let path = folder.join(path);
            let wrong = |reason: String| format!("{}: {reason}", path.display());
            let bytes = std::fs::read(&path).map_err(|e| wrong(e.to_string()))?;
            decode_mask(&bytes, slice, &Limits::default()).map_err(|e| wrong(e.to_string()))
        };
        let lesion = read(&self.lesion)?;
        let turned =
            turn(&lesion).ok_or_else(|| format!("{}: not square", self.lesion.display()))?;
        Ok((read(&self.lung)?, turned))
    }
}

/// A square mask a quarter turn against the clock.
fn turn(mask: &Mask) -> Option<Mask> {
    let side = mask.width() as usize;
    if mask.height() as usize != side {
        return None;
    }
    let values = mask.values();
    let turned = (0..side * side).map(|i| values[(i % side) * side + side - 1 - i / side]);
    Mask::new(mask.width(), mask.height(), turned.collect())
}

/// The rows of a manifest, and those of the annotated series whose list lies beside it.
///
/// # Errors
/// A faulty manifest or list; a list in another folder, or a patient of the same name in both.
pub fn with_manifest(manifest: &Path, annotated: Option<&Path>) -> Result<Vec<Row>, String> {
    let mut rows = manifest::read(manifest).map_err(|e| e.to_string())?;
    if let Some(path) = annotated {
        if folder_of(path) != folder_of(manifest) {
            return Err(format!(
                "{} must lie beside {}: paths are relative to the folder",
                path.display(),
                manifest.display()
            ));
        }
        let series: Vec<Row> = read(path)?.iter().map(Annotated::row).collect();
        if let Some(row) = series
            .iter()
            .find(|row| rows.iter().any(|other| other.patient == row.patient))
        {
            return Err(format!(
                "{}: patient {} is in {} too",
                path.display(),
                row.patient,
                manifest.display()
            ));
        }
        rows.extend(series);
    }
    Ok(rows)
}

fn folder_of(path: &Path) -> Option<PathBuf> {
    std::path::absolute(path)
        .ok()
        .and_then(|path| std::fs::canonicalize(path.parent()?).ok())
}

/// Reads `masks.csv`.
///
/// # Errors
/// Names the line that lacks a column.
pub fn read(path: &Path) -> Result<Vec<Annotated>, String> {
    let lines = columns::read(path, ["slice", "lung", "lesion", "volume", "lesion_px"])?;
    lines
        .into_iter()
        .map(|Line { number, fields }| {
            let [slice, lung, lesion, volume, lesion_px] = fields;
            let lesion_px = lesion_px.parse().map_err(|e| {
                columns::wrong(path, number, format!("lesion_px {lesion_px:?}: {e}"))
            })?;
            Ok(Annotated {
                slice: slice.into(),
                lung: lung.into(),
                lesion: lesion.into(),
                volume,
                lesion_px,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_quarter_turns_change_nothing_and_one_turns_against_the_clock() {
        let mask = Mask::new(2, 2, vec![1, 0, 0, 0]).expect("fits");
        let once = turn(&mask).expect("square");
        assert_eq!(
            once.values(),
            [0, 0, 1, 0],
            "the upper left corner goes to the lower left"
        );
        let four = (0..4).try_fold(mask.clone(), |mask, _| turn(&mask));
        assert_eq!(four, Some(mask));
        assert_eq!(turn(&Mask::new(2, 1, vec![1, 0]).expect("fits")), None);
    }
}
