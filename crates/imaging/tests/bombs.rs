//! Small files that would take much: each is decoded within a bound of time and memory, or refused with the reason.

mod hostile;

use std::time::{Duration, Instant};

use hostile::{
    LONG, bmp, chunk, empty_blocks, header, named_zlib, peak_bytes, png, png_with,
    progressive_jpeg, same_chunks, striped, tiff, tiled, zlib,
};
use lungsight_imaging::{DecodeError, Limits, Slice, decode};

/// Each takes a tenth of it, on a machine at rest.
const LONGEST: Duration = Duration::from_secs(5);

/// Of all tests together; a picture of the largest size takes its pixels three times.
const MOST_BYTES: usize = 400 << 20;

/// Decodes, and holds time and memory to their bounds.
fn bounded(bytes: &[u8]) -> Result<Slice, DecodeError> {
    let began = Instant::now();
    let result = decode(bytes, &Limits::default());
    assert!(began.elapsed() < LONGEST, "took {:?}", began.elapsed());
    if let Some(peak) = peak_bytes() {
        assert!(peak < MOST_BYTES, "the tests have taken {peak} bytes");
    }
    result
}

fn is_too_costly(bytes: &[u8], words: &str) {
    match bounded(bytes) {
        Err(error @ DecodeError::TooCostly { .. }) => {
            assert!(error.to_string().contains(words), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

fn is_malformed(bytes: &[u8], words: &str) {
    match bounded(bytes) {
        Err(error @ DecodeError::Malformed { .. }) => {
            assert!(error.to_string().contains(words), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn pixels_beyond_the_picture_are_not_unpacked() {
    let bomb = png(&[header(64, 64, 8, 0), chunk(b"IDAT", &zlib(0, 256 << 20))]);
    assert!(bounded(&bomb).is_ok());
}

#[test]
fn profiles_and_texts_of_a_png_are_not_unpacked() {
    for kind in [b"iCCP", b"zTXt", b"tEXt", b"eXIf"] {
        let bomb = png_with(64, 64, &[chunk(kind, &named_zlib(256 << 20))]);
        let slice = bounded(&bomb).expect("the picture is whole");
        assert_eq!((slice.width(), slice.height()), (64, 64));
    }
    let many = png_with(64, 64, &[chunk(b"tEXt", b"a\0b").repeat(500_000)]);
    assert!(bounded(&many).is_ok());
}

#[test]
fn frames_of_an_animated_png_are_not_read() {
    let mut control = 1_000_000u32.to_be_bytes().to_vec();
    control.extend([0; 4]);
    let file = png_with(64, 64, &[chunk(b"acTL", &control)]);
    assert!(bounded(&file).is_ok());
}

#[test]
fn many_scans_of_a_large_jpeg_are_refused_and_of_a_small_one_are_read() {
    is_too_costly(
        &progressive_jpeg(4096, 4096, 60),
        "16777216 pixels come in 61 scans",
    );
    assert!(bounded(&progressive_jpeg(512, 512, 60)).is_ok());
    assert!(bounded(&progressive_jpeg(4096, 4096, 10)).is_ok());
}

#[test]
fn a_jpeg_of_nothing_but_tables_is_refused() {
    let mut tables = vec![0xff, 0xc4, 0xff, 0xff];
    tables.resize(4 + 17 * 3855, 0);
    tables.resize(2 + 0xffff, 0);
    let mut bomb = vec![0xff, 0xd8];
    bomb.extend(tables.repeat(400));
    bomb.extend(&progressive_jpeg(64, 64, 1)[2..]);
    is_too_costly(&bomb, "402 Huffman tables");
}

#[test]
fn tiles_far_larger_than_the_picture_are_refused() {
    let row = zlib(0, 1 << 20);
    is_too_costly(&tiled((64, 64), (1 << 20, 16), 8, &row), "tiles cover");
    is_too_costly(
        &tiled((64, 64), (u32::MAX, u32::MAX), 8, &row),
        "tiles cover",
    );
    assert!(bounded(&tiled((64, 64), (256, 256), 8, &zlib(0, 256 * 256))).is_ok());
}

#[test]
fn hundreds_of_thousands_of_tiles_are_refused() {
    is_too_costly(
        &tiled((512, 512), (1, 1), 8, &zlib(0, 1)),
        "262144 strips or tiles",
    );
}

#[test]
fn a_strip_that_is_read_again_and_again_is_cut_short() {
    // 16 MiB of "nothing follows", then a row: fifty rows are the same strip.
    let mut row = vec![0x80; 16 << 20];
    row.extend([0xe1, 0]);
    is_malformed(&striped(32, 50, 32773, &row), "over and over");
    // The decoder gives empty blocks up by itself.
    is_malformed(&striped(32, 200, 8, &empty_blocks(1_000_000)), "deflate");
}

/// With tiles as wide as a number can be, a row of them had terabytes, and the process was ended for asking.
#[test]
fn thousands_of_values_a_pixel_are_refused() {
    let data = zlib(0, 100);
    let mut fields = hostile::grey(64, 64, 8);
    fields[4].2 = vec![2];
    fields[5].2 = vec![65_000];
    fields.push((338, hostile::SHORT, vec![0; 64_997]));
    fields.push((322, LONG, vec![u32::MAX]));
    fields.push((323, LONG, vec![64]));
    fields.extend(same_chunks(324, 325, 1, data.len() as u32));
    is_too_costly(&tiff(&fields, &data), "65000 values a pixel");
}

/// Its pixels would be held twice, half a gigabyte.
#[test]
fn a_large_tiff_of_floating_point_is_refused() {
    let of_side = |side: u32| {
        let mut fields = hostile::grey(side, side, 8);
        fields[2].2 = vec![32; 4];
        fields[4].2 = vec![2];
        fields[5].2 = vec![4];
        fields.push((278, LONG, vec![side]));
        fields.push((338, hostile::SHORT, vec![2]));
        fields.push((339, hostile::SHORT, vec![3; 4]));
        let row = zlib(0, (side * side * 16) as usize);
        fields.extend(same_chunks(273, 279, 1, row.len() as u32));
        tiff(&fields, &row)
    };
    is_too_costly(&of_side(4096), "268435456 bytes");
    assert!(bounded(&of_side(512)).is_ok());
}

/// Its size is its own, and the decoder took 800 MB for 64 x 64 pixels.
#[test]
fn a_jpeg_inside_a_tiff_is_refused() {
    let jpeg = progressive_jpeg(16_000, 16_000, 1);
    let mut fields = hostile::grey(64, 64, 7);
    fields.push((278, LONG, vec![64]));
    fields.extend(same_chunks(273, 279, 1, jpeg.len() as u32));
    let refused = bounded(&tiff(&fields, &jpeg));
    assert!(
        matches!(refused, Err(DecodeError::Unsupported { .. })),
        "{refused:?}"
    );
}

#[test]
fn runs_in_a_bmp_stop_at_its_last_pixel() {
    let runs = [0xff, 1].repeat(4 << 20);
    let _ = bounded(&bmp((64, 64), 8, 1, 256, &runs));
    // Jumps over pixels, sixty-four thousand at a time, take no time either.
    let jumps = [0, 2, 0xff, 0xff].repeat(4 << 20);
    let _ = bounded(&bmp((64, 64), 8, 1, 256, &jumps));
}

#[test]
fn a_strip_of_half_a_million_by_32_is_refused() {
    for (width, height) in [(1 << 19, 32), (32, 1 << 19)] {
        let refused = bounded(&png_with(width, height, &[]));
        assert!(
            matches!(refused, Err(DecodeError::TooLong { .. })),
            "{refused:?}"
        );
    }
    assert!(bounded(&png_with(512, 32, &[])).is_ok());
}
