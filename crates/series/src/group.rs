//! Frames of many files → series: one patient, series, orientation, size and spacing each.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::dicom::{CtFile, Frame, Origin, Rescale};
use crate::order::{Placed, arrange};
use crate::orientation::Plane;
use crate::series::{Format, Modality, PixelSpacing, Series, SliceInfo, Source, told_mm};
use crate::{Identifiers, Note};

/// A frame of a file, with what orders it.
struct Candidate {
    info: SliceInfo,
    sop_instance: String,
    sop_class: String,
    frame: usize,
    number: i64,
    arrival: usize,
    thickness_mm: Option<f64>,
    is_lossy: bool,
    has_rescale: bool,
    has_plane: bool,
}

impl Placed for Candidate {
    fn position_mm(&self) -> Option<f64> {
        self.info.position_mm
    }

    fn sequence(&self) -> (i64, usize, usize) {
        (self.number, self.frame, self.arrival)
    }
}

/// Frames that belong together.
struct Group {
    size: (u32, u32),
    plane: Plane,
    spacing: Option<PixelSpacing>,
    slices: Vec<Candidate>,
}

/// How far a frame lies towards the head; `None` where that is not told, or by numbers too large for an answer.
fn place(plane: Plane, frame: &Frame) -> Option<f64> {
    let place = frame.position_mm.map(|point| plane.place(point));
    place.filter(|mm| mm.is_finite())
}

/// Groups of the same origin lie together, in the order in which they came.
#[derive(Default)]
pub(crate) struct Groups {
    by_origin: HashMap<Origin, usize>,
    origins: Vec<(Origin, Vec<Group>)>,
    arrivals: usize,
}

impl Groups {
    /// Takes a file's frames in.
    pub fn add(&mut self, name: &Arc<str>, file: CtFile) {
        let CtFile {
            origin,
            sop_instance,
            sop_class,
            number,
            is_lossy,
            frames,
            pixels,
        } = file;
        let size = (pixels.columns, pixels.rows);
        let pixels = Arc::new(pixels);
        let at = *self.by_origin.entry(origin.clone()).or_insert_with(|| {
            self.origins.push((origin, Vec::new()));
            self.origins.len() - 1
        });
        let groups = &mut self.origins[at].1;
        for (number_in_file, frame) in frames.iter().enumerate() {
            let plane = frame.plane.unwrap_or(Plane::USUAL);
            let source = Source::Dicom {
                pixels: Arc::clone(&pixels),
                frame: number_in_file,
                rescale: frame.rescale.unwrap_or(Rescale::NONE),
                plane,
            };
            let candidate = Candidate {
                info: SliceInfo {
                    position_mm: place(plane, frame),
                    name: Arc::clone(name),
                    source,
                },
                sop_instance: sop_instance.clone(),
                sop_class: sop_class.clone(),
                frame: number_in_file,
                number: number.unwrap_or(i64::MAX),
                arrival: self.arrivals,
                thickness_mm: frame.thickness_mm,
                is_lossy,
                has_rescale: frame.rescale.is_some(),
                has_plane: frame.plane.is_some(),
            };
            self.arrivals += 1;
            let belongs = |group: &&mut Group| group.holds(size, plane, frame);
            match groups.iter_mut().find(belongs) {
                Some(group) => group.slices.push(candidate),
                None => groups.push(Group {
                    size,
                    plane,
                    spacing: frame.spacing,
                    slices: vec![candidate],
                }),
            }
        }
    }

    /// The series, in the order in which their first files came, and what is odd about all together.
    pub fn finish(self) -> (Vec<Series>, Vec<Note>) {
        let patients: HashSet<_> = self
            .origins
            .iter()
            .map(|(o, _)| o.patient.clone())
            .collect();
        let mut notes = Vec::new();
        if patients.len() > 1 {
            notes.push(Note::SeveralPatients {
                patients: patients.len(),
            });
        }
        let mut series = Vec::new();
        for (origin, groups) in self.origins {
            let odd = apart(&groups);
            for group in groups {
                series.push(group.into_series(&origin, odd.clone()));
            }
        }
        (series, notes)
    }
}

/// Why groups of one origin are not one series.
fn apart(groups: &[Group]) -> Vec<Note> {
    let Some(first) = groups.first() else {
        return Vec::new();
    };
    let mut notes = Vec::new();
    let differs = |one: &Group| !one.plane.is_near(&first.plane);
    if groups
        .iter()
        .any(|one| one.size != first.size || !near(one.spacing, first.spacing))
    {
        notes.push(Note::MixedSizes);
    }
    if groups.iter().any(differs) {
        notes.push(Note::MixedOrientations);
    }
    notes
}

/// Whether two spacings are the same but for rounding.
fn near(one: Option<PixelSpacing>, other: Option<PixelSpacing>) -> bool {
    let close = |one: f64, other: f64| (one - other).abs() <= 0.001 * one.max(other);
    match (one, other) {
        (Some(one), Some(other)) => {
            close(one.rows_mm, other.rows_mm) && close(one.columns_mm, other.columns_mm)
        }
        (one, other) => one == other,
    }
}

impl Group {
    fn holds(&self, size: (u32, u32), plane: Plane, frame: &Frame) -> bool {
        self.size == size && self.plane.is_near(&plane) && near(self.spacing, frame.spacing)
    }

    fn into_series(self, origin: &Origin, mut notes: Vec<Note>) -> Series {
        let mut slices = self.slices;
        if slices.iter().any(|slice| !slice.has_plane) {
            notes.push(Note::OrientationAssumed);
        }
        if slices.iter().any(|slice| !slice.has_rescale) {
            notes.push(Note::UnitsAssumed);
        }
        if slices.iter().any(|slice| slice.is_lossy) {
            notes.push(Note::LossyCompression);
        }
        if self.spacing.is_some_and(|spacing| !spacing.is_square()) {
            notes.push(Note::PixelsNotSquare);
        }
        let degrees = self.plane.tilt_degrees();
        if degrees > 0 {
            notes.push(Note::Tilted { degrees });
        }
        let spacing_mm = arrange(&mut slices, &mut notes);
        let is_placed = slices.iter().all(|slice| slice.info.position_mm.is_some());
        let on_its_side = self.plane.is_on_its_side();
        let turned = |(columns, rows)| {
            if on_its_side {
                (rows, columns)
            } else {
                (columns, rows)
            }
        };
        let pixel_spacing = self.spacing.map(|spacing| {
            let (columns_mm, rows_mm) = turned((spacing.columns_mm, spacing.rows_mm));
            PixelSpacing {
                rows_mm,
                columns_mm,
            }
        });
        let first = slices.first();
        Series {
            format: Format::Dicom,
            modality: Modality::Ct,
            size: if on_its_side {
                (self.size.1, self.size.0)
            } else {
                self.size
            },
            pixel_spacing,
            slice_thickness_mm: first.and_then(|slice| slice.thickness_mm),
            spacing_mm,
            identifiers: Some(Identifiers {
                study: origin.study.clone(),
                series: origin.series.clone(),
                sop_class: first
                    .map(|slice| slice.sop_class.clone())
                    .unwrap_or_default(),
                instances: slices
                    .iter()
                    .map(|slice| (slice.sop_instance.clone(), slice.frame as u32 + 1))
                    .collect(),
            }),
            slices: slices
                .into_iter()
                .map(|slice| SliceInfo {
                    position_mm: slice
                        .info
                        .position_mm
                        .filter(|_| is_placed)
                        .and_then(told_mm),
                    ..slice.info
                })
                .collect(),
            notes,
        }
    }
}
