//! What is held to of any bytes, by the fuzz targets and by the tests that replay what they have kept.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
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

/// Any bytes as a file of a series; how many slices they gave.
pub fn file(bytes: Vec<u8>) -> usize {
    let collected = collect([("file".to_owned(), bytes)], &LIMITS);
    let (mut declared, mut decoded) = (0, 0);
    for series in &collected.series {
        declared += series.slices().len();
        assert!(series.width().max(series.height()) <= LIMITS.max_side);
        for index in 0..series.slices().len() {
            if let Ok(slice) = series.decode(index) {
                let grey = Window::LUNG.apply(&slice);
                assert_eq!(
                    (grey.width(), grey.height()),
                    (series.width(), series.height())
                );
                decoded += 1;
            }
        }
    }
    assert!(declared <= LIMITS.max_slices);
    decoded
}

/// The same of a volume, plain or packed: the first byte says whether the rest is put into gzip first, which a fuzzer does
/// not find its way through.
pub fn volume(bytes: &[u8]) -> usize {
    let [packed, plain @ ..] = bytes else {
        return 0;
    };
    if packed % 2 == 0 {
        return file(plain.to_vec());
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).expect("memory is written to");
    file(encoder.finish().expect("memory is written to"))
}
