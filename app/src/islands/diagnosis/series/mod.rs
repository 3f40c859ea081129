//! Series of DICOM and NIfTI files: read on this device, looked at, and sent as pictures of their slices with masks.

mod choice;
mod choosing;
mod gather;
mod kept;
mod shelf;
mod viewer;
mod windowing;

pub use choice::SeriesList;
pub use gather::{Gathered, gather};
pub use kept::Kept;
pub use shelf::{Chosen, ReadSeries, Shelf};
