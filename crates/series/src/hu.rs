//! A slice in Hounsfield units.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// Air. Padding (pixels outside the field of view that a file marks as such) and values that are no number become this.
pub const AIR_HU: i16 = -1024;

/// An axial slice in Hounsfield units, row-major. Row 0 is the patient's front, column 0 the patient's right.
#[derive(Clone, PartialEq, Eq)]
pub struct HuSlice {
    width: u32,
    height: u32,
    values: Vec<i16>,
}

impl HuSlice {
    /// `None` unless both sides are at least 1 and `values` holds `width * height` values.
    pub fn new(width: u32, height: u32, values: Vec<i16>) -> Option<Self> {
        let pixels = u64::from(width) * u64::from(height);
        (pixels > 0 && pixels == values.len() as u64).then_some(Self {
            width,
            height,
            values,
        })
    }

    /// Width in pixels, at least 1.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// `width * height` values in HU, row-major.
    pub fn values(&self) -> &[i16] {
        &self.values
    }
}

/// Says the size alone: a slice is a picture of a person.
impl std::fmt::Debug for HuSlice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HuSlice({} x {})", self.width, self.height)
    }
}

/// A real value as HU: rounded half away from zero, held to what 16 bits hold; no number is air.
pub(crate) fn round_hu(value: f64) -> i16 {
    if value.is_nan() {
        return AIR_HU;
    }
    // The cast saturates.
    value.round() as i16
}

/// SHA-256 of a slice's values as little-endian 16-bit integers, in hexadecimal.
pub fn hu_fingerprint(slice: &HuSlice) -> String {
    let bytes: Vec<u8> = slice
        .values
        .iter()
        .flat_map(|hu| hu.to_le_bytes())
        .collect();
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(&bytes) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_sha_256_of_the_values_in_little_endian() {
        let slice = HuSlice::new(2, 1, vec![0x0102, -1]).expect("fits");
        // hashlib.sha256(bytes([2, 1, 255, 255])).hexdigest()
        assert_eq!(
            hu_fingerprint(&slice),
            "88927315fe1ddd910708397110d3dc316f8132cb35209bedb2afdd2bd9e7b8d9"
        );
    }

    #[test]
    fn values_are_rounded_half_away_from_zero_and_held_to_16_bits() {
        let rounded = [0.5, -0.5, -1.49, 40_000.0, -1e9, f64::NAN, f64::INFINITY].map(round_hu);
        assert_eq!(rounded, [1, -1, -1, i16::MAX, i16::MIN, AIR_HU, i16::MAX]);
    }

    #[test]
    fn sizes_must_fit() {
        assert!(HuSlice::new(2, 2, vec![0; 3]).is_none());
        assert!(HuSlice::new(0, 2, Vec::new()).is_none());
    }
}
