//! The header of NIfTI-1 (nifti1.h), in either byte order.

use crate::Refusal;

/// Bytes of the header; also its first number.
pub(crate) const HEADER_BYTES: usize = 348;
const NIFTI_2_BYTES: i32 = 540;

/// How a voxel is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VoxelType {
    U8,
    I8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
}

impl VoxelType {
    fn from_code(code: i16) -> Result<Self, Refusal> {
        Ok(match code {
            2 => Self::U8,
            256 => Self::I8,
            4 => Self::I16,
            512 => Self::U16,
            8 => Self::I32,
            768 => Self::U32,
            1024 => Self::I64,
            1280 => Self::U64,
            16 => Self::F32,
            64 => Self::F64,
            128 | 2304 => return Err(Refusal::Coloured),
            _ => return Err(Refusal::VoxelType),
        })
    }

    /// Bytes of a voxel.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }
}

/// What is looked at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Header {
    pub big_endian: bool,
    /// Voxels along i, j, k; each at least 1.
    pub sides: [usize; 3],
    pub voxel: VoxelType,
    /// Where voxels begin.
    pub offset: usize,
    pub slope: f64,
    pub intercept: f64,
    /// `pixdim[1..=3]`, in mm.
    pub spacing: [f64; 3],
    /// Right-handed where not negative (`pixdim[0]`).
    pub handedness: f64,
    /// `quatern_b` to `quatern_d` and `qoffset_x` to `qoffset_z`, where `qform_code` says that they hold.
    pub qform: Option<([f64; 3], [f64; 3])>,
    /// `srow_x` to `srow_z`, where `sform_code` says that they hold.
    pub sform: Option<[[f64; 4]; 3]>,
}

/// Whether the first number is the length of a NIfTI header, of the first version or the second.
pub(crate) fn is_header(bytes: &[u8]) -> bool {
    let lengths = [HEADER_BYTES as i32, NIFTI_2_BYTES];
    let mut lengths = lengths.into_iter();
    lengths.any(|length| byte_order(bytes, length).is_some())
}

/// Whether the first number is this length in big endian; `None` where it is not this length.
fn byte_order(bytes: &[u8], length: i32) -> Option<bool> {
    let first = *bytes.first_chunk::<4>()?;
    if i32::from_le_bytes(first) == length {
        Some(false)
    } else if i32::from_be_bytes(first) == length {
        Some(true)
    } else {
        None
    }
}

impl Header {
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        if byte_order(bytes, NIFTI_2_BYTES).is_some() {
            return Err(Refusal::Nifti2);
        }
        let big_endian = byte_order(bytes, HEADER_BYTES as i32).ok_or(Refusal::CorruptHeader)?;
        let header: &[u8; HEADER_BYTES] = bytes.first_chunk().ok_or(Refusal::CorruptHeader)?;
        match &header[344..348] {
            b"n+1\0" => {}
            // ANALYZE has no magic; both keep voxels in a file of their own.
            b"ni1\0" | b"\0\0\0\0" => return Err(Refusal::NiftiPair),
            _ => return Err(Refusal::CorruptHeader),
        }
        let fields = Fields { header, big_endian };
        let offset = fields.f32(108);
        // The header ends with four bytes that announce extensions.
        let offset = if offset == 0.0 { 352.0 } else { offset };
        if !(348.0..=1e9).contains(&offset) {
            return Err(Refusal::CorruptHeader);
        }
        let slope = fields.f32(112);
        let is_scaled = slope.is_finite() && slope != 0.0;
        let intercept = fields.f32(116);
        let three = |at: usize| [0, 4, 8].map(|more| fields.f32(at + more));
        let row = |at: usize| [0, 4, 8, 12].map(|more| fields.f32(at + more));
        Ok(Self {
            big_endian,
            sides: sides(fields)?,
            voxel: VoxelType::from_code(fields.i16(70))?,
            offset: offset as usize,
            slope: if is_scaled { slope } else { 1.0 },
            intercept: if is_scaled && intercept.is_finite() {
                intercept
            } else {
                0.0
            },
            spacing: three(80).map(f64::abs),
            handedness: fields.f32(76),
            qform: (fields.i16(252) > 0).then(|| (three(256), three(268))),
            sform: (fields.i16(254) > 0).then(|| [row(280), row(296), row(312)]),
        })
    }
}

fn sides(fields: Fields) -> Result<[usize; 3], Refusal> {
    let dim = |axis: usize| fields.i16(40 + 2 * axis);
    let axes = usize::try_from(dim(0)).unwrap_or(0);
    if !(2..=7).contains(&axes) {
        return Err(Refusal::CorruptHeader);
    }
    let mut sides = [1; 3];
    for (axis, side) in sides.iter_mut().enumerate().take(axes) {
        *side = usize::try_from(dim(axis + 1)).unwrap_or(0);
        if *side == 0 {
            return Err(Refusal::CorruptHeader);
        }
    }
    if (4..=axes).any(|axis| dim(axis) > 1) {
        return Err(Refusal::SeveralVolumes);
    }
    Ok(sides)
}

#[derive(Clone, Copy)]
struct Fields<'a> {
    header: &'a [u8; HEADER_BYTES],
    big_endian: bool,
}

impl Fields<'_> {
    fn array<const N: usize>(self, at: usize) -> [u8; N] {
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.header[at..at + N]);
        if self.big_endian {
            bytes.reverse();
        }
        bytes
    }

    fn i16(self, at: usize) -> i16 {
        i16::from_le_bytes(self.array(at))
    }

    fn f32(self, at: usize) -> f64 {
        f64::from(f32::from_le_bytes(self.array(at)))
    }
}
