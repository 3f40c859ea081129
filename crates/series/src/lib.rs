//! DICOM and NIfTI to series of axial slices in Hounsfield units.

mod archive;
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

pub use collect::{Collected, SeriesReader, collect};
pub use hu::{AIR_HU, HuSlice, hu_fingerprint};
pub use identifiers::Identifiers;
pub use limits::Limits;
pub use note::Note;
pub use orientation::MAX_TILT_DEGREES;
pub use refusal::{Refusal, Refused, SliceError, UnreadSyntax};
pub use series::{Format, Modality, PixelSpacing, Series, SliceInfo};
pub use window::Window;
