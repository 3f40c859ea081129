//! Results as DICOM files, and the DICOMweb server (a PACS, an Orthanc) that series come from and results go back to.
//!
//! # Results
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
//!     notes: Vec::new(),
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
//!
//! # A DICOMweb server
//!
//! ```no_run
//! # async fn exchange(results: lungsight_dicom::Results) -> Result<(), Box<dyn std::error::Error>> {
//! use lungsight_dicom::web::{Client, Query, WebLimits};
//! use lungsight_dicom::{Origin, Patient};
//! use lungsight_series::{Limits, SeriesReader};
//!
//! let client = Client::new("http://127.0.0.1:8042/dicom-web", None, WebLimits::default())?;
//! let found = client.series(&Query::default()).await?.swap_remove(0);
//! let mut instances = client.fetch(&found.study_instance_uid, &found.series_instance_uid).await?;
//! let mut reader = SeriesReader::new(Limits::default());
//! while let Some(file) = instances.next(|_| true).await? {
//!     reader.add("", file);
//! }
//! let series = reader.finish().series.swap_remove(0);
//! // … classify it. Where the user asks for results beside the original:
//! let origin = Origin::new(series.identifiers().ok_or("no identifiers")?)?
//!     .with_patient(Patient { name: found.patient_name, id: found.patient_id });
//! # let overlay = |_: &lungsight_dicom::SliceResult| None;
//! let files = results.files(Some(&origin), overlay)?.collect::<Result<Vec<_>, _>>()?;
//! let stored = client.store(files.into_iter().map(|file| file.bytes)).await?;
//! assert!(stored.failed.is_empty());
//! # Ok(())
//! # }
//! ```

mod out;
mod uid;
pub mod web;

pub use out::{
    CAUTION, File, Files, Maker, Origin, OutError, Outcome, Patient, Picture, Results, SliceResult,
    Uids,
};
