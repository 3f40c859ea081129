//! What is held to of any bytes between page and worker, by the fuzz target and by the test that replays what it has kept.

use lungsight_imaging::NoLungs;
use lungsight_masking::{Masker, Request, from_bytes, to_bytes};

/// Any bytes as a reply; and as a file with two requests, in its first three bytes. How many were masked.
pub fn message(bytes: &[u8]) -> usize {
    if let Some(reply) = from_bytes(bytes) {
        // Compared as bytes: a time in milliseconds may be no number, which equals nothing.
        let written = to_bytes(&reply);
        let read = from_bytes(&written).expect("what was written is read");
        assert_eq!(to_bytes(&read), written);
    }
    let [first, second, side, file @ ..] = bytes else {
        return 0;
    };
    let mut masker = Masker::default();
    let mut masked = 0;
    for threshold in [*first, *second] {
        let request = Request {
            threshold: (threshold > 0).then_some(threshold),
            picture_side: (*side > 0).then_some(u32::from(*side)),
        };
        let reply = masker.answer(file.to_vec(), request, || 0.0);
        // A picture of one grey has nothing to part.
        if let (Ok(masked), Some(asked)) = (&reply, request.threshold)
            && masked.lungs != Err(NoLungs::Flat)
        {
            assert_eq!(masked.threshold, asked);
        }
        masked += usize::from(reply.is_ok());
        assert_eq!(from_bytes(&to_bytes(&reply)), Some(reply));
    }
    masked
}
