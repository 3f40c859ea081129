//! DICOM and NIfTI, alone, in folders and in zips, to series of axial slices in Hounsfield units.
//!
//! Everything comes from bytes: no files, no threads, no clock, so that the server, the trainer and the browser read alike.
//! Headers are read at once ([`SeriesReader`], [`collect`]), pixels are kept as they came and decoded one slice at a time
//! ([`Series::decode`]).
//!
//! ```
//! use lungsight_series::{Limits, Window, collect, synthetic};
//!
//! let (_, files) = synthetic::dicom_series(64, 3, &synthetic::Coding::Explicit);
//! let collected = collect(files, &Limits::default());
//! let slice = collected.series[0].decode(0)?;
//! assert_eq!(Window::LUNG.apply(&slice).width(), 64);
//! # Ok::<(), lungsight_series::SliceError>(())
//! ```
//!
//! # Conventions
//!
//! - Row 0 is the patient's front, column 0 the patient's right: a slice as radiologists look at it. Rows and columns are
//!   exchanged and turned round, never resampled; a tilt beyond [`MAX_TILT_DEGREES`] is refused, one within is noted.
//! - Slice 0 is nearest the head. Positions are in mm along the slices' normal and grow towards the head.
//! - Hounsfield units are slope · value + intercept, rounded half away from zero. Padding (Pixel Padding Value to Range Limit)
//!   and what is no number are [`AIR_HU`].
//! - One series has one patient, study, series, orientation, size and spacing; others are listed apart, with a [`Note`].
//! - Messages hold no value of a tag; [`Identifiers`] print nothing.
//!
//! # What is read
//!
//! | what | how |
//! | --- | --- |
//! | DICOM | CT and Enhanced CT; with or without preamble and meta information; 8 and 16 bits, signed or not |
//! | transfer syntaxes | implicit, explicit, big endian, deflated, RLE, JPEG baseline and extended (8 bits), JPEG Lossless (both processes), JPEG 2000 |
//! | NIfTI-1 | `.nii`, `.nii.gz`; both byte orders; sform, qform or neither; integers of 8 to 64 bits, floats; one volume |
//! | zip | one level; other files in it are named, hidden ones passed over |
//!
//! Not read, each with its own [`Refusal`]: JPEG-LS, JPEG XL, HTJ2K, 12-bit lossy JPEG (no decoder in Rust alone is in the
//! workspace), JPEG Lossless with restart intervals or a point transform (of which `jpeg-decoder` 0.3 makes other values), modality LUTs, NIfTI-2, `.hdr`/`.img`. Unsigned CT without a rescale is refused, signed taken as it is with a note.
//!
//! What the examples in `shared/data/formats` give (`cargo xtask check-data`; every slice bit-equal to pydicom and nibabel):
//!
//! | file | result |
//! | --- | --- |
//! | `explicit-little-endian.dcm` | one slice; it has no modality, its class says CT |
//! | `implicit-little-endian.dcm` | one slice |
//! | `jpeg-lossless.dcm` | one slice, its padding as air |
//! | `jpeg2000.dcm` | one slice; its class is empty, its modality says CT |
//! | `odd-header-modality-nm.dcm` | refused: not a CT image |
//! | `ten-slices.nii.gz` | ten slices, units taken for Hounsfield's |
//!
//! # Hostile files
//!
//! Lengths are held to the file, nesting to sixteen levels, unpacking to a ratio and a total, frames and sides to [`Limits`],
//! before memory or time is spent; codestreams must declare the header's size before a decoder runs. `fuzz/` has the targets,
//! `tests/corpus.rs` replays what they kept.

mod archive;
mod choose;
mod collect;
mod dicom;
mod group;
mod hu;
mod identifiers;
mod inflate;
mod limits;
mod nifti;
mod note;
mod order;
mod orientation;
mod refusal;
mod series;
pub mod synthetic;
mod window;

pub use choose::{longest, most_within, thinning};
pub use collect::{Collected, SeriesReader, collect};
pub use hu::{AIR_HU, HuSlice, hu_fingerprint};
pub use identifiers::Identifiers;
pub use limits::Limits;
pub use note::Note;
pub use orientation::MAX_TILT_DEGREES;
pub use refusal::{Refusal, Refused, SliceError, UnreadSyntax};
pub use series::{FURTHEST_MM, Format, Modality, PixelSpacing, Series, SliceInfo};
pub use window::Window;
