//! How a volume lies in the patient: sform, else qform, else as nibabel takes it, and which of its axes is which.
//!
//! NIfTI's coordinates grow to the patient's right, front and head.

use super::header::Header;
use crate::Refusal;
use crate::orientation::{Vector, dot, is_along, not_axial, unit};

/// Columns are the steps of i, j and k in mm; then the place of the first voxel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Affine {
    pub steps: [Vector; 3],
    pub origin: Vector,
    /// Nothing said how the volume lies.
    pub is_assumed: bool,
}

impl Affine {
    /// In the order in which nibabel looks: sform, qform, neither. With neither, i runs to the left, j to the front and k
    /// to the head (nibabel's `default_x_flip`), around the volume's middle.
    pub fn new(header: &Header) -> Result<Self, Refusal> {
        let affine = if let Some(rows) = header.sform {
            Self {
                steps: [0, 1, 2].map(|axis| rows.map(|row| row[axis])),
                origin: rows.map(|row| row[3]),
                is_assumed: false,
            }
        } else if let Some((quaternion, origin)) = header.qform {
            let mut steps = rotation(quaternion);
            if header.handedness < 0.0 {
                steps[2] = steps[2].map(|part| -part);
            }
            let scaled = |axis: usize| steps[axis].map(|part| part * header.spacing[axis]);
            Self {
                steps: [0, 1, 2].map(scaled),
                origin,
                is_assumed: false,
            }
        } else {
            let [i, j, k] = header.spacing.map(|mm| if mm > 0.0 { mm } else { 1.0 });
            Self {
                steps: [[-i, 0.0, 0.0], [0.0, j, 0.0], [0.0, 0.0, k]],
                origin: [0.0; 3],
                is_assumed: true,
            }
        };
        let parts = affine.steps.iter().flatten().chain(&affine.origin);
        if parts.into_iter().all(|part| part.is_finite()) {
            Ok(affine)
        } else {
            Err(Refusal::CorruptHeader)
        }
    }

    /// Which axis of the volume runs across the patient, which from front to back, which from head to feet.
    pub fn axes(&self) -> Result<[usize; 3], Refusal> {
        let mut along = [3; 3];
        for (axis, step) in self.steps.iter().enumerate() {
            let direction = unit(*step).ok_or(Refusal::CorruptHeader)?;
            let patient = (0..3).find(|&patient| is_along(direction, patient));
            along[patient.ok_or_else(not_axial)?] = axis;
        }
        if along.contains(&3) {
            return Err(not_axial());
        }
        Ok(along)
    }
}

/// How far apart voxels are along a step.
pub(crate) fn length(step: Vector) -> f64 {
    dot(step, step).sqrt()
}

/// Columns of the rotation that a unit quaternion with these three parts makes; the first part is what is left.
fn rotation([b, c, d]: [f64; 3]) -> [Vector; 3] {
    let rest = 1.0 - (b * b + c * c + d * d);
    let (a, b, c, d) = if rest < 1e-7 {
        // Rounded beyond 1: a turn by 180 degrees.
        let scale = 1.0 / (b * b + c * c + d * d).sqrt();
        (0.0, b * scale, c * scale, d * scale)
    } else {
        (rest.sqrt(), b, c, d)
    };
    let (aa, bb, cc, dd) = (a * a, b * b, c * c, d * d);
    [
        [
            aa + bb - cc - dd,
            2.0 * (b * c + a * d),
            2.0 * (b * d - a * c),
        ],
        [
            2.0 * (b * c - a * d),
            aa + cc - bb - dd,
            2.0 * (c * d + a * b),
        ],
        [
            2.0 * (b * d + a * c),
            2.0 * (c * d - a * b),
            aa + dd - bb - cc,
        ],
    ]
}
