//! Unpacking with an end.

use std::io::Read;

use crate::{Limits, Refusal};

/// Everything that a reader of `packed` bytes gives, under limits; `damaged` where it is no such stream. Memory grows with
/// what was unpacked, not with what is declared.
pub(crate) fn inflate(
    reader: impl Read,
    packed: u64,
    limits: &Limits,
    damaged: Refusal,
) -> Result<Vec<u8>, Refusal> {
    let most = limits.unpacked(packed);
    let mut bytes = Vec::new();
    let read = reader
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|_| damaged)?;
    if (read as u64) <= most {
        return Ok(bytes);
    }
    Err(too_much(packed, limits))
}

/// Which of the limits was met.
pub(crate) fn too_much(packed: u64, limits: &Limits) -> Refusal {
    if limits.unpacked(packed) == limits.max_file_bytes {
        Refusal::TooManyBytes {
            max_bytes: limits.max_file_bytes,
        }
    } else {
        Refusal::UnpackRatio {
            max_ratio: limits.max_ratio,
        }
    }
}
