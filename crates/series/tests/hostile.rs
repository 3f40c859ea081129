//! Whatever is done to a file, there is an answer, under limits and without a panic.

mod common;

use common::tags;
use lungsight_series::synthetic::{Coding, NiftiOptions, Tags, hu_slice, nifti, zip};
use lungsight_series::{Limits, Refusal, collect};
use proptest::prelude::*;

fn files() -> Vec<Vec<u8>> {
    let ramp = include_bytes!("fixtures/ramp.j2k").to_vec();
    let mut wide = tags();
    wide.u16(0x0028_0010, 48).u16(0x0028_0011, 64);
    let jpeg2000 = Coding::Encapsulated("1.2.840.10008.1.2.4.90", vec![ramp]);
    vec![
        tags().file(&Coding::Implicit),
        tags().file(&Coding::BigEndian),
        tags().file(&Coding::Deflated),
        tags().file(&Coding::Rle),
        tags().file(&Coding::JpegLossless),
        wide.file(&jpeg2000),
        nifti(&[hu_slice(64, 1)], &NiftiOptions::default()),
        zip(&[("1.dcm".to_owned(), tags().file(&Coding::Explicit))]),
    ]
}

/// Reads and decodes everything.
fn exhaust(bytes: Vec<u8>) {
    let collected = collect([("file".to_owned(), bytes)], &Limits::default());
    for series in &collected.series {
        for index in 0..series.slices().len() {
            if let Ok(slice) = series.decode(index) {
                assert_eq!(
                    (slice.width(), slice.height()),
                    (series.width(), series.height())
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn files_with_bytes_changed_are_read_or_refused(
        which in 0..8_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
        in_header in any::<bool>(),
    ) {
        let mut file = files().swap_remove(which);
        // Most of a file is pixels: half of the changes go where the structure is.
        let reach = if in_header { file.len().min(1200) } else { file.len() };
        for (at, byte) in changes {
            file[at.index(reach)] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        exhaust(file);
    }
}

/// Once, a file that ended within its meta information was read for ever.
#[test]
fn files_that_end_anywhere_in_their_header_are_refused() {
    for coding in [Coding::Implicit, Coding::BigEndian, Coding::JpegLossless] {
        let file = tags().file(&coding);
        for length in 1..900 {
            common::refusal(file[..length].to_vec());
        }
    }
}

#[test]
fn sequences_nested_a_hundred_thousand_deep_are_corrupt() {
    let file = tags().file(&Coding::Explicit);
    let pixels = file.windows(4).position(|four| four == b"\xe0\x7f\x10\x00");
    let (before, after) = file.split_at(pixels.expect("pixels"));
    let level = b"\x09\x00\x10\x00SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff";
    let bytes = [before, &level.repeat(100_000), after].concat();
    assert_eq!(common::refusal(bytes), Refusal::CorruptHeader);
}

#[test]
fn a_deflated_data_set_that_goes_on_for_ever_is_refused() {
    let mut long = tags();
    long.text(0x0040_0010, b"UN", &" ".repeat(40 << 20));
    let file = long.file(&Coding::Deflated);
    assert_eq!(
        common::refusal(file),
        Refusal::UnpackRatio { max_ratio: 100 }
    );
}

#[test]
fn a_jpeg_of_many_scans_is_refused_before_it_is_decoded() {
    let one = tags().file(&Coding::JpegLossless);
    let soi = one
        .windows(2)
        .position(|two| two == b"\xff\xd8")
        .expect("a picture");
    let mut jpeg = one[soi..one.len() - 8].to_vec();
    let scan = jpeg
        .windows(2)
        .position(|two| two == b"\xff\xda")
        .expect("a scan");
    let scans = jpeg[scan..jpeg.len() - 2].repeat(50);
    jpeg.truncate(scan);
    jpeg.extend(scans);
    jpeg.extend(b"\xff\xd9\0");
    let coding = Coding::Encapsulated("1.2.840.10008.1.2.4.70", vec![jpeg]);
    assert_eq!(common::refusal(tags().file(&coding)), Refusal::TooCostly);
}

/// Precincts of one pixel: the decoder would keep some gigabytes before it read a packet.
#[test]
fn a_codestream_of_many_precincts_is_refused_before_it_is_decoded() {
    let side = 512u32.to_be_bytes();
    let zero = [0; 4];
    let size = [side, side, zero, zero, side, side, zero, zero].concat();
    let style = |precincts: bool, layers: u8| {
        let flag = u8::from(precincts);
        let sizes = vec![0; usize::from(precincts)];
        let start = [0xff, 0x52, 0, 12 + flag, flag, 0, 0, layers, 0];
        [&start[..], &[0, 4, 4, 0, 1], &sizes].concat()
    };
    let codestream = |main: &[u8], of_tile: &[u8]| {
        let part = [of_tile, b"\xff\x93"].concat();
        [
            b"\xff\x4f\xff\x51\0\x29\0\0",
            &size[..],
            &[0, 1, 15, 1, 1],
            main,
            b"\xff\x5c\0\x04\x40\x40",
            b"\xff\x90\0\x0a\0\0\0\0\0",
            &[part.len() as u8 + 12, 0, 1],
            &part,
            b"\xff\xd9",
        ]
        .concat()
    };
    let (plain, costly) = (style(false, 1), style(true, 32));
    let mut wide = tags();
    wide.u16(0x0028_0010, 512).u16(0x0028_0011, 512);
    let refusal = |codestream: Vec<u8>| {
        let coding = Coding::Encapsulated("1.2.840.10008.1.2.4.90", vec![codestream]);
        common::refusal(wide.file(&coding))
    };
    assert_eq!(refusal(codestream(&costly, &[])), Refusal::TooCostly);
    assert_eq!(refusal(codestream(&plain, &costly)), Refusal::TooCostly);
    // A length that covers the style, which the decoder finds all the same.
    let mut hidden = codestream(&[&costly[..], &plain].concat(), &[]);
    hidden[5] += costly.len() as u8;
    assert_eq!(refusal(hidden), Refusal::Codestream);
}

/// Items and delimiters where none belong.
#[test]
fn items_outside_of_sequences_are_corrupt() {
    let mut stray = Tags::default();
    stray.text(0xfffe_e000, b"LO", "stray");
    let mut file = tags().file(&Coding::Explicit);
    file.extend(stray.data_set(&Coding::Explicit));
    assert_eq!(common::refusal(file), Refusal::CorruptHeader);
}
