//! Everything that is no axial CT slice is refused for its own reason, and no message holds a value of a tag.

mod common;

use common::{refusal, refusal_under, tags};
use lungsight_series::synthetic::{Coding, Tags};
use lungsight_series::{Limits, MAX_TILT_DEGREES, Refusal, UnreadSyntax};

fn changed(change: impl Fn(&mut Tags)) -> Refusal {
    let mut tags = tags();
    change(&mut tags);
    refusal(tags.file(&Coding::Explicit))
}

fn class(kind: &str) -> Refusal {
    changed(|tags| {
        tags.text(
            0x0008_0016,
            b"UI",
            &format!("1.2.840.10008.5.1.4.1.1.{kind}"),
        );
    })
}

#[test]
fn what_is_no_image_is_named() {
    assert_eq!(class("104.1"), Refusal::Document);
    assert_eq!(class("88.33"), Refusal::StructuredReport);
    assert_eq!(class("7"), Refusal::SecondaryCapture);
    assert_eq!(class("7.4"), Refusal::SecondaryCapture);
    let directory = changed(|tags| {
        tags.text(0x0008_0016, b"UI", "1.2.840.10008.1.3.10");
    });
    assert_eq!(directory, Refusal::DicomDir);
    let records = changed(|tags| {
        tags.items(0x0004_1220, vec![Tags::default()]);
    });
    assert_eq!(records, Refusal::DicomDir);
    let pixels = changed(|tags| {
        tags.without(0x7fe0_0010);
    });
    assert_eq!(pixels, Refusal::NoPixels);
}

#[test]
fn identifiers_longer_than_any_are_refused() {
    for tag in [0x0008_0016, 0x0008_0018, 0x0020_000d, 0x0020_000e] {
        let of = |length: usize| {
            let mut tags = tags();
            let class = "1.2.840.10008.5.1.4.1.1.2";
            let uid = match tag {
                0x0008_0016 => format!("{class:0<length$}"),
                _ => "1".repeat(length),
            };
            tags.text(tag, b"UI", &uid);
            tags.file(&Coding::Explicit)
        };
        assert_eq!(refusal(of(65)), Refusal::CorruptHeader, "{tag:08x}");
    }
}

#[test]
fn other_modalities_are_refused_and_a_missing_one_goes_by_the_class() {
    for modality in ["MR", "NM", "PT", "OT", "ZQ9"] {
        let refused = changed(|tags| {
            tags.text(0x0008_0060, b"CS", modality);
        });
        assert_eq!(refused, Refusal::NotCt);
        assert!(!refused.to_string().contains("ZQ9"));
    }
    let mut unsaid = tags();
    unsaid.without(0x0008_0060);
    assert_eq!(common::read(unsaid.file(&Coding::Explicit)).refused, []);
    unsaid.text(0x0008_0016, b"UI", "1.2.840.10008.5.1.4.1.1.4");
    assert_eq!(refusal(unsaid.file(&Coding::Explicit)), Refusal::NotCt);
}

#[test]
fn localizers_colour_and_planes_that_are_not_axial_are_refused() {
    for scout in [r"ORIGINAL\PRIMARY\LOCALIZER", r"DERIVED\SECONDARY\SCOUT"] {
        let refused = changed(|tags| {
            tags.text(0x0008_0008, b"CS", scout);
        });
        assert_eq!(refused, Refusal::Localizer);
    }
    let samples = changed(|tags| {
        tags.u16(0x0028_0002, 3);
    });
    let palette = changed(|tags| {
        tags.text(0x0028_0004, b"CS", "PALETTE COLOR");
    });
    assert_eq!([samples, palette], [Refusal::Coloured, Refusal::Coloured]);
    for plane in [r"1\0\0\0\0\-1", r"0\1\0\0\0\-1", r"0.7\0.7\0\-0.7\0.7\0"] {
        let refused = changed(|tags| {
            tags.text(0x0020_0037, b"DS", plane);
        });
        let not_axial = Refusal::NotAxial {
            max_degrees: MAX_TILT_DEGREES,
        };
        assert_eq!(refused, not_axial);
    }
}

#[test]
fn transfer_syntaxes_that_are_not_read_are_named_where_they_are_known() {
    for (uid, unread, name) in [
        ("1.2.840.10008.1.2.4.80", UnreadSyntax::JpegLs, "JPEG-LS"),
        ("1.2.840.10008.1.2.4.110", UnreadSyntax::JpegXl, "JPEG XL"),
        (
            "1.2.840.10008.1.2.4.201",
            UnreadSyntax::HighThroughputJpeg2000,
            "High-Throughput",
        ),
        ("1.2.840.10008.1.2.4.102", UnreadSyntax::Video, "video"),
        (
            "1.2.840.113619.5.2",
            UnreadSyntax::Other,
            "private or unknown",
        ),
    ] {
        let coding = Coding::Encapsulated(uid, vec![vec![0; 16]]);
        let refused = refusal(tags().file(&coding));
        assert_eq!(refused, Refusal::Syntax(unread));
        assert!(refused.to_string().contains(name) && !refused.to_string().contains("1.2."));
    }
}

#[test]
fn values_that_nothing_makes_hounsfield_units_are_refused() {
    let unsigned = changed(|tags| {
        tags.without(0x0028_1052).without(0x0028_1053);
    });
    let lut = changed(|tags| {
        tags.items(0x0028_3000, vec![Tags::default()]);
    });
    let optical_density = changed(|tags| {
        tags.text(0x0028_1054, b"LO", "OD");
    });
    let flat = changed(|tags| {
        tags.text(0x0028_1053, b"DS", "0");
    });
    for refused in [unsigned, lut, optical_density, flat] {
        assert_eq!(refused, Refusal::NotHounsfield);
    }
    let wordy = changed(|tags| {
        tags.text(0x0028_1053, b"DS", "one");
    });
    assert_eq!(wordy, Refusal::CorruptHeader);
}

#[test]
fn sizes_and_bits_that_make_no_sense_are_refused() {
    for (tag, value) in [(0x0028_0010, 0), (0x0028_0011, 65535), (0x0028_0010, 2049)] {
        let refused = changed(|tags| {
            tags.u16(tag, value);
        });
        assert!(matches!(refused, Refusal::Size { .. }), "{refused:?}");
    }
    for (tag, value) in [
        (0x0028_0100, 32),
        (0x0028_0101, 17),
        (0x0028_0101, 0),
        (0x0028_0102, 5),
    ] {
        let refused = changed(|tags| {
            tags.u16(tag, value);
        });
        assert_eq!(refused, Refusal::BitDepth, "{tag:x} {value}");
    }
}

#[test]
fn files_that_are_cut_short_say_so_wherever_they_are_cut() {
    for coding in [
        Coding::Explicit,
        Coding::Implicit,
        Coding::Rle,
        Coding::JpegLossless,
    ] {
        let file = tags().file(&coding);
        let pixels = refusal(file[..file.len() - 100].to_vec());
        assert_eq!(pixels, Refusal::TruncatedPixels, "{coding:?}");
        for length in [0, 1, 100, 131, 140, 200, 400, 700] {
            let expected = match length {
                0 => Refusal::Empty,
                1..132 => Refusal::UnknownFormat,
                _ => {
                    let refused = refusal(file[..length].to_vec());
                    assert!(!matches!(refused, Refusal::UnknownFormat), "{length}");
                    continue;
                }
            };
            assert_eq!(refusal(file[..length].to_vec()), expected, "{length}");
        }
    }
}

#[test]
fn compressed_pictures_that_differ_from_their_header_are_refused() {
    let ramp = include_bytes!("fixtures/ramp.j2k").to_vec();
    let jpeg2000 = Coding::Encapsulated("1.2.840.10008.1.2.4.90", vec![ramp]);
    for coding in [Coding::JpegLossless, jpeg2000] {
        let mut file = tags().file(&coding);
        let rows = b"\x28\x00\x10\x00US\x02\x00";
        let found = file.windows(8).position(|eight| eight == rows);
        let at = found.expect("rows") + 8;
        file[at..at + 2].copy_from_slice(&65_u16.to_le_bytes());
        assert_eq!(refusal(file), Refusal::Codestream, "{coding:?}");
    }
    let text = Coding::Encapsulated("1.2.840.10008.1.2.4.70", vec![b"no jpeg.".to_vec()]);
    assert_eq!(refusal(tags().file(&text)), Refusal::Codestream);
}

#[test]
fn lossless_jpegs_that_the_decoder_gets_wrong_are_refused() {
    let file = tags().file(&Coding::JpegLossless);
    let at = |bytes: &[u8], pattern: &[u8]| {
        let mut windows = bytes.windows(pattern.len());
        windows.position(|window| window == pattern).expect("there")
    };
    // Without the end of the sequence of fragments.
    let jpeg = &file[at(&file, b"\xff\xd8\xff")..file.len() - 8];
    let scan = at(jpeg, b"\xff\xda");
    let (before, after) = jpeg.split_at(scan);
    let with_interval = |interval: u8| [before, &[0xff, 0xdd, 0, 4, 0, interval], after].concat();
    let mut transformed = jpeg.to_vec();
    // The last byte of a scan's header: marker, length, one component of two bytes, predictor, 0.
    transformed[scan + 9] = 1;
    let of =
        |jpeg: Vec<u8>| tags().file(&Coding::Encapsulated("1.2.840.10008.1.2.4.70", vec![jpeg]));
    for jpeg in [with_interval(32), transformed] {
        let refused = Refusal::Syntax(UnreadSyntax::JpegLosslessRestarts);
        assert_eq!(refusal(of(jpeg)), refused);
    }
    let files = [("a".to_owned(), of(with_interval(0)))];
    let series = lungsight_series::collect(files, &Limits::default());
    assert_eq!(series.series.len(), 1, "{:?}", series.refused);
}

#[test]
fn what_is_neither_is_refused_and_limits_are_kept() {
    for bytes in [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        b"notes".to_vec(),
        vec![0; 500],
    ] {
        assert_eq!(refusal(bytes), Refusal::UnknownFormat);
    }
    let file = tags().file(&Coding::Explicit);
    let limits = Limits {
        max_file_bytes: 1000,
        ..Limits::default()
    };
    let refused = refusal_under(file.clone(), &limits);
    assert_eq!(refused, Refusal::TooManyBytes { max_bytes: 1000 });
    let limits = Limits {
        max_total_bytes: 1000,
        ..Limits::default()
    };
    let refused = refusal_under(file.clone(), &limits);
    assert_eq!(refused, Refusal::TooManyBytesInAll { max_bytes: 1000 });
    let limits = Limits {
        max_slices: 0,
        ..Limits::default()
    };
    let refused = refusal_under(file, &limits);
    assert_eq!(refused, Refusal::TooManySlices { max_slices: 0 });
}
