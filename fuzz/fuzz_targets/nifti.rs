//! A NIfTI volume, plain and packed.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/series/tests/fuzzed/mod.rs"]
#[allow(dead_code, reason = "each target has its own part of it")]
mod fuzzed;

fuzz_target!(|bytes: &[u8]| {
    fuzzed::volume(bytes);
});
