//! Results as DICOM files: a Secondary Capture of each slice with its overlay, and a Structured Report of all.

mod capture;
mod code;
mod common;
mod data;
mod origin;
mod picture;
mod report;

use std::collections::BTreeSet;
use std::time::SystemTime;

use lungsight_imaging::{Class, Probabilities};

use crate::uid;
pub use origin::{Origin, Patient};
pub use picture::Picture;

/// Stands in every file and in every picture.
pub const CAUTION: &str = "RESEARCH ONLY - NOT FOR DIAGNOSTIC USE";

/// What was found in a patient's slices.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// Over all slices.
    pub patient: Outcome,
    /// One Secondary Capture each; at least one.
    pub slices: Vec<SliceResult>,
    /// Numbers of the slices that have rows of their own in the report, the most telling first.
    pub key_slices: Vec<u32>,
    /// What is odd about the series that the slices are of, a sentence each.
    pub notes: Vec<String>,
    /// What found it.
    pub maker: Maker,
    /// When.
    pub created: SystemTime,
    /// Whether the pictures hold names or dates as writing in their pixels; `None` where nobody knows, as with pictures
    /// that were uploaded.
    pub burned_in_annotation: Option<bool>,
}

/// What the model says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The chosen class, also where the result is inconclusive.
    pub class: Class,
    pub probabilities: Probabilities,
    pub inconclusive: bool,
}

/// What the model says of a slice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SliceResult {
    /// Counted from 1, in the original's order.
    pub number: u32,
    pub outcome: Outcome,
}

/// What made the results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maker {
    /// Name and version of the model.
    pub model: String,
    /// What it ran on.
    pub device: String,
    /// Version of the software.
    pub software: String,
}

/// A DICOM file (PS3.10, explicit little endian).
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// A name without identifiers: `slice-0012.dcm`, `report.dcm`.
    pub name: String,
    pub sop_instance_uid: String,
    pub bytes: Vec<u8>,
}

/// Why results can't be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutError {
    #[error("there are no slices to write")]
    NoSlices,
    #[error("slice {number} stands twice among the results, or is numbered 0")]
    SliceNumber { number: u32 },
    #[error("key slice {number} is not among the results")]
    KeySlice { number: u32 },
    #[error("the original's identifiers are missing or malformed")]
    Identifiers,
    #[error("slice {number} has no original to refer to")]
    NoOriginal { number: u32 },
    #[error("there is no picture of slice {number}")]
    NoPicture { number: u32 },
    #[error("the picture of slice {number} is too large, too narrow or not of its size")]
    Picture { number: u32 },
    #[error("there are fewer uids than slices")]
    Uids,
    #[error("the system gives no random numbers")]
    Random,
    #[error("the DICOM file cannot be written")]
    Write,
}

/// UIDs of one set of files. Written again with the same ones, they are the same files, byte for byte.
#[derive(Clone)]
pub struct Uids {
    study: String,
    captures_series: String,
    report_series: String,
    slices: Vec<SliceUids>,
    report: String,
    /// Of what the report says of the patient.
    patient_tracking: String,
}

/// UIDs of what is written of one slice.
#[derive(Clone)]
struct SliceUids {
    capture: String,
    /// Of what the report says of it.
    tracking: String,
}

/// The files, each made when it is asked for: captures in the slices' order, then the report.
pub struct Files<'a, P> {
    results: &'a Results,
    origin: Option<&'a Origin>,
    picture: P,
    uids: Uids,
    next: usize,
}

impl Results {
    /// The results as DICOM files. Without `origin` they hold fresh UIDs and no patient data; with it they belong to the
    /// original's study and refer to its images, and name the patient if it does.
    ///
    /// `picture` gives the overlay of a slice, in the original's rows and columns, when its file is being made, so that
    /// one picture at a time is in memory.
    ///
    /// # Errors
    /// [`OutError`]: at once where the numbers don't fit together, with a file where its picture doesn't.
    pub fn files<'a, P>(
        &'a self,
        origin: Option<&'a Origin>,
        picture: P,
    ) -> Result<Files<'a, P>, OutError>
    where
        P: FnMut(&SliceResult) -> Option<Picture>,
    {
        let uids = Uids::fresh(self.slices.len(), origin)?;
        self.files_with(uids, origin, picture)
    }

    /// The same with UIDs that the files have had before; `uids` must be of the same origin.
    ///
    /// # Errors
    /// As above, and [`OutError::Uids`].
    pub fn files_with<'a, P>(
        &'a self,
        uids: Uids,
        origin: Option<&'a Origin>,
        picture: P,
    ) -> Result<Files<'a, P>, OutError>
    where
        P: FnMut(&SliceResult) -> Option<Picture>,
    {
        self.check(origin)?;
        if uids.slices.len() < self.slices.len() {
            return Err(OutError::Uids);
        }
        Ok(Files {
            uids,
            results: self,
            origin,
            picture,
            next: 0,
        })
    }

    fn check(&self, origin: Option<&Origin>) -> Result<(), OutError> {
        if self.slices.is_empty() {
            return Err(OutError::NoSlices);
        }
        let mut numbers = BTreeSet::new();
        for &SliceResult { number, .. } in &self.slices {
            if number == 0 || !numbers.insert(number) {
                return Err(OutError::SliceNumber { number });
            }
            if origin.is_some_and(|origin| origin.reference(number).is_none()) {
                return Err(OutError::NoOriginal { number });
            }
        }
        match self
            .key_slices
            .iter()
            .find(|number| !numbers.contains(number))
        {
            Some(&number) => Err(OutError::KeySlice { number }),
            None => Ok(()),
        }
    }
}

impl Uids {
    /// Fresh ones for so many slices at most; the study is the original's, where there is one.
    ///
    /// # Errors
    /// [`OutError::Random`].
    pub fn fresh(slices: usize, origin: Option<&Origin>) -> Result<Self, OutError> {
        let fresh = || uid::fresh().ok_or(OutError::Random);
        Ok(Self {
            study: match origin {
                Some(origin) => origin.study.clone(),
                None => fresh()?,
            },
            captures_series: fresh()?,
            report_series: fresh()?,
            slices: (0..slices)
                .map(|_| {
                    Ok(SliceUids {
                        capture: fresh()?,
                        tracking: fresh()?,
                    })
                })
                .collect::<Result<_, _>>()?,
            report: fresh()?,
            patient_tracking: fresh()?,
        })
    }
}

impl<P> Iterator for Files<'_, P>
where
    P: FnMut(&SliceResult) -> Option<Picture>,
{
    type Item = Result<File, OutError>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.next;
        self.next += 1;
        let slices = &self.results.slices;
        match slices.get(at) {
            Some(slice) => {
                let picture = (self.picture)(slice).ok_or(OutError::NoPicture {
                    number: slice.number,
                });
                Some(picture.and_then(|picture| self.capture(at, slice, picture)))
            }
            None if at == slices.len() => Some(self.report()),
            None => None,
        }
    }

    /// Files that are passed over are not made.
    fn nth(&mut self, count: usize) -> Option<Self::Item> {
        let end = self.results.slices.len() + 1;
        self.next = self.next.saturating_add(count).min(end);
        self.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.results.slices.len() + 1).saturating_sub(self.next);
        (left, Some(left))
    }
}

impl std::fmt::Debug for Uids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Uids(..)")
    }
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
