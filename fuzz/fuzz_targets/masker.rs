//! What a page and its masking worker send each other: any bytes as a reply, and any file with any request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lungsight_imaging::NoLungs;
use lungsight_masking::{Masker, Request, from_bytes, to_bytes};

fuzz_target!(|bytes: &[u8]| {
    if let Some(reply) = from_bytes(bytes) {
        // Compared as bytes: a time in milliseconds may be no number, which equals nothing.
        let written = to_bytes(&reply);
        let read = from_bytes(&written).expect("what was written is read");
        assert_eq!(to_bytes(&read), written);
    }
    let [first, second, side, file @ ..] = bytes else {
        return;
    };
    let mut masker = Masker::default();
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
        assert_eq!(from_bytes(&to_bytes(&reply)), Some(reply));
    }
});
