//! What the fuzzers have kept (`fuzz/corpus`), read as they read it: whatever the bytes, an answer and no panic.

use std::path::Path;

use lungsight_imaging::{
    DecodeError, Limits, NoLungs, SegmentOptions, Slice, decode, decode_mask, network_input,
    segment,
};

/// Calls `read` with every file of a corpus.
fn replay(corpus: &str, read: impl Fn(&[u8])) {
    let folder = Path::new("../../fuzz/corpus").join(corpus);
    let files = std::fs::read_dir(&folder).expect("the corpus is there");
    let mut count = 0;
    for file in files {
        let path = file.expect("a file").path();
        read(&std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
        count += 1;
    }
    assert!(count > 5, "{corpus} has {count} files");
}

#[test]
fn every_kept_picture_is_a_slice_or_an_error() {
    for corpus in ["png", "jpeg", "bmp", "tiff"] {
        let slices = std::cell::Cell::new(0);
        replay(corpus, |bytes| {
            let limits = Limits {
                min_side: 1,
                ..Limits::default()
            };
            if decode(bytes, &limits).is_ok() {
                slices.set(slices.get() + 1);
            }
        });
        assert!(slices.get() > 0, "no slice in {corpus}");
    }
}

#[test]
fn every_kept_mask_has_its_slices_size_or_is_an_error() {
    let slice = Slice::new(32, 32, (0..1024).map(|at| (at % 251) as u8).collect()).expect("fits");
    replay("mask", |bytes| {
        if let Ok(mask) = decode_mask(bytes, &slice, &Limits::default()) {
            assert_eq!((mask.width(), mask.height()), (32, 32));
        }
    });
}

/// The bytes are width, height, threshold and greys, as `fuzz/fuzz_targets/segment.rs` reads them.
#[test]
fn every_kept_slice_is_masked_or_has_no_lungs() {
    replay("segment", |bytes| {
        let [width, height, threshold, greys @ ..] = bytes else {
            return;
        };
        if greys.is_empty() {
            return;
        }
        let (width, height) = (u32::from(*width) + 1, u32::from(*height) + 1);
        let pixels = greys
            .iter()
            .copied()
            .cycle()
            .take((width * height) as usize);
        let slice = Slice::new(width, height, pixels.collect()).expect("fits");
        let options = SegmentOptions {
            threshold: (*threshold > 0).then_some(*threshold),
        };
        if let Ok(lungs) = segment(&slice, &options).lungs() {
            assert!(lungs.area() > 0);
            let _ = network_input(&slice, lungs);
        }
    });
}

/// The decoder's inverse transform panics on it.
#[test]
fn a_jpeg_with_colours_finer_than_its_brightness_is_refused_before_it_is_decoded() {
    let folder = Path::new("../../fuzz/corpus/jpeg");
    let kept = std::fs::read(folder.join("colour-finer-than-grey.jpg")).expect("it is kept");
    let refused = decode(&kept, &Limits::default()).err();
    assert!(
        matches!(refused, Some(DecodeError::Unsupported { .. })),
        "{refused:?}"
    );
}

/// A lung that reaches further on one side than the other side's slice is wide.
#[test]
fn a_fill_that_would_end_beyond_the_slice_meets_no_wall_there() {
    let folder = Path::new("../../fuzz/corpus/segment");
    let kept = std::fs::read(folder.join("target-beyond-the-slice")).expect("it is kept");
    let (width, height) = (u32::from(kept[0]) + 1, u32::from(kept[1]) + 1);
    let greys = kept[3..].iter().copied().cycle();
    let slice = Slice::new(
        width,
        height,
        greys.take((width * height) as usize).collect(),
    );
    let options = SegmentOptions {
        threshold: Some(kept[2]),
    };
    let segmentation = segment(&slice.expect("fits"), &options);
    assert_eq!(segmentation.lungs().err(), Some(NoLungs::NotCt));
}
