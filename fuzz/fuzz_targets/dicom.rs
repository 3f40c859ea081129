//! DICOM in every coding, and zips, as a file of a series.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/series/tests/fuzzed/mod.rs"]
#[allow(dead_code, reason = "each target has its own part of it")]
mod fuzzed;

fuzz_target!(|bytes: &[u8]| {
    fuzzed::file(bytes.to_vec());
});
