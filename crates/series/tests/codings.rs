//! Every way to store pixels gives the same Hounsfield units.

mod common;

use common::{series, slice, tags};
use dicom_pixeldata::PixelDecoder as _;
use lungsight_series::synthetic::Coding;
use lungsight_series::{AIR_HU, Format, HuSlice, Modality, Note};

const CODINGS: [Coding; 6] = [
    Coding::Implicit,
    Coding::Explicit,
    Coding::BigEndian,
    Coding::Deflated,
    Coding::Rle,
    Coding::JpegLossless,
];

fn decoded(file: Vec<u8>) -> HuSlice {
    series(file).decode(0).expect("the slice is whole")
}

#[test]
fn every_lossless_coding_gives_the_slice_bit_by_bit() {
    for coding in CODINGS {
        let series = series(tags().file(&coding));
        assert_eq!(series.decode(0), Ok(slice()), "{coding:?}");
        assert_eq!(
            (series.format(), series.modality()),
            (Format::Dicom, Modality::Ct)
        );
        assert_eq!(series.notes(), []);
    }
}

#[test]
fn files_without_preamble_or_meta_information_are_read() {
    let file = tags().file(&Coding::Explicit);
    assert_eq!(decoded(file[132..].to_vec()), slice());
    for coding in [Coding::Implicit, Coding::Explicit] {
        assert_eq!(decoded(tags().data_set(&coding)), slice(), "{coding:?}");
    }
}

#[test]
fn signed_values_of_twelve_bits_keep_their_sign() {
    let mut signed = tags();
    let stored = |hu: &i16| (hu >> 1).cast_unsigned() & 0x0fff | 0xa000;
    let samples = slice().values().iter().map(stored).collect();
    // Half the resolution, and bits above the stored ones that must not be seen.
    signed
        .u16(0x0028_0103, 1)
        .text(0x0028_1052, b"DS", "0")
        .text(0x0028_1053, b"DS", "2")
        .samples(samples);
    let halved: Vec<i16> = slice().values().iter().map(|hu| (hu >> 1) * 2).collect();
    assert_eq!(decoded(signed.file(&Coding::Explicit)).values(), halved);
}

#[test]
fn the_high_bit_says_where_the_value_lies() {
    let mut shifted = tags();
    let stored = |hu: &i16| (hu + 1024).cast_unsigned() << 4 | 0x5;
    let samples = slice().values().iter().map(stored).collect();
    shifted.u16(0x0028_0102, 15).samples(samples);
    assert_eq!(decoded(shifted.file(&Coding::Explicit)), slice());
}

#[test]
fn monochrome_1_changes_how_values_are_shown_and_not_what_they_are() {
    let mut inverse = tags();
    inverse.text(0x0028_0004, b"CS", "MONOCHROME1");
    assert_eq!(decoded(inverse.file(&Coding::Explicit)), slice());
}

#[test]
fn padding_is_air_whatever_the_rescale_makes_of_it() {
    let mut padded = tags();
    let mut samples: Vec<u16> = slice()
        .values()
        .iter()
        .map(|hu| (hu + 1024) as u16)
        .collect();
    samples[0] = 4000;
    samples[1] = 3990;
    samples[2] = 3989;
    padded.samples(samples).u16(0x0028_0120, 4000);
    let value = decoded(padded.file(&Coding::Explicit));
    assert_eq!(value.values()[..3], [AIR_HU, 2966, 2965]);
    padded.u16(0x0028_0121, 3990);
    let range = decoded(padded.file(&Coding::Explicit));
    assert_eq!(range.values()[..3], [AIR_HU, AIR_HU, 2965]);
}

#[test]
fn baseline_jpeg_is_read_with_a_note_that_it_has_lost() {
    let greys: Vec<u8> = slice()
        .values()
        .iter()
        .map(|hu| ((hu + 1350) / 6) as u8)
        .collect();
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 100);
    let write = image::ImageEncoder::write_image;
    write(encoder, &greys, 64, 64, image::ExtendedColorType::L8).expect("encoded");
    let mut lossy = tags();
    lossy
        .u16(0x0028_0100, 8)
        .u16(0x0028_0101, 8)
        .u16(0x0028_0102, 7)
        .text(0x0028_1052, b"DS", "-1350")
        .text(0x0028_1053, b"DS", "6");
    let coding = Coding::Encapsulated("1.2.840.10008.1.2.4.50", vec![jpeg]);
    let series = series(lossy.file(&coding));
    assert_eq!(series.notes(), [Note::LossyCompression]);
    let found = series.decode(0).expect("the slice is whole");
    let pairs = found.values().iter().zip(slice().values().to_vec());
    let worst = pairs.map(|(one, other)| (one - other).abs()).max();
    assert!(worst < Some(30), "{worst:?}");
}

/// `tests/fixtures.py` says what is in it.
#[test]
fn jpeg_2000_in_one_or_many_fragments_is_read() {
    let codestream = include_bytes!("fixtures/ramp.j2k").to_vec();
    let ramp = (0..48 * 64).map(|at| {
        let (x, y) = (at % 64, at / 64);
        (64 * x + 3 * y + 7 * (x * y % 5)) % 4096 - 1024
    });
    let ramp: Vec<i16> = ramp.collect();
    let mut tags = tags();
    tags.u16(0x0028_0010, 48).u16(0x0028_0011, 64);
    let pieces = codestream.chunks(500).map(<[u8]>::to_vec).collect();
    for fragments in [vec![codestream.clone()], pieces] {
        let coding = Coding::Encapsulated("1.2.840.10008.1.2.4.90", fragments);
        assert_eq!(decoded(tags.file(&coding)).values(), ramp);
    }
}

#[test]
fn jpeg_2000_with_a_sign_is_read_as_openjp2_reads_it() {
    // The same coefficients, taken for those of numbers with a sign: half of what there is less.
    let mut codestream = include_bytes!("fixtures/ramp.j2k").to_vec();
    let precision = 42;
    assert!(codestream[precision] < 16, "bits of a sample, less one");
    codestream[precision] |= 0x80;
    let mut tags = tags();
    tags.u16(0x0028_0010, 48)
        .u16(0x0028_0011, 64)
        .u16(0x0028_0103, 1);
    let coding = Coding::Encapsulated("1.2.840.10008.1.2.4.90", vec![codestream]);
    let file = tags.file(&coding);
    let object = dicom_object::from_reader(file.as_slice()).expect("it is DICOM");
    let pixels = object.decode_pixel_data().expect("pixels");
    let theirs: Vec<i16> = pixels.to_vec().expect("16 bits");
    assert!(theirs.iter().any(|hu| *hu < -1024), "{:?}", &theirs[..9]);
    assert_eq!(decoded(file).values(), theirs);
}

/// Another reader of the same files.
#[test]
fn dicom_rs_reads_the_same_values() {
    for coding in CODINGS {
        let file = tags().file(&coding);
        let object = dicom_object::from_reader(file.as_slice()).expect("it is DICOM");
        let pixels = object.decode_pixel_data().expect("pixels");
        let theirs: Vec<i16> = pixels.to_vec().expect("16 bits");
        assert_eq!(decoded(file).values(), theirs, "{coding:?}");
    }
}

#[test]
fn pixels_that_are_not_square_are_told() {
    let noted = |spacing: &str| {
        let mut tags = tags();
        tags.text(0x0028_0030, b"DS", spacing);
        series(tags.file(&Coding::Explicit)).notes().to_vec()
    };
    assert_eq!(noted(r"0.625\0.64"), []);
    assert_eq!(noted(r"0.625\1.25"), [Note::PixelsNotSquare]);
    assert_eq!(noted(r"1.25\0.625"), [Note::PixelsNotSquare]);
}
