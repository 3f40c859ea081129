//! Files → network inputs, with the server's own decoding and masking.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use lungsight_imaging::{
    DecodeError, Limits, NoLungs, SegmentOptions, Slice, UnmaskedInput, decode,
    dicom::{Window, decode_dicom, is_dicom},
    segment, unmasked_input,
};
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
    let bytes = std::fs::read(path)?;
    let slice = if is_dicom(&bytes) {
        decode_dicom(&bytes, limits, Window::LUNG)?
    } else {
        decode(&bytes, limits)?
    };
    let segmentation = segment(&slice, &SegmentOptions::default());
    let input = unmasked_input(&slice, segmentation.lungs()?)?;
    Ok((slice, input))
}

/// A bar with the time left.
pub fn progress(length: u64, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length)
        .with_style(style)
        .with_message(what.to_owned())
}
