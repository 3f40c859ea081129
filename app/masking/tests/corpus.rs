//! What the fuzzer has kept of messages between page and worker (`fuzz/corpus/masker`), read as it reads them.

use std::path::Path;

use lungsight_masking::{Masker, Request, from_bytes, to_bytes};

#[test]
fn every_kept_message_is_answered_and_every_answer_arrives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/masker");
    let (mut count, mut masked) = (0, 0);
    for file in std::fs::read_dir(&folder).expect("the corpus is there") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("readable");
        let _ = from_bytes(&bytes);
        count += 1;
        let [first, second, side, file @ ..] = &*bytes else {
            continue;
        };
        let mut masker = Masker::default();
        for threshold in [*first, *second] {
            let request = Request {
                threshold: (threshold > 0).then_some(threshold),
                picture_side: (*side > 0).then_some(u32::from(*side)),
            };
            let reply = masker.answer(file.to_vec(), request, || 0.0);
            masked += usize::from(reply.is_ok());
            assert_eq!(from_bytes(&to_bytes(&reply)), Some(reply));
        }
    }
    assert!(count > 4 && masked > 0, "{masked} of {count}");
}
