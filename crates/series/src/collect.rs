//! Files → series. Headers are read at once, pixels when a slice is asked for.

use std::sync::Arc;

use crate::group::Groups;
use crate::nifti::Volume;
use crate::series::{Format, Modality, Series, SliceInfo, Source, told_mm};
use crate::{Limits, Note, Refusal, Refused, archive, dicom, nifti};

/// What files gave.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// DICOM series first, then NIfTI volumes, each in the order in which their first files came.
    pub series: Vec<Series>,
    /// What gave nothing, in the order in which it came.
    pub refused: Vec<Refused>,
    /// What is odd about all together; each series has notes of its own.
    pub notes: Vec<Note>,
}

/// Reads files one after the other; see [`SeriesReader`].
pub fn collect(files: impl IntoIterator<Item = (String, Vec<u8>)>, limits: &Limits) -> Collected {
    let mut reader = SeriesReader::new(*limits);
    for (name, bytes) in files {
        reader.add(&name, bytes);
    }
    reader.finish()
}

/// Takes files of any kind one by one and keeps their pixels, compressed as they came. What a file is is told by its bytes;
/// its name is a label.
pub struct SeriesReader {
    limits: Limits,
    kept_bytes: u64,
    /// How many bytes archives may unpack to yet.
    unpack_budget: u64,
    slices: usize,
    groups: Groups,
    volumes: Vec<Series>,
    refused: Vec<Refused>,
}

impl SeriesReader {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            kept_bytes: 0,
            unpack_budget: limits.max_total_bytes,
            slices: 0,
            groups: Groups::default(),
            volumes: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// Bytes of pixel data that are kept for decoding.
    pub fn kept_bytes(&self) -> u64 {
        self.kept_bytes
    }

    /// Takes a file: DICOM, NIfTI (gzip or not) or a zip of such. Hidden files and macOS's resource forks are passed over.
    pub fn add(&mut self, name: &str, bytes: Vec<u8>) {
        if archive::is_hidden(name) {
            return;
        }
        let name = archive::label(name);
        let read = if bytes.len() as u64 > self.limits.max_file_bytes {
            Err(Refusal::TooManyBytes {
                max_bytes: self.limits.max_file_bytes,
            })
        } else if archive::is_zip(&bytes) {
            self.add_archive(&name, &bytes)
        } else {
            self.add_image(&name, bytes)
        };
        self.note_refusal(name, read);
    }

    fn note_refusal(&mut self, name: String, read: Result<(), Refusal>) {
        if let Err(reason) = read {
            self.refused.push(Refused { name, reason });
        }
    }

    fn add_archive(&mut self, name: &str, bytes: &[u8]) -> Result<(), Refusal> {
        let limits = self.limits;
        let mut budget = self.unpack_budget;
        let read = archive::read(bytes, &limits, &mut budget, |entry, unpacked| {
            let read = unpacked.and_then(|unpacked| {
                if archive::is_zip(&unpacked) {
                    return Err(Refusal::NestedArchive);
                }
                self.add_image(&entry, unpacked)
            });
            self.note_refusal(format!("{name}: {entry}"), read);
        });
        self.unpack_budget = budget;
        read
    }

    fn add_image(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), Refusal> {
        if bytes.is_empty() {
            return Err(Refusal::Empty);
        }
        let limits = self.limits;
        if nifti::is_gzip(&bytes) {
            return self.add_volume(name, nifti::read_gzip(&bytes, &limits)?);
        }
        if nifti::is_header(&bytes) {
            return self.add_volume(name, nifti::read_plain(bytes, &limits)?);
        }
        if !dicom::is_dicom(&bytes) {
            return Err(Refusal::UnknownFormat);
        }
        let file = dicom::read(bytes, &limits)?;
        self.keep(file.pixels.kept_bytes(), file.frames.len())?;
        self.groups.add(&Arc::from(name), file);
        Ok(())
    }

    fn add_volume(&mut self, name: &str, volume: Volume) -> Result<(), Refusal> {
        self.keep(volume.bytes(), volume.slices())?;
        self.volumes.push(into_series(name, volume));
        Ok(())
    }

    /// Counts what is to be kept.
    fn keep(&mut self, bytes: usize, slices: usize) -> Result<(), Refusal> {
        let kept_bytes = self.kept_bytes.saturating_add(bytes as u64);
        if kept_bytes > self.limits.max_total_bytes {
            return Err(Refusal::TooManyBytesInAll {
                max_bytes: self.limits.max_total_bytes,
            });
        }
        let slices = self.slices.saturating_add(slices);
        if slices > self.limits.max_slices {
            return Err(Refusal::TooManySlices {
                max_slices: self.limits.max_slices,
            });
        }
        (self.kept_bytes, self.slices) = (kept_bytes, slices);
        Ok(())
    }

    /// Groups and orders what was taken.
    pub fn finish(self) -> Collected {
        let (mut series, notes) = self.groups.finish();
        series.extend(self.volumes);
        Collected {
            series,
            refused: self.refused,
            notes,
        }
    }
}

/// A volume as a series of its own.
fn into_series(name: &str, volume: Volume) -> Series {
    let volume = Arc::new(volume);
    let name: Arc<str> = Arc::from(name);
    let mut notes = vec![Note::UnitsAssumed];
    if volume.is_assumed {
        notes.push(Note::OrientationAssumed);
    }
    if volume.spacing.is_some_and(|spacing| !spacing.is_square()) {
        notes.push(Note::PixelsNotSquare);
    }
    if volume.tilt_degrees > 0 {
        notes.push(Note::Tilted {
            degrees: volume.tilt_degrees,
        });
    }
    let slices = volume.positions_mm.iter().enumerate();
    let slices: Vec<SliceInfo> = slices
        .map(|(slice, &position_mm)| SliceInfo {
            position_mm: told_mm(position_mm),
            name: Arc::clone(&name),
            source: Source::Nifti {
                volume: Arc::clone(&volume),
                slice,
            },
        })
        .collect();
    Series {
        format: Format::Nifti,
        modality: Modality::Unstated,
        size: volume.size(),
        pixel_spacing: volume.spacing,
        slice_thickness_mm: None,
        spacing_mm: (slices.len() > 1).then_some(volume.slice_spacing_mm),
        slices,
        notes,
        identifiers: None,
    }
}
