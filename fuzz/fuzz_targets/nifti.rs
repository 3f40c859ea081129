//! Any bytes as a NIfTI volume, plain and packed: the first byte says whether the rest is put into gzip first, which a
//! fuzzer does not find its way through.
#![no_main]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use lungsight_series::{Limits, collect};

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
    let [packed, file @ ..] = bytes else {
        return;
    };
    let file = if packed % 2 == 1 {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(file).expect("memory is written to");
        encoder.finish().expect("memory is written to")
    } else {
        file.to_vec()
    };
    let collected = collect([("file".to_owned(), file)], &LIMITS);
    for series in &collected.series {
        assert!(series.slices().len() <= LIMITS.max_slices);
        for index in 0..series.slices().len() {
            let slice = series.decode(index);
            // Every NIfTI voxel is a number; DICOM may come through here too.
            if let Ok(slice) = slice {
                assert_eq!(
                    (slice.width(), slice.height()),
                    (series.width(), series.height())
                );
            }
        }
    }
});
