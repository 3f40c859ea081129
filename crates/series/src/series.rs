//! A series of axial slices, decoded one at a time.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::dicom::{Pixels, Rescale};
use crate::nifti::Volume;
use crate::orientation::Plane;
use crate::{HuSlice, Identifiers, Note, Refusal, SliceError};

/// How the files of a series are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    Dicom,
    Nifti,
}

/// What a series was taken with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Modality {
    Ct,
    /// NIfTI doesn't say.
    Unstated,
}

/// Distances between the centres of neighbouring pixels, in mm, both more than 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PixelSpacing {
    /// From a row to the next.
    pub rows_mm: f64,
    /// From a column to the next.
    pub columns_mm: f64,
}

impl PixelSpacing {
    /// `None` where a distance is none.
    pub fn new(rows_mm: f64, columns_mm: f64) -> Option<Self> {
        let is_length = |mm: f64| mm.is_finite() && mm > 0.0;
        (is_length(rows_mm) && is_length(columns_mm)).then_some(Self {
            rows_mm,
            columns_mm,
        })
    }

    /// Whether both sides of a pixel are as long, but for what nobody sees.
    pub fn is_square(self) -> bool {
        let ratio = self.rows_mm / self.columns_mm;
        (1.0 / NEARLY..=NEARLY).contains(&ratio)
    }
}

/// A pixel's sides may differ by so much and count as equal.
const NEARLY: f64 = 1.05;

/// One slice of a series, before it is decoded.
#[derive(Clone)]
pub struct SliceInfo {
    /// Along the slices' normal, in mm, growing towards the head, to a tenth; `None` where not all of the series' files say, or what
    /// they say is beyond [`FURTHEST_MM`].
    pub position_mm: Option<f64>,
    /// The name of the file that it is in, as it was handed over. May identify a person: for the user's eyes alone.
    pub name: Arc<str>,
    pub(crate) source: Source,
}

/// Furthest that a slice is said to lie from where its series is measured, in mm either way: what is further is no mm.
pub const FURTHEST_MM: f64 = 10_000.0;

/// A position as it is told.
pub(crate) fn told_mm(mm: f64) -> Option<f64> {
    // The sum makes 0 of −0.
    let told = (mm * 10.0).round() / 10.0 + 0.0;
    (told.abs() <= FURTHEST_MM).then_some(told)
}

/// Where a slice's pixels are.
#[derive(Clone)]
pub(crate) enum Source {
    Dicom {
        pixels: Arc<Pixels>,
        frame: usize,
        rescale: Rescale,
        plane: Plane,
    },
    Nifti {
        volume: Arc<Volume>,
        slice: usize,
    },
}

impl std::fmt::Debug for SliceInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SliceInfo")
            .field("position_mm", &self.position_mm)
            .finish_non_exhaustive()
    }
}

/// Slices of one patient, series, orientation and size, the one nearest the head first. Pixels are kept as they came
/// (compressed or not) and decoded when asked for. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Series {
    pub(crate) format: Format,
    pub(crate) modality: Modality,
    pub(crate) size: (u32, u32),
    pub(crate) pixel_spacing: Option<PixelSpacing>,
    pub(crate) slice_thickness_mm: Option<f64>,
    pub(crate) spacing_mm: Option<f64>,
    pub(crate) slices: Vec<SliceInfo>,
    pub(crate) notes: Vec<Note>,
    pub(crate) identifiers: Option<Identifiers>,
}

impl Series {
    pub fn format(&self) -> Format {
        self.format
    }

    pub fn modality(&self) -> Modality {
        self.modality
    }

    /// Width of every decoded slice in pixels.
    pub fn width(&self) -> u32 {
        self.size.0
    }

    /// Height of every decoded slice in pixels.
    pub fn height(&self) -> u32 {
        self.size.1
    }

    /// Of the decoded slices; `None` where no file says.
    pub fn pixel_spacing(&self) -> Option<PixelSpacing> {
        self.pixel_spacing
    }

    /// How much of the body a slice shows from head to feet, in mm; NIfTI doesn't say.
    pub fn slice_thickness_mm(&self) -> Option<f64> {
        self.slice_thickness_mm
    }

    /// The usual distance from a slice to the next, in mm: the median. `None` with one slice or without positions.
    pub fn spacing_mm(&self) -> Option<f64> {
        self.spacing_mm
    }

    /// The slices, the one nearest the head first; never empty.
    pub fn slices(&self) -> &[SliceInfo] {
        &self.slices
    }

    /// What is odd about the series.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// For DICOM output only; NIfTI has none.
    pub fn identifiers(&self) -> Option<&Identifiers> {
        self.identifiers.as_ref()
    }

    /// Decodes a slice: samples, Hounsfield units, then rows and columns turned to the patient's front and right.
    ///
    /// `index` counts from 0, the slice nearest the head.
    ///
    /// # Errors
    /// [`SliceError`]: there is no such slice, or its compressed pixels are damaged.
    pub fn decode(&self, index: usize) -> Result<HuSlice, SliceError> {
        let number = index.saturating_add(1);
        let slice = self.slices.get(index).ok_or(SliceError::NoSuchSlice {
            number,
            slices: self.slices.len(),
        })?;
        let fail = |reason| SliceError::Pixels { number, reason };
        let values = slice.source.decode().map_err(fail)?;
        let (width, height) = self.size;
        HuSlice::new(width, height, values).ok_or_else(|| fail(Refusal::TruncatedPixels))
    }
}

impl Source {
    fn decode(&self) -> Result<Vec<i16>, Refusal> {
        match self {
            Self::Dicom {
                pixels,
                frame,
                rescale,
                plane,
            } => {
                let stored = pixels.decode(*frame, *rescale)?;
                let walk = plane.walk(pixels.columns as usize, pixels.rows as usize);
                Ok(walk.straighten(stored))
            }
            Self::Nifti { volume, slice } => volume.decode(*slice).ok_or(Refusal::TruncatedPixels),
        }
    }
}
