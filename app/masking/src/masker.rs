//! The worker's work.

use std::sync::Arc;

use lungsight_imaging::{
    DecodeError, Limits, SegmentOptions, Segmentation, Slice, Step, decode, encode_png_mask,
    mask_fingerprint, segment,
};

use crate::{Lungs, Masked, Picture, Reply, Request, Steps};

/// The longer side of a thumbnail in pixels: 56 CSS pixels on a dense display.
const THUMBNAIL_SIDE: u32 = 112;

/// Decodes and masks. The last file stays decoded, so that moving its threshold need not decode it again.
#[derive(Default)]
pub struct Masker {
    limits: Limits,
    last: Option<Last>,
}

/// The file that was read last.
struct Last {
    file: Vec<u8>,
    slice: Arc<Slice>,
    /// Once it is known.
    found_threshold: Option<u8>,
}

impl Masker {
    /// Reads a file and finds its lungs. `clock_ms` tells the time in milliseconds.
    ///
    /// # Errors
    /// When the file is no picture that can be read within the limits.
    pub fn answer(&mut self, file: Vec<u8>, request: Request, clock_ms: impl Fn() -> f64) -> Reply {
        let last = self.read(file)?;
        let slice = Arc::clone(&last.slice);
        let start_ms = clock_ms();
        let steps = segment(
            &slice,
            &SegmentOptions {
                threshold: request.threshold,
            },
        );
        let masking_ms = clock_ms() - start_ms;
        let found_threshold =
            *last
                .found_threshold
                .get_or_insert_with(|| match request.threshold {
                    None => steps.threshold(),
                    Some(_) => segment(&slice, &SegmentOptions::default()).threshold(),
                });
        Ok(Masked {
            thumbnail: Picture::thinned(&slice, THUMBNAIL_SIDE),
            histogram: steps.histogram().to_vec(),
            found_threshold,
            threshold: steps.threshold(),
            already_masked: steps.already_masked(),
            masking_ms,
            lungs: steps.lungs().map(|mask| Lungs {
                png: encode_png_mask(mask),
                fingerprint: format!("{:016x}", mask_fingerprint(mask)),
            }),
            steps: request
                .picture_side
                .map(|side| pictures(&slice, &steps, side)),
        })
    }

    fn read(&mut self, file: Vec<u8>) -> Result<&mut Last, DecodeError> {
        let last = match self.last.take() {
            Some(last) if last.file == file => last,
            _ => Last {
                slice: Arc::new(decode(&file, &self.limits)?),
                file,
                found_threshold: None,
            },
        };
        Ok(self.last.insert(last))
    }
}

fn pictures(slice: &Slice, steps: &Segmentation, side: u32) -> Steps {
    Steps {
        slice: Picture::thinned(slice, side),
        pictures: Step::ALL.map(|step| Picture::thinned(&steps.picture(step), side)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{from_bytes, to_bytes};
    use lungsight_imaging::{PhantomOptions, encode_png_grey, phantom};

    fn file() -> Vec<u8> {
        encode_png_grey(&phantom(&PhantomOptions::default()).slice)
    }

    fn answer(masker: &mut Masker, request: Request) -> Masked {
        let clock = std::cell::Cell::new(0.0);
        masker
            .answer(file(), request, || clock.replace(clock.get() + 5.0))
            .expect("a good slice")
    }

    #[test]
    fn a_slice_is_read_masked_and_timed_and_arrives_as_it_was_sent() {
        let masked = answer(
            &mut Masker::default(),
            Request {
                threshold: None,
                picture_side: Some(64),
            },
        );
        assert!((masked.masking_ms - 5.0).abs() < 1e-9);
        assert_eq!(masked.threshold, masked.found_threshold);
        assert_eq!(masked.lungs.as_ref().expect("lungs").fingerprint.len(), 16);
        assert_eq!(
            masked.steps.as_ref().expect("asked for").pictures[5].width,
            64
        );
        assert_eq!(from_bytes(&to_bytes(&Ok(masked.clone()))), Some(Ok(masked)));
    }

    #[test]
    fn moving_the_threshold_changes_the_mask_and_leaves_the_found_one() {
        let mut masker = Masker::default();
        let before = answer(&mut masker, Request::default());
        let lower = before.found_threshold / 3;
        let moved = answer(
            &mut masker,
            Request {
                threshold: Some(lower),
                ..Request::default()
            },
        );
        assert_ne!(moved.lungs, before.lungs);
        assert_eq!(
            (moved.threshold, moved.found_threshold),
            (lower, before.found_threshold)
        );
        assert_eq!(answer(&mut masker, Request::default()).lungs, before.lungs);
    }

    #[test]
    fn what_is_no_picture_says_so_and_the_next_file_is_read() {
        let mut masker = Masker::default();
        let error = masker.answer(b"hello".to_vec(), Request::default(), || 0.0);
        assert_eq!(
            from_bytes(&to_bytes(&error)),
            Some(Err(DecodeError::UnknownFormat))
        );
        answer(&mut masker, Request::default());
    }
}
