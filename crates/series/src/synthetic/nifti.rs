//! NIfTI-1 volumes in every way in which they are stored.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::HuSlice;

/// Where a file says how its volume lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Sform,
    Qform,
    Neither,
}

/// How a volume is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NiftiOptions {
    pub big_endian: bool,
    pub gzip: bool,
    /// nifti1.h's code: 4 is `i16`, 16 is `f32` …
    pub datatype: i16,
    /// 0 is none.
    pub slope: f32,
    pub intercept: f32,
    /// Where i, j and k run to: 1 right, 2 front, 3 head, negative the other way.
    pub axes: [i8; 3],
    /// Along i, j and k, in mm.
    pub spacing: [f32; 3],
    pub form: Form,
}

impl Default for NiftiOptions {
    /// As most CT is stored: i to the left, j to the back, k to the head, 16 bits.
    fn default() -> Self {
        Self {
            big_endian: false,
            gzip: false,
            datatype: 4,
            slope: 1.0,
            intercept: 0.0,
            axes: [-1, -2, 3],
            spacing: [0.625, 0.625, 5.0],
            form: Form::Sform,
        }
    }
}

/// A volume of slices of one size, the one nearest the head first.
pub fn nifti(slices: &[HuSlice], options: &NiftiOptions) -> Vec<u8> {
    let (width, height) = slices
        .first()
        .map_or((0, 0), |slice| (slice.width(), slice.height()));
    // Pixels run to the left, rows to the back, slices to the feet.
    let lengths = [width as usize, height as usize, slices.len()];
    let patient = options
        .axes
        .map(|axis| usize::from(axis.unsigned_abs()) - 1);
    let sides = patient.map(|axis| lengths[axis]);
    let mut file = header(options, sides);
    let mut place = [0; 3];
    for k in 0..sides[2] {
        for j in 0..sides[1] {
            for i in 0..sides[0] {
                for (axis, number) in [i, j, k].into_iter().enumerate() {
                    let along = patient[axis];
                    place[along] = if options.axes[axis] > 0 {
                        lengths[along] - 1 - number
                    } else {
                        number
                    };
                }
                let [x, y, z] = place;
                voxel(options, slices[z].values()[y * lengths[0] + x], &mut file);
            }
        }
    }
    if options.gzip {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&file).expect("memory is written to");
        file = encoder.finish().expect("memory is written to");
    }
    file
}

fn voxel(options: &NiftiOptions, hu: i16, file: &mut Vec<u8>) {
    let slope = if options.slope == 0.0 {
        1.0
    } else {
        options.slope
    };
    let value = (f64::from(hu) - f64::from(options.intercept)) / f64::from(slope);
    let bytes = match options.datatype {
        2 => vec![value as u8],
        256 => vec![(value as i8).cast_unsigned()],
        4 => (value as i16).to_le_bytes().to_vec(),
        512 => (value as u16).to_le_bytes().to_vec(),
        8 => (value as i32).to_le_bytes().to_vec(),
        768 => (value as u32).to_le_bytes().to_vec(),
        1024 => (value as i64).to_le_bytes().to_vec(),
        1280 => (value as u64).to_le_bytes().to_vec(),
        16 => (value as f32).to_le_bytes().to_vec(),
        _ => value.to_le_bytes().to_vec(),
    };
    put(options, bytes, file);
}

fn put(options: &NiftiOptions, mut bytes: Vec<u8>, file: &mut Vec<u8>) {
    if options.big_endian {
        bytes.reverse();
    }
    file.extend(bytes);
}

fn bits(datatype: i16) -> i16 {
    match datatype {
        2 | 256 => 8,
        4 | 512 => 16,
        8 | 16 | 768 => 32,
        _ => 64,
    }
}

fn header(options: &NiftiOptions, sides: [usize; 3]) -> Vec<u8> {
    let mut header = vec![0; 352];
    let mut set = |at: usize, bytes: Vec<u8>| {
        let mut written = Vec::new();
        put(options, bytes, &mut written);
        header[at..at + written.len()].copy_from_slice(&written);
    };
    let short = |number: i16| number.to_le_bytes().to_vec();
    let real = |number: f32| number.to_le_bytes().to_vec();
    set(0, 348_i32.to_le_bytes().to_vec());
    let dim = [
        3,
        sides[0] as i16,
        sides[1] as i16,
        sides[2] as i16,
        1,
        1,
        1,
        1,
    ];
    for (axis, number) in dim.into_iter().enumerate() {
        set(40 + 2 * axis, short(number));
    }
    set(70, short(options.datatype));
    set(72, short(bits(options.datatype)));
    for (axis, mm) in options.spacing.into_iter().enumerate() {
        set(80 + 4 * axis, real(mm));
    }
    set(108, real(352.0));
    set(112, real(options.slope));
    set(116, real(options.intercept));
    let direction = |axis: usize| {
        let mut direction = [0.0_f32; 3];
        let along = options.axes[axis];
        direction[usize::from(along.unsigned_abs()) - 1] = f32::from(along.signum());
        direction
    };
    let mut columns = [direction(0), direction(1), direction(2)];
    match options.form {
        Form::Neither => {}
        Form::Sform => {
            set(254, short(1));
            for (row, at) in [280, 296, 312].into_iter().enumerate() {
                for (column, direction) in columns.iter().enumerate() {
                    set(
                        at + 4 * column,
                        real(direction[row] * options.spacing[column]),
                    );
                }
            }
        }
        Form::Qform => {
            let handedness = determinant(columns);
            columns[2] = columns[2].map(|part| part * handedness);
            set(76, real(handedness));
            set(252, short(1));
            for (part, number) in quaternion(columns).into_iter().enumerate() {
                set(256 + 4 * part, real(number));
            }
        }
    }
    header[344..348].copy_from_slice(b"n+1\0");
    header
}

fn determinant([[a, b, c], [d, e, f], [g, h, i]]: [[f32; 3]; 3]) -> f32 {
    a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
}

/// Parts b, c and d of the unit quaternion of a rotation, given by its columns, with a at least 0.
fn quaternion([x, y, z]: [[f32; 3]; 3]) -> [f32; 3] {
    let square = |value: f32| (value.max(0.0) / 4.0).sqrt();
    let a = square(1.0 + x[0] + y[1] + z[2]);
    let parts = [
        square(1.0 + x[0] - y[1] - z[2]),
        square(1.0 - x[0] + y[1] - z[2]),
        square(1.0 - x[0] - y[1] + z[2]),
    ];
    if a > 0.1 {
        return [
            (y[2] - z[1]) / (4.0 * a),
            (z[0] - x[2]) / (4.0 * a),
            (x[1] - y[0]) / (4.0 * a),
        ];
    }
    // A half turn: signs by the first part that is not 0.
    let sign = |value: f32| if value < 0.0 { -1.0 } else { 1.0 };
    let [b, c, d] = parts;
    if b > 0.1 {
        [b, c * sign(y[0] + x[1]), d * sign(z[0] + x[2])]
    } else if c > 0.1 {
        [b, c, d * sign(z[1] + y[2])]
    } else {
        [b, c, d]
    }
}
