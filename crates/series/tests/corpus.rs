//! What the fuzzers have kept (`fuzz/corpus`), read as they read it: whatever the bytes, an answer and no panic.

mod fuzzed;

use std::path::Path;

/// Reads every file of a corpus; how many slices they gave.
fn replay(corpus: &str, read: impl Fn(Vec<u8>) -> usize) -> usize {
    let folder = Path::new("../../fuzz/corpus").join(corpus);
    let (mut count, mut slices) = (0, 0);
    for file in std::fs::read_dir(&folder).expect("the corpus is there") {
        let path = file.expect("a file").path();
        slices += read(std::fs::read(&path).expect("the file can be read"));
        count += 1;
    }
    assert!(count > 5, "{corpus} has {count} files");
    slices
}

#[test]
fn every_kept_dicom_file_and_zip_is_read_or_refused() {
    assert!(replay("dicom", fuzzed::file) > 5);
}

#[test]
fn every_kept_volume_is_read_or_refused() {
    assert!(replay("nifti", |bytes| fuzzed::volume(&bytes)) > 5);
}
