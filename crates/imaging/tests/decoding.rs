//! What bytes are read, and what is said about those that are not.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageBuffer, ImageFormat, Luma, RgbImage};
use lungsight_imaging::{
    DecodeError, Limits, Mask, Slice, decode, decode_mask, encode_png_grey, encode_png_mask,
};

fn gradient() -> GrayImage {
    GrayImage::from_fn(64, 48, |x, y| Luma([(x * 3 + y) as u8]))
}

fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image
        .into()
        .write_to(&mut bytes, format)
        .expect("the format writes this kind");
    bytes.into_inner()
}

const FORMATS: [ImageFormat; 4] = [
    ImageFormat::Png,
    ImageFormat::Jpeg,
    ImageFormat::Bmp,
    ImageFormat::Tiff,
];

fn read(bytes: &[u8]) -> Result<Slice, DecodeError> {
    decode(bytes, &Limits::default())
}

#[test]
fn all_four_formats_are_read() {
    for format in FORMATS {
        let slice = read(&encoded(gradient(), format)).expect("a slice");
        assert_eq!((slice.width(), slice.height()), (64, 48), "{format:?}");
        let worst = slice
            .pixels()
            .iter()
            .zip(gradient().as_raw())
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(
            worst < Some(if format == ImageFormat::Jpeg { 8 } else { 1 }),
            "{format:?}: {worst:?}"
        );
    }
}

#[test]
fn sixteen_bits_come_out_usable_whatever_their_range() {
    for scale in [1u16, 16, 256] {
        let deep = ImageBuffer::<Luma<u16>, _>::from_fn(64, 48, |x, y| {
            Luma([((x * 3 + y) as u16) * scale + 7])
        });
        for format in [ImageFormat::Png, ImageFormat::Tiff] {
            let slice = read(&encoded(deep.clone(), format)).expect("a slice");
            let brightest = slice.pixels().iter().max();
            let darkest = slice.pixels().iter().min();
            assert_eq!(
                (darkest, brightest),
                (Some(&0), Some(&255)),
                "{format:?} times {scale}"
            );
            assert!((115..145).contains(&slice.pixels()[24 * 64 + 31]));
        }
    }
}

#[test]
fn grey_in_colour_is_read_and_colour_is_refused() {
    let grey = DynamicImage::from(gradient()).into_rgb8();
    let mut arrow = grey.clone();
    for x in 10..30 {
        arrow.put_pixel(x, 20, image::Rgb([255, 0, 0]));
    }
    assert!(read(&encoded(grey, ImageFormat::Png)).is_ok());
    assert!(read(&encoded(arrow, ImageFormat::Png)).is_ok());
    let red = RgbImage::from_pixel(64, 48, image::Rgb([200, 40, 40]));
    assert_eq!(
        read(&encoded(red, ImageFormat::Png)),
        Err(DecodeError::Coloured)
    );
}

#[test]
fn no_bytes_and_no_image_are_told_apart() {
    assert_eq!(read(&[]), Err(DecodeError::Empty));
    assert_eq!(
        read(b"Dear radiologist, please find attached"),
        Err(DecodeError::UnknownFormat)
    );
    assert_eq!(
        read(b"GIF89a\x01\x00\x01\x00"),
        Err(DecodeError::UnknownFormat)
    );
}

#[test]
fn truncated_files_are_malformed_in_every_format() {
    for format in FORMATS {
        let bytes = encoded(gradient(), format);
        for share in [4, 2] {
            let error = read(&bytes[..bytes.len() - bytes.len() / share]).expect_err("truncated");
            assert!(
                matches!(error, DecodeError::Malformed { .. }),
                "{format:?}: {error}"
            );
        }
        let end = bytes.len() - 3;
        if format != ImageFormat::Png && format != ImageFormat::Tiff {
            assert!(
                read(&bytes[..end]).is_err(),
                "{format:?} without its last bytes"
            );
        }
    }
}

#[test]
fn damaged_files_give_an_error_or_a_slice_and_never_a_panic() {
    for format in FORMATS {
        let bytes = encoded(gradient(), format);
        for place in (0..bytes.len()).step_by(bytes.len() / 97 + 1) {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x5a;
            let _ = read(&damaged);
        }
    }
}

#[test]
fn small_and_huge_pictures_are_refused_by_their_header() {
    let dot = encoded(GrayImage::new(1, 1), ImageFormat::Png);
    assert!(matches!(
        read(&dot),
        Err(DecodeError::TooSmall {
            width: 1,
            height: 1,
            ..
        })
    ));

    // A 20,000 x 20,000 PNG of a few bytes: its header is right, its pixels are missing.
    let mut huge = encoded(gradient(), ImageFormat::Png);
    huge[16..20].copy_from_slice(&20_000u32.to_be_bytes());
    huge[20..24].copy_from_slice(&20_000u32.to_be_bytes());
    let crc = crc32(&huge[12..29]);
    huge[29..33].copy_from_slice(&crc.to_be_bytes());
    assert!(matches!(
        read(&huge),
        Err(DecodeError::TooManyPixels {
            width: 20_000,
            height: 20_000,
            ..
        })
    ));

    let mut bitmap = encoded(gradient(), ImageFormat::Bmp);
    bitmap[18..22].copy_from_slice(&20_000u32.to_le_bytes());
    bitmap[22..26].copy_from_slice(&20_000u32.to_le_bytes());
    assert!(matches!(
        read(&bitmap),
        Err(DecodeError::TooManyPixels { .. })
    ));
}

/// The checksum of PNG chunks (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

#[test]
fn too_many_bytes_are_refused_before_anything_is_read() {
    let limits = Limits {
        max_bytes: 100,
        ..Limits::default()
    };
    let bytes = encoded(gradient(), ImageFormat::Bmp);
    assert_eq!(
        decode(&bytes, &limits),
        Err(DecodeError::TooManyBytes {
            bytes: bytes.len(),
            max_bytes: 100
        })
    );
}

#[test]
fn masks_must_have_the_size_of_their_slice() {
    let slice = Slice::new(40, 40, vec![9; 1600]).expect("fits");
    let values = (0..1600).map(|pixel| u8::from(pixel % 7 == 0)).collect();
    let mask = Mask::new(40, 40, values).expect("fits");
    let limits = Limits::default();
    assert_eq!(
        decode_mask(&encode_png_mask(&mask), &slice, &limits),
        Ok(mask)
    );
    let other = Slice::new(41, 40, vec![9; 1640]).expect("fits");
    assert_eq!(
        decode_mask(&encode_png_grey(&other), &slice, &limits),
        Err(DecodeError::MaskSize {
            width: 41,
            height: 40,
            slice_width: 40,
            slice_height: 40
        })
    );
}

#[test]
fn mask_files_have_one_bit_per_pixel() {
    let mask = Mask::new(40, 40, vec![1; 1600]).expect("fits");
    // The depth stands at byte 24 of a PNG, the colour type (0: grey) after it.
    assert_eq!(encode_png_mask(&mask)[24..26], [1, 0]);
}
