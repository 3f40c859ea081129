//! Files made of phantoms, for tests, examples and fuzzers: what is in them is known, and shows nobody.

mod dicom;
mod encode;
mod nifti;

use std::io::{Cursor, Write as _};

use lungsight_imaging::{PhantomOptions, phantom};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::{AIR_HU, HuSlice, Window};

pub use dicom::{Coding, Datum, FrameOfSeries, Tags, ct_slice};
pub use nifti::{Form, NiftiOptions, nifti};

/// A phantom in Hounsfield units, as the lung window would show it, nothing below air. At least 64 pixels wide; seeds differ in build and noise.
pub fn hu_slice(side: u32, seed: u64) -> HuSlice {
    let drawn = phantom(&PhantomOptions {
        side,
        seed,
        ..PhantomOptions::default()
    });
    let window = Window::LUNG;
    let darkest = window.centre_hu - window.width_hu / 2.0;
    let hu = |&grey: &u8| {
        let hu = darkest + f32::from(grey) * window.width_hu / 255.0;
        (hu.round() as i16).max(AIR_HU)
    };
    let (width, height) = (drawn.slice.width(), drawn.slice.height());
    let values = drawn.slice.pixels().iter().map(hu).collect();
    HuSlice::new(width, height, values).expect("a phantom has its size")
}

/// A series of `count` DICOM files, 5 mm apart, the slice nearest the head first, and what is in them. The files come with
/// names.
pub fn dicom_series(
    side: u32,
    count: u32,
    coding: &Coding,
) -> (Vec<HuSlice>, Vec<(String, Vec<u8>)>) {
    let slices: Vec<HuSlice> = (0..count)
        .map(|n| hu_slice(side, u64::from(n) + 1))
        .collect();
    let files = slices.iter().zip(0..).map(|(slice, number)| {
        let place = FrameOfSeries {
            number,
            position_mm: -5.0 * f64::from(number),
            ..FrameOfSeries::default()
        };
        (
            format!("{number:04}.dcm"),
            ct_slice(slice, &place).file(coding),
        )
    });
    let files = files.collect();
    (slices, files)
}

/// An archive, deflated.
pub fn zip(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options = SimpleFileOptions::default();
        let started = writer.start_file(name.as_str(), options);
        started.expect("a new entry in memory");
        writer.write_all(bytes).expect("memory is written to");
    }
    writer.finish().expect("memory is written to").into_inner()
}
