//! Many slices in one file.

mod common;

use common::{refusal, series};
use lungsight_series::synthetic::{Coding, FrameOfSeries, Tags, ct_slice, hu_slice};
use lungsight_series::{HuSlice, Note, Refusal};

fn slices() -> Vec<HuSlice> {
    (1..=3).map(|seed| hu_slice(64, seed)).collect()
}

/// Three frames without functional groups.
fn classic() -> Tags {
    let mut tags = ct_slice(&slices()[0], &FrameOfSeries::default());
    let stored = |hu: &i16| (hu + 1024) as u16;
    let samples = slices();
    let samples = samples
        .iter()
        .flat_map(|slice| slice.values().iter().map(stored));
    tags.text(0x0028_0008, b"IS", "3")
        .samples(samples.collect());
    tags
}

fn group(tag: u32, fill: impl Fn(&mut Tags)) -> Tags {
    let mut group = Tags::default();
    fill(&mut group);
    let mut item = Tags::default();
    item.items(tag, vec![group]);
    item
}

/// The same as Enhanced CT: what all share, and positions of each, the head in the middle.
fn enhanced() -> Tags {
    let mut tags = classic();
    for tag in [
        0x0020_0032,
        0x0020_0037,
        0x0028_0030,
        0x0018_0050,
        0x0028_1052,
        0x0028_1053,
    ] {
        tags.without(tag);
    }
    let mut shared = group(0x0020_9116, |g| {
        g.text(0x0020_0037, b"DS", r"1\0\0\0\1\0");
    });
    let measures = group(0x0028_9110, |g| {
        g.text(0x0028_0030, b"DS", r"0.7\0.6")
            .text(0x0018_0050, b"DS", "2.5");
    });
    let rescale = group(0x0028_9145, |g| {
        g.text(0x0028_1052, b"DS", "-1024")
            .text(0x0028_1053, b"DS", "1");
        g.text(0x0028_1054, b"LO", "HU");
    });
    shared.0.extend(measures.0);
    shared.0.extend(rescale.0);
    let place = |z: &str| {
        group(0x0020_9113, |g| {
            g.text(0x0020_0032, b"DS", &format!(r"-160\-160\{z}"));
        })
    };
    tags.text(0x0008_0016, b"UI", "1.2.840.10008.5.1.4.1.1.2.1")
        .items(0x5200_9229, vec![shared])
        .items(0x5200_9230, ["-5", "10", "2.5"].map(place).to_vec());
    tags
}

#[test]
fn frames_of_enhanced_ct_have_places_and_units_of_their_groups() {
    for coding in [
        Coding::Implicit,
        Coding::Explicit,
        Coding::Rle,
        Coding::JpegLossless,
    ] {
        let series = series(enhanced().file(&coding));
        let places: Vec<_> = series
            .slices()
            .iter()
            .map(|slice| slice.position_mm)
            .collect();
        assert_eq!(places, [Some(10.0), Some(2.5), Some(-5.0)]);
        let [first, second, third] = [1, 2, 0].map(|stored| slices()[stored].clone());
        assert_eq!(series.decode(0), Ok(first), "{coding:?}");
        assert_eq!(series.decode(1), Ok(second));
        assert_eq!(series.decode(2), Ok(third));
        assert_eq!(series.slice_thickness_mm(), Some(2.5));
        let spacing = series.pixel_spacing().expect("given");
        assert_eq!((spacing.rows_mm, spacing.columns_mm), (0.7, 0.6));
        let frames = series.identifiers().expect("dicom").sop_instance_uids();
        assert_eq!(
            frames.map(|(_, frame)| frame).collect::<Vec<_>>(),
            [2, 3, 1]
        );
    }
}

#[test]
fn frames_that_have_no_places_stay_in_order_with_a_note() {
    let series = series(classic().file(&Coding::Explicit));
    assert_eq!(series.notes(), [Note::PositionsMissing]);
    for (index, slice) in slices().into_iter().enumerate() {
        assert_eq!(series.decode(index), Ok(slice));
    }
    let beyond = series.decode(3).expect_err("three frames");
    assert_eq!(beyond.to_string(), "there is no slice 4 in a series of 3");
}

#[test]
fn groups_that_are_fewer_than_frames_are_corrupt() {
    let mut few = enhanced();
    few.items(0x5200_9230, vec![Tags::default(); 2]);
    assert_eq!(refusal(few.file(&Coding::Explicit)), Refusal::CorruptHeader);
}

#[test]
fn a_localizer_among_the_frames_is_refused() {
    let mut scout = enhanced();
    let kind = group(0x0018_9329, |g| {
        g.text(0x0008_9007, b"CS", r"ORIGINAL\PRIMARY\LOCALIZER\NONE");
    });
    scout.items(0x5200_9230, vec![kind; 3]);
    assert_eq!(refusal(scout.file(&Coding::Explicit)), Refusal::Localizer);
}

#[test]
fn frames_that_are_not_there_are_cut_short() {
    let mut more = classic();
    more.text(0x0028_0008, b"IS", "4");
    assert_eq!(
        refusal(more.file(&Coding::Explicit)),
        Refusal::TruncatedPixels
    );
    assert_eq!(refusal(more.file(&Coding::Rle)), Refusal::TruncatedPixels);
    for frames in ["0", "-1", "100000"] {
        more.text(0x0028_0008, b"IS", frames);
        let refused = refusal(more.file(&Coding::Explicit));
        assert!(matches!(refused, Refusal::Frames { .. }), "{frames}");
    }
}
