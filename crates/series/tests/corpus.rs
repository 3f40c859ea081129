//! What the fuzzers have kept (`fuzz/corpus`), read as they read it: whatever the bytes, an answer and no panic.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use lungsight_series::{Limits, Window, collect};

/// The fuzzers' own: what they keep must stay within these.
const LIMITS: Limits = Limits {
    max_file_bytes: 1 << 20,
    max_total_bytes: 4 << 20,
    max_entries: 64,
    max_ratio: 100,
    max_side: 256,
    max_frames: 16,
    max_slices: 64,
};

/// Reads every file of a corpus; how many slices they gave.
fn replay(corpus: &str, prepare: impl Fn(Vec<u8>) -> Vec<u8>) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(corpus);
    let (mut count, mut slices) = (0, 0);
    for file in std::fs::read_dir(&folder).expect("the corpus is there") {
        let path = file.expect("a file").path();
        let bytes = std::fs::read(&path).expect("the file can be read");
        count += 1;
        let collected = collect([("kept".to_owned(), prepare(bytes))], &LIMITS);
        for series in &collected.series {
            for index in 0..series.slices().len() {
                if let Ok(slice) = series.decode(index) {
                    let grey = Window::LUNG.apply(&slice);
                    assert_eq!(
                        (grey.width(), grey.height()),
                        (series.width(), series.height())
                    );
                    slices += 1;
                }
            }
        }
    }
    assert!(count > 5, "{corpus} has {count} files");
    slices
}

#[test]
fn every_kept_dicom_file_and_zip_is_read_or_refused() {
    assert!(replay("dicom", |bytes| bytes) > 5);
}

/// The first byte says whether the rest is packed, as in `fuzz/fuzz_targets/nifti.rs`.
#[test]
fn every_kept_volume_is_read_or_refused() {
    let slices = replay("nifti", |mut bytes| {
        let packed = bytes.first().is_some_and(|first| first % 2 == 1);
        bytes.drain(..bytes.len().min(1));
        if !packed {
            return bytes;
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&bytes).expect("memory is written to");
        encoder.finish().expect("memory is written to")
    });
    assert!(slices > 5);
}
