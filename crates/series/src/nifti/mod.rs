//! A NIfTI-1 volume as axial slices: one file, packed with gzip or not.

mod affine;
mod header;
mod voxels;

use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::inflate::{inflate, too_much};
use crate::orientation::{Axis, Vector, Walk, cross, dot, unit};
use crate::series::PixelSpacing;
use crate::{Limits, Refusal};
use affine::{Affine, length};
use header::{HEADER_BYTES, Header};

pub(crate) use header::is_header;

/// A volume; its voxels lie as they are stored.
pub(crate) struct Volume {
    header: Header,
    voxels: Vec<u8>,
    walk: Walk,
    /// From head to feet.
    through: Axis,
    pub spacing: Option<PixelSpacing>,
    /// Of the slices along their normal, in mm, growing towards the head; the first is nearest to it.
    pub positions_mm: Vec<f64>,
    pub slice_spacing_mm: f64,
    pub tilt_degrees: u32,
    pub is_assumed: bool,
}

pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Reads a file packed with gzip: its header first, so that what is no volume is not unpacked.
pub(crate) fn read_gzip(file: &[u8], limits: &Limits) -> Result<Volume, Refusal> {
    let mut start = Vec::new();
    let mut reader = MultiGzDecoder::new(file).take(HEADER_BYTES as u64);
    let read = reader.read_to_end(&mut start);
    if !is_header(&start) {
        return Err(Refusal::UnknownFormat);
    }
    read.map_err(|_| Refusal::TruncatedPixels)?;
    let header = Header::read(&start)?;
    let packed = file.len() as u64;
    if needed(&header, limits)? as u64 > limits.unpacked(packed) {
        return Err(too_much(packed, limits));
    }
    let unpacked = inflate(
        MultiGzDecoder::new(file),
        packed,
        limits,
        Refusal::TruncatedPixels,
    )?;
    read_plain(unpacked, limits)
}

/// Reads a file that is not packed.
pub(crate) fn read_plain(mut file: Vec<u8>, limits: &Limits) -> Result<Volume, Refusal> {
    let header = Header::read(&file)?;
    let end = needed(&header, limits)?;
    if file.len() < end {
        return Err(Refusal::TruncatedPixels);
    }
    let affine = Affine::new(&header)?;
    let [across, down, through] = affine.axes()?;
    let axis = |axis: usize, reversed| Axis {
        length: header.sides[axis],
        stride: header.sides[..axis].iter().product(),
        reversed,
    };
    // Columns run to the left, rows to the back, slices to the feet: against NIfTI's axes.
    let runs_forward = |patient: usize, axis: usize| affine.steps[axis][patient] > 0.0;
    let walk = Walk::new(
        axis(across, runs_forward(0, across)),
        axis(down, runs_forward(1, down)),
    );
    let through_axis = axis(through, runs_forward(2, through));
    let normal = normal(affine.steps[across], affine.steps[down]).ok_or(Refusal::CorruptHeader)?;
    let step = dot(affine.steps[through], normal);
    let place = |slice: usize| {
        let number = (through_axis.offset(slice) / through_axis.stride) as f64;
        dot(affine.origin, normal) + number * step
    };
    let (slices, is_assumed) = (through_axis.length, affine.is_assumed);
    file.truncate(end);
    file.drain(..header.offset);
    Ok(Volume {
        spacing: PixelSpacing::new(length(affine.steps[down]), length(affine.steps[across])),
        positions_mm: (0..slices).map(place).collect(),
        slice_spacing_mm: step.abs(),
        tilt_degrees: normal[2].clamp(-1.0, 1.0).acos().to_degrees().round() as u32,
        is_assumed,
        header,
        voxels: file,
        walk,
        through: through_axis,
    })
}

/// Towards the head.
fn normal(across: Vector, down: Vector) -> Option<Vector> {
    let normal = unit(cross(across, down))?;
    Some(if normal[2] < 0.0 {
        normal.map(|part| -part)
    } else {
        normal
    })
}

/// Bytes that the file must have, once its sides are held to the limits.
fn needed(header: &Header, limits: &Limits) -> Result<usize, Refusal> {
    let [i, j, k] = header.sides;
    // Which side is the number of slices is the orientation's affair; none may be longer than a slice's or their number.
    let [across, down, through] = Affine::new(header)?.axes()?;
    let side = |axis: usize| header.sides[axis] as u32;
    if side(across).max(side(down)) > limits.max_side {
        return Err(Refusal::Size {
            columns: side(across),
            rows: side(down),
            max_side: limits.max_side,
        });
    }
    if header.sides[through] > limits.max_slices {
        return Err(Refusal::TooManySlices {
            max_slices: limits.max_slices,
        });
    }
    let voxels = i.checked_mul(j).and_then(|area| area.checked_mul(k));
    voxels
        .and_then(|voxels| voxels.checked_mul(header.voxel.bytes()))
        .and_then(|bytes| bytes.checked_add(header.offset))
        .ok_or(Refusal::TooManyBytes {
            max_bytes: limits.max_file_bytes,
        })
}

impl Volume {
    pub fn slices(&self) -> usize {
        self.through.length
    }

    /// Columns and rows of a slice, as it is looked at.
    pub fn size(&self) -> (u32, u32) {
        (self.walk.width as u32, self.walk.height as u32)
    }

    /// Bytes that are kept.
    pub fn bytes(&self) -> usize {
        self.voxels.len()
    }

    /// A slice in Hounsfield units, the one nearest the head first. `None` beyond the last.
    pub fn decode(&self, slice: usize) -> Option<Vec<i16>> {
        if slice >= self.slices() {
            return None;
        }
        let first = self.through.offset(slice);
        let offsets = self.walk.offsets().map(|offset| first + offset);
        Some(voxels::to_hu(&self.voxels, &self.header, offsets))
    }
}
