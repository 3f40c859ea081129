//! From bytes to a slice, under limits: PNG, JPEG, BMP and TIFF, 8 or 16 bits, grey or colour.
//!
//! Time and memory are bounded by what is declared and checked before a decoder runs: a decoder cannot be stopped. Each
//! format's own ways to be small and take long are met in its module.

mod jpeg;
mod metered;
mod png;
mod tiff;

use std::borrow::Cow;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader};

use crate::{Mask, Slice};

/// The longer side over the shorter. Slices are about square; the steps that grow and shrink outlines by a share of the
/// picture's size take seconds on a strip of half a million pixels by 32.
const MAX_ASPECT: u32 = 16;

/// Bytes of a pixel of the largest picture that is read, 16-bit RGBA; with larger pixels (floating point) it may have fewer.
const PIXEL_BYTES: u64 = 8;

/// What names of pictures end in.
const EXTENSIONS: [&str; 6] = ["png", "jpg", "jpeg", "bmp", "tif", "tiff"];

/// Whether a file's name says that it is a picture of a format that is read here.
pub fn is_picture_name(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| {
        EXTENSIONS
            .iter()
            .any(|known| end.eq_ignore_ascii_case(known))
    })
}

/// What a decoder may take; all are checked before pixels are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file in bytes.
    pub max_bytes: usize,
    /// Width times height, as the file's header declares them.
    pub max_pixels: u64,
    /// The shorter side in pixels.
    pub min_side: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 32 << 20,
            max_pixels: 16 << 20,
            min_side: 32,
        }
    }
}

/// Why bytes are no slice; the messages are written for a user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum DecodeError {
    #[error("the file is empty")]
    Empty,
    #[error("the file has {bytes} bytes; at most {max_bytes} are read")]
    TooManyBytes { bytes: usize, max_bytes: usize },
    #[error("not an image that is read here: PNG, JPEG, BMP and TIFF are")]
    UnknownFormat,
    #[error("the image has {width} x {height} pixels; at most {max_pixels} in all are read")]
    TooManyPixels {
        width: u32,
        height: u32,
        max_pixels: u64,
    },
    #[error("the image has {width} x {height} pixels; each side needs at least {min_side}")]
    TooSmall {
        width: u32,
        height: u32,
        min_side: u32,
    },
    #[error(
        "the image has {width} x {height} pixels; a side may be {max_aspect} times the other at most"
    )]
    TooLong {
        width: u32,
        height: u32,
        max_aspect: u32,
    },
    #[error("the image is truncated or damaged: {reason}")]
    Malformed { reason: String },
    #[error("the image is of a kind that is not read: {reason}")]
    Unsupported { reason: String },
    #[error("the image would take too long to decode: {reason}")]
    TooCostly { reason: String },
    #[error("the picture is coloured; a CT slice is grey")]
    Coloured,
    #[error("the mask has {width} x {height} pixels, its slice {slice_width} x {slice_height}")]
    MaskSize {
        width: u32,
        height: u32,
        slice_width: u32,
        slice_height: u32,
    },
}

/// Decodes a slice.
///
/// In this order: bytes against the limit, format from the first bytes, size from the header against the limits,
/// pixels, colour to grey (ITU-R BT.709 luma; a picture that is coloured all over is refused), 16 bits to 8.
///
/// 8-bit greys are kept as they are. 16-bit greys are mapped linearly, the 0.5th percentile of the picture's values to
/// 0 and the 99th to 255: full-range data, 12 bits in 16 and Hounsfield units with an offset come out alike, and one
/// metal clip does not darken the rest.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Slice, DecodeError> {
    let image = decode_image(bytes, limits, None)?;
    let (width, height) = (image.width(), image.height());
    if is_coloured(&image) {
        return Err(DecodeError::Coloured);
    }
    let pixels = if image.color().bytes_per_pixel() / image.color().channel_count() == 2 {
        stretch(image.into_luma16().as_raw())
    } else {
        image.into_luma8().into_raw()
    };
    Slice::new(width, height, pixels).ok_or(DecodeError::TooSmall {
        width,
        height,
        min_side: limits.min_side,
    })
}

/// Decodes a mask for `slice`: any picture that is read here, 1-bit PNG as a rule; brighter than half is lung. It must
/// have the slice's size.
pub fn decode_mask(bytes: &[u8], slice: &Slice, limits: &Limits) -> Result<Mask, DecodeError> {
    let image = decode_image(bytes, limits, Some(slice))?;
    let values = image
        .into_luma8()
        .into_raw()
        .into_iter()
        .map(|grey| u8::from(grey > 127))
        .collect();
    Mask::new(slice.width(), slice.height(), values).ok_or(DecodeError::Empty)
}

fn decode_image(
    bytes: &[u8],
    limits: &Limits,
    of_size: Option<&Slice>,
) -> Result<DynamicImage, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    if bytes.len() > limits.max_bytes {
        return Err(DecodeError::TooManyBytes {
            bytes: bytes.len(),
            max_bytes: limits.max_bytes,
        });
    }
    let format = image::guess_format(bytes).map_err(|_| DecodeError::UnknownFormat)?;
    if !matches!(
        format,
        ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Bmp | ImageFormat::Tiff
    ) {
        return Err(DecodeError::UnknownFormat);
    }
    let check = |(width, height)| check_size(width, height, limits, of_size);
    match format {
        ImageFormat::Png => {
            if let Some(size) = png::declared_size(bytes) {
                check(size)?;
            }
            pixels(
                opened(png::essential(bytes)?, format, limits)?,
                limits,
                check,
            )
        }
        ImageFormat::Jpeg => {
            let markers = jpeg::markers(bytes)?;
            let decoder = opened(Cow::Borrowed(bytes), format, limits)?;
            let (width, height) = decoder.dimensions();
            check((width, height))?;
            markers.check_scans(u64::from(width) * u64::from(height), limits.max_pixels)?;
            if !markers.ends {
                return Err(DecodeError::Malformed {
                    reason: "the end of the JPEG is missing".to_owned(),
                });
            }
            pixels(decoder, limits, check)
        }
        ImageFormat::Tiff => {
            let declared = tiff::declared(bytes)?;
            check((declared.width, declared.height))?;
            declared.check(limits.max_pixels)?;
            let mut reader = ImageReader::with_format(declared.metered(bytes), format);
            reader.limits(decoder_limits(limits));
            pixels(fenced(|| reader.into_decoder())?, limits, check)
        }
        _ => pixels(opened(Cow::Borrowed(bytes), format, limits)?, limits, check),
    }
}

fn opened<'a>(
    bytes: Cow<'a, [u8]>,
    format: ImageFormat,
    limits: &Limits,
) -> Result<impl ImageDecoder + 'a, DecodeError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(decoder_limits(limits));
    fenced(|| reader.into_decoder())
}

/// Decodes, once the size that the decoder found is checked.
fn pixels(
    decoder: impl ImageDecoder,
    limits: &Limits,
    check: impl Fn((u32, u32)) -> Result<(), DecodeError>,
) -> Result<DynamicImage, DecodeError> {
    check(decoder.dimensions())?;
    let bytes = decoder.total_bytes();
    if bytes > PIXEL_BYTES.saturating_mul(limits.max_pixels) {
        return Err(DecodeError::TooCostly {
            reason: format!("its pixels take {bytes} bytes"),
        });
    }
    fenced(|| DynamicImage::from_decoder(decoder))
}

/// Decoders of others may panic on files that nobody thought of: that is a damaged picture, not the end of who asked. Where
/// panics abort (in the browser), the worker is replaced instead.
fn fenced<T>(decode: impl FnOnce() -> Result<T, ImageError>) -> Result<T, DecodeError> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(decoded) => decoded.map_err(explain),
        Err(_) => Err(DecodeError::Malformed {
            reason: "its decoder gave it up".to_owned(),
        }),
    }
}

fn decoder_limits(limits: &Limits) -> image::Limits {
    let mut decoder = image::Limits::default();
    // Twice: the decoder's own buffer and the result.
    let pictures = limits.max_pixels.saturating_mul(2 * PIXEL_BYTES);
    decoder.max_alloc = Some(pictures.saturating_add(1 << 20));
    decoder
}

fn check_size(
    width: u32,
    height: u32,
    limits: &Limits,
    of_size: Option<&Slice>,
) -> Result<(), DecodeError> {
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(DecodeError::TooManyPixels {
            width,
            height,
            max_pixels: limits.max_pixels,
        });
    }
    if let Some(slice) = of_size {
        if (width, height) != (slice.width(), slice.height()) {
            return Err(DecodeError::MaskSize {
                width,
                height,
                slice_width: slice.width(),
                slice_height: slice.height(),
            });
        }
    } else if width.min(height) < limits.min_side {
        return Err(DecodeError::TooSmall {
            width,
            height,
            min_side: limits.min_side,
        });
    }
    if width.max(height) / MAX_ASPECT > width.min(height) {
        return Err(DecodeError::TooLong {
            width,
            height,
            max_aspect: MAX_ASPECT,
        });
    }
    Ok(())
}

fn explain(error: ImageError) -> DecodeError {
    match error {
        ImageError::Unsupported(error) => DecodeError::Unsupported {
            reason: error.to_string(),
        },
        ImageError::Limits(error) => DecodeError::Unsupported {
            reason: error.to_string(),
        },
        error => DecodeError::Malformed {
            reason: error.to_string(),
        },
    }
}

/// Whether a fifth of the pixels or more differ between their channels by more than a quarter of the range: arrows and
/// labels on a screenshot don't, photographs and stained cells do.
fn is_coloured(image: &DynamicImage) -> bool {
    if !image.color().has_color() {
        return false;
    }
    let rgb = image.to_rgb8();
    let coloured = rgb.pixels().filter(|pixel| {
        let [r, g, b] = pixel.0;
        r.max(g).max(b) - r.min(g).min(b) > 64
    });
    coloured.count() * 5 >= (rgb.width() as usize) * (rgb.height() as usize)
}

/// 16 bits to 8: linear from the 0.5th to the 99th percentile.
fn stretch(values: &[u16]) -> Vec<u8> {
    let mut histogram = vec![0u32; 1 << 16];
    for &value in values {
        histogram[usize::from(value)] += 1;
    }
    let percentile = |per_mille: u64| {
        let target = values.len() as u64 * per_mille / 1000;
        let mut seen = 0;
        histogram
            .iter()
            .position(|&count| {
                seen += u64::from(count);
                seen > target
            })
            .unwrap_or(0) as u32
    };
    let (low, high) = (percentile(5), percentile(990));
    let range = (high - low).max(1);
    values
        .iter()
        .map(|&value| {
            let above = u32::from(value).saturating_sub(low).min(range);
            ((above * 255 + range / 2) / range) as u8
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_told_by_their_extension() {
        for name in ["a.png", "b.JPG", "x.dcm.tiff"] {
            assert!(is_picture_name(name), "{name}");
        }
        for name in ["IM0001", "a.dcm", "volume.nii.gz", "series.zip", "png", ""] {
            assert!(!is_picture_name(name), "{name}");
        }
    }

    #[test]
    fn a_decoder_that_panics_has_met_a_damaged_picture() {
        let values: [u8; 0] = [];
        let panics = fenced(|| Ok(values[std::hint::black_box(1)]));
        assert!(matches!(panics, Err(DecodeError::Malformed { .. })));
        assert_eq!(fenced(|| Ok(7)), Ok(7));
    }
}
