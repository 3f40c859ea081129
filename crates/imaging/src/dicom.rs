//! DICOM → Hounsfield units → the lung window's grey levels (feature `dicom`).

use std::io::Cursor;

use dicom_object::{DefaultDicomObject, Tag, from_reader};
use dicom_pixeldata::PixelDecoder;

use crate::{DecodeError, Limits, Slice};

/// Which Hounsfield units the greys stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Middle, in HU.
    pub centre_hu: f32,
    /// From black to white, in HU.
    pub width_hu: f32,
}

impl Window {
    /// The lung window.
    pub const LUNG: Self = Self {
        centre_hu: -600.0,
        width_hu: 1500.0,
    };

    /// The grey level of a value: linear between the ends (PS3.3 C.11.2.1.3.2), rounded.
    pub fn grey(self, hu: f32) -> u8 {
        let share = (hu - self.centre_hu) / self.width_hu + 0.5;
        (share.clamp(0.0, 1.0) * 255.0).round() as u8
    }
}

const ROWS: Tag = Tag(0x0028, 0x0010);
const COLUMNS: Tag = Tag(0x0028, 0x0011);

/// Whether the bytes are a DICOM file: the prefix after the preamble (PS3.10, 7.1).
pub fn is_dicom(bytes: &[u8]) -> bool {
    bytes.get(128..132) == Some(b"DICM")
}

/// Decodes a single-frame CT image, in this order: bytes against the limit, rows and columns against the limits, pixels,
/// rescale to Hounsfield units, window. No tag but those that describe the pixels is looked at.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode_dicom(bytes: &[u8], limits: &Limits, window: Window) -> Result<Slice, DecodeError> {
    if bytes.len() > limits.max_bytes {
        return Err(DecodeError::TooManyBytes {
            bytes: bytes.len(),
            max_bytes: limits.max_bytes,
        });
    }
    let malformed = |reason: &dyn std::fmt::Display| DecodeError::Malformed {
        reason: reason.to_string(),
    };
    let object = from_reader(Cursor::new(bytes)).map_err(|e| malformed(&e))?;
    let (width, height) = (number(&object, COLUMNS)?, number(&object, ROWS)?);
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(DecodeError::TooManyPixels {
            width,
            height,
            max_pixels: limits.max_pixels,
        });
    }
    let too_small = DecodeError::TooSmall {
        width,
        height,
        min_side: limits.min_side,
    };
    if width.min(height) < limits.min_side {
        return Err(too_small);
    }
    let pixels = object.decode_pixel_data().map_err(|e| malformed(&e))?;
    if pixels.samples_per_pixel() != 1 || pixels.number_of_frames() != 1 {
        return Err(DecodeError::Unsupported {
            reason: "DICOM with colours or several frames".into(),
        });
    }
    let hu: Vec<f32> = pixels.to_vec().map_err(|e| malformed(&e))?;
    let grey = hu.into_iter().map(|hu| window.grey(hu)).collect();
    Slice::new(width, height, grey).ok_or(too_small)
}

fn number(object: &DefaultDicomObject, tag: Tag) -> Result<u32, DecodeError> {
    object
        .element(tag)
        .map_err(|e| e.to_string())
        .and_then(|element| element.to_int::<u32>().map_err(|e| e.to_string()))
        .map_err(|reason| DecodeError::Malformed { reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lung_window_goes_from_minus_1350_to_150() {
        let grey = [-2000.0, -1350.0, -600.0, 150.0, 3000.0].map(|hu| Window::LUNG.grey(hu));
        assert_eq!(grey, [0, 0, 128, 255, 255]);
    }

    #[test]
    fn what_is_no_dicom_is_refused_and_never_panics() {
        let limits = Limits::default();
        let mut bytes = vec![0; 132];
        bytes[128..].copy_from_slice(b"DICM");
        assert!(is_dicom(&bytes));
        for length in [0, 4, 128, 132] {
            let refused = decode_dicom(&bytes[..length], &limits, Window::LUNG);
            assert!(matches!(refused, Err(DecodeError::Malformed { .. })));
        }
    }
}
