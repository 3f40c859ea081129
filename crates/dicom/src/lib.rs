//! Results as DICOM files, for people who keep images in a PACS.
//!
//! ```
//! use std::time::SystemTime;
//!
//! use lungsight_dicom::{Maker, Outcome, Picture, Results, SliceResult};
//! use lungsight_imaging::{Class, Probabilities};
//!
//! let probabilities = Probabilities::new([0.1, 0.1, 0.8]).ok_or("not a distribution")?;
//! let outcome = Outcome { class: Class::Covid, probabilities, inconclusive: false };
//! let results = Results {
//!     patient: outcome,
//!     slices: vec![SliceResult { number: 1, outcome }],
//!     key_slices: vec![1],
//!     maker: Maker { model: "resnet18-fpn".into(), device: "CPU".into(), software: "0.1.0".into() },
//!     created: SystemTime::now(),
//!     burned_in_annotation: Some(false),
//! };
//! let overlay = |_: &SliceResult| Some(Picture { width: 64, height: 64, rgb: vec![0; 64 * 64 * 3] });
//! let files = results.files(None, overlay)?.collect::<Result<Vec<_>, _>>()?;
//! assert_eq!(files.len(), 2);
//! assert_eq!(&files[1].bytes[128..132], b"DICM");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod out;
mod uid;

pub use out::{
    CAUTION, File, Files, Maker, Origin, OutError, Outcome, Patient, Picture, Results, SliceResult,
};
