//! The six steps on any grey values: width, height and threshold in three bytes, then pixels, repeated to fill the slice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lungsight_imaging::{SegmentOptions, Slice, Step, network_input, segment, steps_strip};

fuzz_target!(|bytes: &[u8]| {
    let [width, height, threshold, greys @ ..] = bytes else {
        return;
    };
    let (width, height) = (u32::from(*width) + 1, u32::from(*height) + 1);
    if greys.is_empty() {
        return;
    }
    let pixels = greys
        .iter()
        .copied()
        .cycle()
        .take((width * height) as usize)
        .collect();
    let slice = Slice::new(width, height, pixels).expect("as many pixels as the sides ask for");
    let options = SegmentOptions {
        threshold: (*threshold > 0).then_some(*threshold),
    };
    let segmentation = segment(&slice, &options);
    for step in Step::ALL {
        let picture = segmentation.picture(step);
        assert_eq!((picture.width(), picture.height()), (width, height));
    }
    let _ = steps_strip(&segmentation);
    if let Ok(lungs) = segmentation.lungs() {
        assert!(lungs.area() > 0);
        let _ = network_input(&slice, lungs);
    }
});
