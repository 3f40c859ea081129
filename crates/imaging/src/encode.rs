//! PNG out: the pictures that pages, reports and the command line show.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use crate::{Mask, Slice};

/// An 8-bit grey PNG.
pub fn encode_png_grey(slice: &Slice) -> Vec<u8> {
    encode(
        slice.pixels(),
        slice.width(),
        slice.height(),
        ExtendedColorType::L8,
    )
}

/// An RGBA PNG of `width * height * 4` bytes.
///
/// # Panics
/// When `rgba` is of another length.
pub fn encode_png_rgba(width: u32, height: u32, rgba: &[u8]) -> Vec<u8> {
    encode(rgba, width, height, ExtendedColorType::Rgba8)
}

/// An RGB PNG of `width * height * 3` bytes.
///
/// # Panics
/// When `rgb` is of another length.
pub fn encode_png_rgb(width: u32, height: u32, rgb: &[u8]) -> Vec<u8> {
    encode(rgb, width, height, ExtendedColorType::Rgb8)
}

fn encode(bytes: &[u8], width: u32, height: u32, colour: ExtendedColorType) -> Vec<u8> {
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive)
        .write_image(bytes, width, height, colour)
        .expect("writing to memory cannot fail when the length fits the size");
    png
}

/// A 1-bit PNG: white is lung.
pub fn encode_png_mask(mask: &Mask) -> Vec<u8> {
    let packed: Vec<u8> = mask
        .values()
        .chunks_exact(mask.width() as usize)
        .flat_map(|row| row.chunks(8).map(pack))
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, mask.width(), mask.height());
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&packed))
        .expect("writing to memory cannot fail when the length fits the size");
    bytes
}

/// Up to eight values as the bits of a byte, the first one highest.
fn pack(values: &[u8]) -> u8 {
    values
        .iter()
        .enumerate()
        .fold(0, |byte, (place, &value)| byte | value << (7 - place))
}
