//! Pictures for the report: PNG that we encode ourselves, no larger than print needs.

use image::imageops::{FilterType, resize};
use image::{GrayImage, ImageBuffer, RgbImage};
use lungsight_imaging::{Slice, encode_png_grey, encode_png_rgb};

use crate::record::ExplainedSlice;

/// The longer side on paper: 7.9 cm in English metric units (360,000 to the centimetre).
const PRINT_SIDE_EMU: u64 = 2_844_000;

/// A PNG with its size in pixels and on paper.
pub(super) struct Picture {
    pub png: Vec<u8>,
    pub width: u32,
    pub height: u32,
    pub print_width_emu: u32,
    pub print_height_emu: u32,
}

/// The longer side in pixels that pictures are reduced to: 165 dpi, and half of it in a report of a whole series, which
/// would otherwise reach a hundred megabytes.
pub(super) fn side(slices: usize) -> u32 {
    if slices <= 40 { 512 } else { 256 }
}

/// The slice.
pub(super) fn grey(slice: &Slice, side: u32) -> Picture {
    let (width, height) = fit(slice.width(), slice.height(), side);
    if (width, height) == (slice.width(), slice.height()) {
        return picture(encode_png_grey(slice), width, height);
    }
    let image = GrayImage::from_raw(slice.width(), slice.height(), slice.pixels().to_vec())
        .expect("a slice holds a value per pixel");
    let small = resize(&image, width, height, FilterType::Triangle).into_raw();
    let small = Slice::new(width, height, small).expect("a resized image holds a value per pixel");
    picture(encode_png_grey(&small), width, height)
}

/// The heatmap over the slice.
pub(super) fn overlay(slice: &ExplainedSlice, side: u32) -> Picture {
    let (full_width, full_height) = (slice.prepared.slice.width(), slice.prepared.slice.height());
    let (width, height) = fit(full_width, full_height, side);
    let image: RgbImage = ImageBuffer::from_raw(full_width, full_height, slice.overlay())
        .expect("the overlay holds three values per pixel");
    if (width, height) == (full_width, full_height) {
        return picture(encode_png_rgb(width, height, &image), width, height);
    }
    picture(
        encode_png_rgb(
            width,
            height,
            &resize(&image, width, height, FilterType::Triangle),
        ),
        width,
        height,
    )
}

/// The size with the longer side at most `side`, aspect kept.
fn fit(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longer = width.max(height);
    if longer <= side {
        return (width, height);
    }
    let scale =
        |length: u32| ((u64::from(length) * u64::from(side) / u64::from(longer)) as u32).max(1);
    (scale(width), scale(height))
}

fn picture(png: Vec<u8>, width: u32, height: u32) -> Picture {
    let longer = u64::from(width.max(height));
    let print = |length: u32| (u64::from(length) * PRINT_SIDE_EMU / longer) as u32;
    Picture {
        png,
        width,
        height,
        print_width_emu: print(width),
        print_height_emu: print(height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_slices_shrink_and_keep_their_aspect() {
        assert_eq!(fit(512, 400, 512), (512, 400));
        assert_eq!(fit(4096, 1024, 512), (512, 128));
        assert_eq!(fit(40, 16000, 512), (1, 512));
        let slice = Slice::new(1000, 600, vec![90; 600_000]).expect("fits");
        let picture = grey(&slice, 512);
        assert_eq!((picture.width, picture.height), (512, 307));
        assert!(picture.png.starts_with(b"\x89PNG"));
        assert_eq!(u64::from(picture.print_width_emu), PRINT_SIDE_EMU);
    }
}
