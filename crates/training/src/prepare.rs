//! Files → network inputs, with the server's own decoding and masking.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use lungsight_imaging::{Limits, SegmentOptions, decode, network_input, segment};
use rayon::prelude::*;

use crate::manifest::Row;

/// A slice ready for the network.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Where it is from.
    pub row: Row,
    /// `INPUT_SIDE²` grey levels, row-major.
    pub pixels: Vec<u8>,
}

/// A slice that gave no input.
#[derive(Debug, Clone)]
pub struct LeftOut {
    /// Where it is from.
    pub row: Row,
    /// Why.
    pub reason: String,
}

/// Decodes, masks and crops every slice, in order; those that can't be used come back with their reason.
pub fn prepare(folder: &Path, rows: Vec<Row>, limits: &Limits) -> (Vec<Prepared>, Vec<LeftOut>) {
    let bar = progress(rows.len() as u64, "preparing slices");
    let results: Vec<(Row, Result<Vec<u8>, String>)> = rows
        .into_par_iter()
        .map(|row| {
            let result = pixels(&folder.join(&row.path), limits);
            bar.inc(1);
            (row, result)
        })
        .collect();
    bar.finish_and_clear();
    let mut prepared = Vec::new();
    let mut left_out = Vec::new();
    for (row, result) in results {
        match result {
            Ok(pixels) => prepared.push(Prepared { row, pixels }),
            Err(reason) => left_out.push(LeftOut { row, reason }),
        }
    }
    (prepared, left_out)
}

fn pixels(path: &Path, limits: &Limits) -> Result<Vec<u8>, String> {
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    let slice = decode(&bytes, limits).map_err(|e| e.to_string())?;
    let segmentation = segment(&slice, &SegmentOptions::default());
    let lungs = segmentation.lungs().map_err(|e| e.to_string())?;
    let input = network_input(&slice, lungs).map_err(|e| e.to_string())?;
    Ok(input.pixels)
}

/// A bar with the time left.
pub fn progress(length: u64, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length)
        .with_style(style)
        .with_message(what.to_owned())
}
