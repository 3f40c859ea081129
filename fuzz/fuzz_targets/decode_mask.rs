//! Any bytes as the mask of a slice.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use lungsight_imaging::{Limits, Slice, decode_mask, network_input};

/// Of the size that the corpus's masks have.
static SLICE: LazyLock<Slice> = LazyLock::new(|| {
    let pixels = (0..32 * 32).map(|at| (at % 251) as u8).collect();
    Slice::new(32, 32, pixels).expect("fits")
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(mask) = decode_mask(bytes, &SLICE, &Limits::default()) {
        assert_eq!((mask.width(), mask.height()), (32, 32));
        assert!(mask.values().iter().all(|&value| value <= 1));
        let _ = network_input(&SLICE, &mask);
    }
});
