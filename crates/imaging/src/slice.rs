//! The grey picture of one slice, a mask over it, and a region in it.

use std::ops::Range;

/// An axial slice: 8-bit grey, row-major, row 0 at the front of the chest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Slice {
    /// `None` unless both sides are at least 1 and `pixels` holds `width * height` values.
    pub fn new(width: u32, height: u32, pixels: Vec<u8>) -> Option<Self> {
        is_size(width, height, pixels.len()).then_some(Self {
            width,
            height,
            pixels,
        })
    }

    /// Width in pixels, at least 1.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// `width * height` grey values, row-major.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

/// So many values of 0 and 1 have a sum that a byte holds: processors add many bytes at once.
pub(crate) const FITTING: usize = 128;

/// The pixels of a slice that are lung: one value per pixel, 0 or 1, row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    width: u32,
    height: u32,
    values: Vec<u8>,
}

impl Mask {
    /// `None` unless both sides are at least 1 and `values` holds `width * height` values, each 0 or 1.
    pub fn new(width: u32, height: u32, values: Vec<u8>) -> Option<Self> {
        // All at once: looking at one after the other until one is wrong takes ten times as long.
        let together = values.iter().fold(0, |together, &value| together | value);
        (is_size(width, height, values.len()) && together <= 1).then_some(Self {
            width,
            height,
            values,
        })
    }

    /// Width in pixels, at least 1.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// `width * height` values, each 0 or 1, row-major.
    pub fn values(&self) -> &[u8] {
        &self.values
    }

    /// How many pixels are set.
    pub fn area(&self) -> usize {
        let parts = self.values.chunks(FITTING);
        parts.map(|part| usize::from(part.iter().sum::<u8>())).sum()
    }

    /// How many pixels of a region are set.
    pub fn area_in(&self, region: Rect) -> usize {
        let (columns, rows) = region.within(self.width, self.height);
        let width = self.width as usize;
        let inside = rows.flat_map(|y| &self.values[y * width..][columns.clone()]);
        inside.map(|&value| usize::from(value)).sum()
    }

    /// The smallest rectangle that holds every set pixel; `None` when no pixel is set.
    pub fn bounding_box(&self) -> Option<Rect> {
        let width = self.width as usize;
        let (mut left, mut right, mut top, mut bottom) = (width, 0, None, 0);
        for (y, row) in self.values.chunks_exact(width).enumerate() {
            let Some(first) = row.iter().position(|&value| value != 0) else {
                continue;
            };
            let last = row.iter().rposition(|&value| value != 0).unwrap_or(first);
            left = left.min(first);
            right = right.max(last);
            top.get_or_insert(y);
            bottom = y;
        }
        let top = top?;
        Some(Rect {
            x: left as i32,
            y: top as i32,
            width: (right - left + 1) as u32,
            height: (bottom - top + 1) as u32,
        })
    }
}

fn is_size(width: u32, height: u32, len: usize) -> bool {
    let pixels = u64::from(width) * u64::from(height);
    pixels > 0 && pixels == len as u64 && width <= i32::MAX as u32 && height <= i32::MAX as u32
}

/// A region in pixels of a slice; it may reach over the slice's edge, as a square crop at the edge does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    pub x: i32,
    pub y: i32,
    pub width: u32,
    pub height: u32,
}

impl Rect {
    /// The columns and rows of a picture of `width` × `height` pixels that lie in the rectangle; empty where it lies beside
    /// the picture.
    pub fn within(self, width: u32, height: u32) -> (Range<usize>, Range<usize>) {
        let along = |start: i32, length: u32, side: u32| {
            let (start, side) = (i64::from(start), i64::from(side));
            let end = (start + i64::from(length)).clamp(0, side);
            start.clamp(0, side) as usize..end as usize
        };
        (
            along(self.x, self.width, width),
            along(self.y, self.height, height),
        )
    }
}

/// 64-bit FNV-1a of a mask's width, height (little endian, 4 bytes each) and values: two masks with the same
/// fingerprint are taken for equal when the browser's mask is compared with the server's.
pub fn mask_fingerprint(mask: &Mask) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let size = mask
        .width
        .to_le_bytes()
        .into_iter()
        .chain(mask.height.to_le_bytes());
    size.chain(mask.values.iter().copied())
        .fold(OFFSET, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(PRIME)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_must_fit() {
        assert!(Slice::new(3, 2, vec![0; 6]).is_some());
        assert!(Slice::new(3, 2, vec![0; 5]).is_none());
        assert!(Slice::new(0, 0, Vec::new()).is_none());
        assert!(Slice::new(u32::MAX, u32::MAX, vec![0; 1]).is_none());
        assert!(Mask::new(2, 1, vec![0, 2]).is_none());
    }

    #[test]
    fn bounding_box_is_tight() {
        let mut values = vec![0; 20];
        values[6] = 1;
        values[13] = 1;
        let mask = Mask::new(5, 4, values).expect("fits");
        assert_eq!(mask.area(), 2);
        assert_eq!(
            mask.bounding_box(),
            Some(Rect {
                x: 1,
                y: 1,
                width: 3,
                height: 2
            })
        );
        let empty = Mask::new(5, 4, vec![0; 20]).expect("fits");
        assert_eq!(empty.bounding_box(), None);
    }

    #[test]
    fn the_area_in_a_region_ends_at_the_slice_s_edge() {
        let mask = Mask::new(5, 4, vec![1; 20]).expect("fits");
        let area = |x, y, width, height| {
            mask.area_in(Rect {
                x,
                y,
                width,
                height,
            })
        };
        assert_eq!(area(0, 0, 5, 4), 20);
        assert_eq!(area(-2, 1, 4, 2), 4);
        assert_eq!(area(3, 3, u32::MAX, u32::MAX), 2);
        assert_eq!(area(i32::MAX, 0, u32::MAX, 1), 0);
        assert_eq!(area(2, 2, 0, 2), 0);
        assert_eq!(area(-9, 0, 3, 3), 0);
    }

    #[test]
    fn fingerprint_tells_size_and_values() {
        let of = |w, h, values| mask_fingerprint(&Mask::new(w, h, values).expect("fits"));
        assert_eq!(of(2, 1, vec![0, 1]), of(2, 1, vec![0, 1]));
        assert_ne!(of(2, 1, vec![0, 1]), of(1, 2, vec![0, 1]));
        assert_ne!(of(2, 1, vec![0, 1]), of(2, 1, vec![1, 0]));
    }
}
