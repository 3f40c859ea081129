//! Series of DICOM and NIfTI files: read on this device, looked at, and sent as pictures of their slices with masks.

mod choice;
mod gather;
mod shelf;
mod viewer;
mod windowing;

pub use choice::SeriesList;
pub use gather::{Gathered, gather};
pub use shelf::{Chosen, ReadSeries, Shelf};
