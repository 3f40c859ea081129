//! Voxels → Hounsfield units: slope · value + intercept, rounded. What is no number is air.

use super::header::{Header, VoxelType};
use crate::hu::round_hu;

/// The voxels with these numbers; all must be there.
pub(crate) fn to_hu(
    bytes: &[u8],
    header: &Header,
    numbers: impl Iterator<Item = usize>,
) -> Vec<i16> {
    let big = header.big_endian;
    match header.voxel {
        VoxelType::U8 => values(bytes, header, numbers, |[b]: [u8; 1]| f64::from(b)),
        VoxelType::I8 => values(bytes, header, numbers, |[b]: [u8; 1]| {
            f64::from(b.cast_signed())
        }),
        VoxelType::I16 => values(bytes, header, numbers, |b| {
            f64::from(i16::from_le_bytes(little(b, big)))
        }),
        VoxelType::U16 => values(bytes, header, numbers, |b| {
            f64::from(u16::from_le_bytes(little(b, big)))
        }),
        VoxelType::I32 => values(bytes, header, numbers, |b| {
            f64::from(i32::from_le_bytes(little(b, big)))
        }),
        VoxelType::U32 => values(bytes, header, numbers, |b| {
            f64::from(u32::from_le_bytes(little(b, big)))
        }),
        VoxelType::I64 => values(bytes, header, numbers, |b| {
            i64::from_le_bytes(little(b, big)) as f64
        }),
        VoxelType::U64 => values(bytes, header, numbers, |b| {
            u64::from_le_bytes(little(b, big)) as f64
        }),
        VoxelType::F32 => values(bytes, header, numbers, |b| {
            f64::from(f32::from_le_bytes(little(b, big)))
        }),
        VoxelType::F64 => values(bytes, header, numbers, |b| {
            f64::from_le_bytes(little(b, big))
        }),
    }
}

fn little<const N: usize>(mut bytes: [u8; N], big_endian: bool) -> [u8; N] {
    if big_endian {
        bytes.reverse();
    }
    bytes
}

fn values<const N: usize>(
    bytes: &[u8],
    header: &Header,
    numbers: impl Iterator<Item = usize>,
    number: impl Fn([u8; N]) -> f64,
) -> Vec<i16> {
    let (voxels, _) = bytes.as_chunks::<N>();
    numbers
        .map(|at| round_hu(header.slope * number(voxels[at]) + header.intercept))
        .collect()
}
