//! A grey picture for looking at.

use lungsight_imaging::Slice;
use serde::{Deserialize, Serialize};

/// 8-bit grey, row-major; for looking at, not for measuring.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Width in pixels.
    pub width: u32,
    #[serde(with = "serde_bytes")]
    pub pixels: Vec<u8>,
}

impl Picture {
    /// The slice with its longer side at most `max_side` pixels: every so many pixels of every so many rows.
    pub fn thinned(slice: &Slice, max_side: u32) -> Self {
        let longer = slice.width().max(slice.height());
        let step = longer.div_ceil(max_side.max(1)).max(1) as usize;
        let width = slice.width() as usize;
        let rows = slice.pixels().chunks_exact(width).step_by(step);
        Self {
            width: width.div_ceil(step) as u32,
            pixels: rows
                .flat_map(|row| row.iter().step_by(step).copied())
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_slice_is_thinned_and_a_small_one_kept() {
        let slice = Slice::new(5, 3, (0..15).collect()).expect("fits");
        let thinned = Picture::thinned(&slice, 3);
        assert_eq!(
            (thinned.width, thinned.pixels),
            (3, vec![0, 2, 4, 10, 12, 14])
        );
        assert_eq!(Picture::thinned(&slice, 5).pixels, slice.pixels());
    }
}
