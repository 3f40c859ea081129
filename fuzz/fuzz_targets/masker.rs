//! What a page and its masking worker send each other: any bytes as a reply, and any file with any request.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../app/masking/tests/fuzzed/mod.rs"]
mod fuzzed;

fuzz_target!(|bytes: &[u8]| {
    fuzzed::message(bytes);
});
