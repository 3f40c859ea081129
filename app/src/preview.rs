//! What is shown of a slice before it is sent: decoded, masked, with the threshold found or chosen. Knows no browser.

use std::sync::Arc;

use lungsight_imaging::{
    DecodeError, Limits, NoLungs, SegmentOptions, Segmentation, Slice, decode, encode_png_mask,
    mask_fingerprint, segment,
};

/// A decoded slice and its lungs.
#[derive(Clone, Debug)]
pub struct Preview {
    pub slice: Arc<Slice>,
    /// The threshold that the histogram gives.
    pub found_threshold: u8,
    /// The threshold in use: the found one, or the one the user chose.
    pub threshold: u8,
    /// How long the six steps took, in milliseconds.
    pub masking_ms: f64,
    pub lungs: Result<Lungs, NoLungs>,
}

/// The lungs as they are sent and compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lungs {
    /// The mask as a 1-bit PNG.
    pub png: Arc<[u8]>,
    /// [`mask_fingerprint`] as 16 hexadecimal digits.
    pub fingerprint: String,
}

impl Preview {
    /// Decodes a file and finds its lungs. `clock_ms` tells the time in milliseconds.
    ///
    /// # Errors
    /// When the file is no picture that can be read within `limits`.
    pub fn read(
        bytes: &[u8],
        limits: &Limits,
        clock_ms: impl Fn() -> f64,
    ) -> Result<Self, DecodeError> {
        Ok(Self::of(Arc::new(decode(bytes, limits)?), clock_ms))
    }

    /// Finds the lungs of a slice. `clock_ms` tells the time in milliseconds.
    pub fn of(slice: Arc<Slice>, clock_ms: impl Fn() -> f64) -> Self {
        let start_ms = clock_ms();
        let segmentation = segment(&slice, &SegmentOptions::default());
        let masking_ms = clock_ms() - start_ms;
        let threshold = segmentation.threshold();
        Self {
            lungs: lungs(&segmentation),
            slice,
            found_threshold: threshold,
            threshold,
            masking_ms,
        }
    }

    /// The six steps with the threshold in use.
    pub fn segmentation(&self) -> Segmentation {
        segment(
            &self.slice,
            &SegmentOptions {
                threshold: self.chosen(),
            },
        )
    }

    /// Moves the threshold and finds the lungs again; returns the steps.
    pub fn move_threshold(&mut self, threshold: u8, clock_ms: impl Fn() -> f64) -> Segmentation {
        self.threshold = threshold;
        let start_ms = clock_ms();
        let segmentation = self.segmentation();
        self.masking_ms = clock_ms() - start_ms;
        self.lungs = lungs(&segmentation);
        segmentation
    }

    /// The threshold the user chose; `None` while it is the one that was found.
    fn chosen(&self) -> Option<u8> {
        (self.threshold != self.found_threshold).then_some(self.threshold)
    }
}

fn lungs(segmentation: &Segmentation) -> Result<Lungs, NoLungs> {
    segmentation.lungs().map(|mask| Lungs {
        png: encode_png_mask(mask).into(),
        fingerprint: format!("{:016x}", mask_fingerprint(mask)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lungsight_imaging::{PhantomOptions, encode_png_grey, phantom};

    fn example() -> Preview {
        let phantom = phantom(&PhantomOptions::default());
        let clock = std::cell::Cell::new(0.0);
        let tick = || clock.replace(clock.get() + 5.0);
        Preview::read(&encode_png_grey(&phantom.slice), &Limits::default(), tick)
            .expect("a good slice")
    }

    #[test]
    fn a_slice_is_read_masked_and_timed() {
        let preview = example();
        assert!((preview.masking_ms - 5.0).abs() < 1e-9);
        assert_eq!(preview.threshold, preview.found_threshold);
        assert_eq!(preview.lungs.expect("lungs").fingerprint.len(), 16);
    }

    #[test]
    fn moving_the_threshold_changes_the_mask_and_moving_it_back_restores_it() {
        let mut preview = example();
        let (found, lungs) = (preview.found_threshold, preview.lungs.clone());
        preview.move_threshold(found / 3, || 0.0);
        assert_ne!(preview.lungs, lungs);
        preview.move_threshold(found, || 0.0);
        assert_eq!(preview.lungs, lungs);
    }

    #[test]
    fn what_is_no_picture_says_so() {
        let error = Preview::read(b"hello", &Limits::default(), || 0.0).expect_err("no picture");
        assert!(error.to_string().contains("not an image"));
    }
}
