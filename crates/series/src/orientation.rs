//! From the way a slice is stored to the way a radiologist looks at it: row 0 at the patient's front, column 0 at the
//! patient's right. Nothing is resampled: rows and columns are exchanged and turned round, to the nearest axes.
//!
//! Directions are in DICOM's patient coordinates (PS3.3 C.7.6.2.1.1): x to the patient's left, y to the back, z to the head.

use crate::Refusal;

/// How far a slice may be tilted against the patient's axes. CT gantries tilt to 30 degrees.
pub const MAX_TILT_DEGREES: u32 = 30;

/// Cosine of [`MAX_TILT_DEGREES`].
const MIN_COSINE: f64 = 0.866_025_403_784_438_6;

pub(crate) type Vector = [f64; 3];

/// The way from a slice's first pixel over its rows and columns to where pixels lie in what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Walk {
    pub width: usize,
    pub height: usize,
    pub start: usize,
    /// From a pixel to the one at its right, to the one below.
    pub right: isize,
    pub down: isize,
}

/// An axis of what is stored: how many values, how far apart, and whether it runs the other way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    pub length: usize,
    pub stride: usize,
    pub reversed: bool,
}

impl Axis {
    fn start(self) -> usize {
        if self.reversed {
            (self.length - 1) * self.stride
        } else {
            0
        }
    }

    fn step(self) -> isize {
        let stride = self.stride as isize;
        if self.reversed { -stride } else { stride }
    }

    /// Where the value with this number lies.
    pub fn offset(self, number: usize) -> usize {
        let along = if self.reversed {
            self.length - 1 - number
        } else {
            number
        };
        along * self.stride
    }
}

impl Walk {
    pub fn new(across: Axis, down: Axis) -> Self {
        Self {
            width: across.length,
            height: down.length,
            start: across.start() + down.start(),
            right: across.step(),
            down: down.step(),
        }
    }

    /// Whether stored order is already the one asked for.
    fn is_straight(self) -> bool {
        self.start == 0 && self.right == 1 && self.down == self.width as isize
    }

    /// The offsets of all pixels, row by row.
    pub fn offsets(self) -> impl Iterator<Item = usize> {
        (0..self.height).flat_map(move |row| {
            let first = self.start as isize + row as isize * self.down;
            (0..self.width).map(move |column| (first + column as isize * self.right) as usize)
        })
    }

    /// Puts values in order. They must be as many as the slice has pixels.
    pub fn straighten(self, values: Vec<i16>) -> Vec<i16> {
        if self.is_straight() {
            return values;
        }
        self.offsets().map(|offset| values[offset]).collect()
    }
}

/// How a stored slice lies in the patient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plane {
    /// Along a row, with rising columns; of length 1.
    along_row: Vector,
    /// Down a column, with rising rows; of length 1.
    along_column: Vector,
}

impl Plane {
    /// Rows to the patient's left, columns to the back: how nearly every axial slice is stored.
    pub const USUAL: Self = Self {
        along_row: [1.0, 0.0, 0.0],
        along_column: [0.0, 1.0, 0.0],
    };

    /// Image Orientation (Patient). `Err` where the plane is not axial within [`MAX_TILT_DEGREES`], or no plane.
    pub fn new(cosines: [f64; 6]) -> Result<Self, Refusal> {
        let [a, b, c, d, e, f] = cosines;
        let plane = (unit([a, b, c]), unit([d, e, f]));
        let (Some(along_row), Some(along_column)) = plane else {
            return Err(Refusal::CorruptHeader);
        };
        let plane = Self {
            along_row,
            along_column,
        };
        let square = dot(along_row, along_column).abs() < 0.1;
        let axial = plane.normal()[2].abs() >= MIN_COSINE;
        let upright = along_row[0].abs() >= MIN_COSINE && along_column[1].abs() >= MIN_COSINE;
        let on_its_side = along_row[1].abs() >= MIN_COSINE && along_column[0].abs() >= MIN_COSINE;
        if square && axial && (upright || on_its_side) {
            Ok(plane)
        } else {
            Err(not_axial())
        }
    }

    /// Towards the head.
    pub fn normal(&self) -> Vector {
        let normal = cross(self.along_row, self.along_column);
        let normal = unit(normal).unwrap_or([0.0, 0.0, 1.0]);
        if normal[2] < 0.0 {
            normal.map(|part| -part)
        } else {
            normal
        }
    }

    /// Between the normal and the head, rounded.
    pub fn tilt_degrees(&self) -> u32 {
        self.normal()[2]
            .clamp(-1.0, 1.0)
            .acos()
            .to_degrees()
            .round() as u32
    }

    /// How far a point lies towards the head along the normal, in the units of the point.
    pub fn place(&self, point: Vector) -> f64 {
        dot(self.normal(), point)
    }

    /// Whether rows of what is stored become columns.
    pub fn is_on_its_side(&self) -> bool {
        self.along_row[1].abs() > self.along_row[0].abs()
    }

    /// Whether another plane is the same but for rounding.
    pub fn is_near(&self, other: &Self) -> bool {
        let near = |one: Vector, other: Vector| dot(one, other) > 0.9998;
        near(self.along_row, other.along_row) && near(self.along_column, other.along_column)
    }

    /// The way over a slice of `columns` by `rows` stored pixels.
    pub fn walk(&self, columns: usize, rows: usize) -> Walk {
        let along_row = |reversed| Axis {
            length: columns,
            stride: 1,
            reversed,
        };
        let along_column = |reversed| Axis {
            length: rows,
            stride: columns,
            reversed,
        };
        if self.is_on_its_side() {
            let across = along_column(self.along_column[0] < 0.0);
            Walk::new(across, along_row(self.along_row[1] < 0.0))
        } else {
            let across = along_row(self.along_row[0] < 0.0);
            Walk::new(across, along_column(self.along_column[1] < 0.0))
        }
    }
}

pub(crate) fn not_axial() -> Refusal {
    Refusal::NotAxial {
        max_degrees: MAX_TILT_DEGREES,
    }
}

/// Whether a direction of length 1 lies along an axis, within [`MAX_TILT_DEGREES`].
pub(crate) fn is_along(direction: Vector, axis: usize) -> bool {
    direction[axis].abs() >= MIN_COSINE
}

pub(crate) fn dot(one: Vector, other: Vector) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

pub(crate) fn cross([a, b, c]: Vector, [d, e, f]: Vector) -> Vector {
    [b * f - c * e, c * d - a * f, a * e - b * d]
}

/// The same direction with length 1; `None` where there is none.
pub(crate) fn unit(vector: Vector) -> Option<Vector> {
    let length = dot(vector, vector).sqrt();
    (length.is_finite() && length > 1e-6).then(|| vector.map(|part| part / length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A slice of 3 by 2 whose pixels are numbered as they are stored.
    fn turned(cosines: [f64; 6]) -> (usize, usize, Vec<i16>) {
        let walk = Plane::new(cosines).expect("axial").walk(3, 2);
        let values = walk.straighten((0..6).collect());
        (walk.width, walk.height, values)
    }

    #[test]
    fn a_supine_slice_stays_as_it_is() {
        let usual = turned([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(usual, (3, 2, vec![0, 1, 2, 3, 4, 5]));
    }

    #[test]
    fn a_prone_slice_is_turned_by_half_a_turn() {
        let prone = turned([-1.0, 0.0, 0.0, 0.0, -1.0, 0.0]);
        assert_eq!(prone, (3, 2, vec![5, 4, 3, 2, 1, 0]));
    }

    #[test]
    fn a_slice_seen_from_the_head_is_mirrored() {
        let mirrored = turned([-1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(mirrored, (3, 2, vec![2, 1, 0, 5, 4, 3]));
    }

    #[test]
    fn a_slice_on_its_side_has_rows_and_columns_exchanged() {
        // Rows run to the back, columns to the left: column j of what is stored is row j.
        let side = turned([0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(side, (2, 3, vec![0, 3, 1, 4, 2, 5]));
        let decubitus = turned([0.0, -1.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(decubitus, (2, 3, vec![2, 5, 1, 4, 0, 3]));
    }

    #[test]
    fn coronal_sagittal_and_oblique_planes_are_refused() {
        let coronal = [1.0, 0.0, 0.0, 0.0, 0.0, -1.0];
        let sagittal = [0.0, 1.0, 0.0, 0.0, 0.0, -1.0];
        let (sin, cos) = 40_f64.to_radians().sin_cos();
        let tilted = [1.0, 0.0, 0.0, 0.0, cos, sin];
        let rotated = [cos, sin, 0.0, -sin, cos, 0.0];
        let skew = [1.0, 0.0, 0.0, 0.5, 0.9, 0.0];
        for cosines in [coronal, sagittal, tilted, rotated, skew] {
            assert_eq!(Plane::new(cosines), Err(not_axial()));
        }
        for broken in [[0.0; 6], [f64::NAN; 6]] {
            assert_eq!(Plane::new(broken), Err(Refusal::CorruptHeader));
        }
    }

    #[test]
    fn a_tilted_gantry_is_axial_and_places_go_along_its_normal() {
        let (sin, cos) = 20_f64.to_radians().sin_cos();
        let plane = Plane::new([1.0, 0.0, 0.0, 0.0, cos, sin]).expect("axial");
        assert_eq!(plane.tilt_degrees(), 20);
        // Along a row or a column is not nearer the head.
        assert!(plane.place([7.0, 0.0, 0.0]).abs() < 1e-9);
        assert!(plane.place([0.0, cos, sin]).abs() < 1e-9);
        assert!(plane.place([0.0, 0.0, 10.0]) > 9.0);
    }
}
