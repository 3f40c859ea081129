//! Which series, and which of its slices, where not all can be taken.

use std::borrow::Borrow;

use crate::Series;

/// The first of the series with the most slices; `None` where there is no series.
pub fn longest<S: Borrow<Series>>(series: &[S]) -> Option<usize> {
    let slices = |at: &usize| series[*at].borrow().slices().len();
    // Of equals `max_by_key` gives the last.
    (0..series.len()).rev().max_by_key(slices)
}

/// How many slices of `width` x `height` pixels are taken where `slices` may be, with `pixels` in all of them.
pub fn most_within(slices: usize, pixels: u64, width: u32, height: u32) -> usize {
    let by_pixels = pixels / (u64::from(width) * u64::from(height)).max(1);
    usize::try_from(by_pixels).map_or(slices, |by_pixels| by_pixels.min(slices))
}

/// Every how many slices of a series one is taken, so that there are `most` at most: 1 for all of them.
pub fn thinning(slices: usize, most: usize) -> usize {
    slices.div_ceil(most.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{Coding, dicom_series};
    use crate::{Limits, collect};

    #[test]
    fn the_first_of_the_longest_is_taken() {
        let series = |slices| {
            let (_, files) = dicom_series(64, slices, &Coding::Explicit);
            collect(files, &Limits::default()).series.remove(0)
        };
        assert_eq!(longest(&[series(2), series(4), series(4)]), Some(1));
        assert_eq!(longest::<Series>(&[]), None);
    }

    #[test]
    fn large_slices_are_held_to_the_pixels_of_all() {
        const PIXELS: u64 = 128 << 20;
        assert_eq!(most_within(400, PIXELS, 512, 512), 400);
        assert_eq!(most_within(400, PIXELS, 768, 768), 227);
        // The feet are among them: the step that is taken from it goes through the whole series.
        let step = thinning(300, most_within(400, PIXELS, 768, 768));
        assert_eq!((0..300).step_by(step).next_back(), Some(298));
        assert_eq!(most_within(400, PIXELS, 16384, 16384), 0);
        assert_eq!(most_within(400, u64::MAX, 0, 0), 400);
    }

    #[test]
    fn no_more_slices_are_taken_than_may_be() {
        let taken = |slices: usize| slices.div_ceil(thinning(slices, 400));
        assert_eq!([1, 300, 400].map(taken), [1, 300, 400]);
        assert_eq!([401, 799, 800, 1201].map(taken), [201, 400, 400, 301]);
        assert!((1..5000).all(|slices| taken(slices) <= 400));
        assert_eq!((thinning(0, 400), thinning(5, 0)), (1, 5));
    }
}
