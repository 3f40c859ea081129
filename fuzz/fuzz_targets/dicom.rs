//! Any bytes as a file of a series: DICOM in every coding, and zips.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lungsight_series::{Limits, Window, collect};

/// Small, so that what takes more than its pixels stands out against libFuzzer's limits.
const LIMITS: Limits = Limits {
    max_file_bytes: 1 << 20,
    max_total_bytes: 4 << 20,
    max_entries: 64,
    max_ratio: 100,
    max_side: 256,
    max_frames: 16,
    max_slices: 64,
};

fuzz_target!(|bytes: &[u8]| {
    let collected = collect([("file".to_owned(), bytes.to_vec())], &LIMITS);
    let mut slices = 0;
    for series in &collected.series {
        slices += series.slices().len();
        assert!(series.width().max(series.height()) <= LIMITS.max_side);
        for index in 0..series.slices().len() {
            if let Ok(slice) = series.decode(index) {
                assert_eq!(
                    (slice.width(), slice.height()),
                    (series.width(), series.height())
                );
                let _ = Window::LUNG.apply(&slice);
            }
        }
    }
    assert!(slices <= LIMITS.max_slices);
});
