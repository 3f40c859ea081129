//! Files → network inputs, with the server's own decoding and masking.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use lungsight_imaging::{
    DecodeError, Limits, NoLungs, SegmentOptions, Slice, UnmaskedInput, decode, segment,
    unmasked_input,
};
use lungsight_series::{Refusal, SliceError, Window, collect};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::manifest::Row;

/// A slice ready for the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// Where it is from.
    pub row: Row,
    /// `INPUT_SIDE²` grey levels, row-major, 0 outside the lungs: what the server's network sees.
    pub pixels: Vec<u8>,
    /// The same without the mask.
    pub around: Vec<u8>,
}

/// A slice that gave no input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Where it is from.
    pub row: Row,
    /// Why.
    pub reason: String,
}

/// Why a slice gave no input.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The file can't be read.
    #[error("{0}")]
    Read(#[from] std::io::Error),
    /// The file is no picture we read.
    #[error("{0}")]
    Decode(#[from] DecodeError),
    /// The file is no CT slice.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The slice's pixels are damaged.
    #[error("{0}")]
    Damaged(#[from] SliceError),
    /// The file holds many slices; a row of a manifest is one.
    #[error("the file holds {0} slices; one is read")]
    Slices(usize),
    /// The picture shows no lungs.
    #[error("{0}")]
    NoLungs(#[from] NoLungs),
}

/// Slices ready for the network, those without lungs, and those that can't be read.
#[derive(Debug, Default)]
pub struct Preparation {
    /// Usable, in the manifest's order.
    pub prepared: Vec<Prepared>,
    /// No lungs found.
    pub left_out: Vec<LeftOut>,
    /// No picture: a fault of the manifest.
    pub unreadable: Vec<LeftOut>,
}

/// Decodes, masks and crops every slice, in order.
pub fn prepare(folder: &Path, rows: Vec<Row>, limits: &Limits) -> Preparation {
    let bar = progress(rows.len() as u64, "preparing slices");
    let results: Vec<(Row, Result<UnmaskedInput, Unusable>)> = rows
        .into_par_iter()
        .map(|row| {
            let result = slice_input(&folder.join(&row.path), limits).map(|(_, input)| input);
            bar.inc(1);
            (row, result)
        })
        .collect();
    bar.finish_and_clear();
    let mut preparation = Preparation::default();
    for (row, result) in results {
        match result {
            Ok(both) => preparation.prepared.push(Prepared {
                row,
                pixels: both.input.pixels,
                around: both.around,
            }),
            Err(reason) => {
                let list = match reason {
                    Unusable::NoLungs(_) => &mut preparation.left_out,
                    _ => &mut preparation.unreadable,
                };
                list.push(LeftOut {
                    row,
                    reason: reason.to_string(),
                });
            }
        }
    }
    preparation
}

/// One file's slice and what the network sees of it.
///
/// # Errors
/// See [`Unusable`].
pub fn slice_input(path: &Path, limits: &Limits) -> Result<(Slice, UnmaskedInput), Unusable> {
    let (slice, _) = picture(std::fs::read(path)?, limits)?;
    let segmentation = segment(&slice, &SegmentOptions::default());
    let input = unmasked_input(&slice, segmentation.lungs()?)?;
    Ok((slice, input))
}

/// A file's slice, and the file where it is a picture; of a DICOM file, which tells whose slice it is, the slice alone.
pub(crate) fn picture(
    bytes: Vec<u8>,
    limits: &Limits,
) -> Result<(Slice, Option<Vec<u8>>), Unusable> {
    match decode(&bytes, limits) {
        Err(DecodeError::UnknownFormat) => Ok((windowed(bytes)?, None)),
        slice => Ok((slice?, Some(bytes))),
    }
}

/// The one slice of a DICOM file in the lung window.
fn windowed(bytes: Vec<u8>) -> Result<Slice, Unusable> {
    let collected = collect(
        [(String::new(), bytes)],
        &lungsight_series::Limits::default(),
    );
    if let Some(refused) = collected.refused.into_iter().next() {
        return Err(refused.reason.into());
    }
    let slices = collected.series.iter().map(|series| series.slices().len());
    match (collected.series.first(), slices.sum()) {
        (Some(series), 1) => Ok(Window::LUNG.apply(&series.decode(0)?)),
        (_, slices) => Err(Unusable::Slices(slices)),
    }
}

/// A bar with the time left.
pub fn progress(length: u64, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length)
        .with_style(style)
        .with_message(what.to_owned())
}

#[cfg(test)]
mod tests {
    use lungsight_series::synthetic::{Coding, dicom_series, zip};

    use super::*;

    #[test]
    fn a_dicom_slice_is_windowed_and_masked_and_an_archive_of_many_is_none() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("slice");
        let (slices, files) = dicom_series(256, 2, &Coding::JpegLossless);
        std::fs::write(&path, &files[0].1).expect("write");
        let (slice, input) = slice_input(&path, &Limits::default()).expect("lungs");
        assert_eq!(slice, Window::LUNG.apply(&slices[0]));
        assert!(input.input.pixels.iter().any(|&grey| grey > 0));
        std::fs::write(&path, zip(&files)).expect("write");
        let many = slice_input(&path, &Limits::default());
        assert!(matches!(many, Err(Unusable::Slices(2))));
        std::fs::write(&path, b"no slice").expect("write");
        let other = slice_input(&path, &Limits::default());
        assert!(matches!(other, Err(Unusable::Refused(_))));
    }
}
