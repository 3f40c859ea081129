//! Any bytes as a slice: PNG, JPEG, BMP, TIFF, each with a corpus of its own.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lungsight_imaging::{Limits, decode};

/// Small, so that what takes more than its pixels stands out against libFuzzer's limits.
const LIMITS: Limits = Limits {
    max_bytes: 1 << 20,
    max_pixels: 1 << 16,
    min_side: 1,
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(slice) = decode(bytes, &LIMITS) {
        let pixels = u64::from(slice.width()) * u64::from(slice.height());
        assert!(pixels <= LIMITS.max_pixels);
        assert_eq!(slice.pixels().len() as u64, pixels);
    }
});
