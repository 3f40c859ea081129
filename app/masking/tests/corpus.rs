//! What the fuzzer has kept of messages between page and worker (`fuzz/corpus/masker`), read as it reads them.

mod fuzzed;

use std::path::Path;

#[test]
fn every_kept_message_is_answered_and_every_answer_arrives() {
    let folder = Path::new("../../fuzz/corpus/masker");
    let (mut count, mut masked) = (0, 0);
    for file in std::fs::read_dir(folder).expect("the corpus is there") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("readable");
        masked += fuzzed::message(&bytes);
        count += 1;
    }
    assert!(count > 4 && masked > 0, "{masked} of {count}");
}
