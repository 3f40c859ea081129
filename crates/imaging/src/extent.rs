//! How much of the lungs something takes up, in pixels.

use crate::slice::{FITTING, Mask, Rect, Slice};

/// The grey level of −500 HU in the lung window (centre −600, width 1500): what is as bright or brighter is no air-filled lung.
/// The lower end of what is counted as ground-glass opacity and consolidation varies from −750 to −500 in the literature; at −500
/// vessels and opacities are left. In pictures made with another window the level means another density.
pub const DENSE_GREY: u8 = 145;

/// Pixels inside the lungs that are at least [`DENSE_GREY`] bright; 0 where the sizes differ.
pub fn dense_pixels(slice: &Slice, lungs: &Mask) -> usize {
    if (slice.width(), slice.height()) != (lungs.width(), lungs.height()) {
        return 0;
    }
    let (greys, lungs) = (
        slice.pixels().chunks(FITTING),
        lungs.values().chunks(FITTING),
    );
    let dense = |(greys, lungs): (&[u8], &[u8])| {
        let pixels = greys.iter().zip(lungs);
        let dense = pixels.map(|(&grey, &is_lung)| is_lung & u8::from(grey >= DENSE_GREY));
        usize::from(dense.sum::<u8>())
    };
    greys.zip(lungs).map(dense).sum()
}

/// Pixels inside the lungs over which the heat is at least one half. `heat` holds `rows` lines of `columns` values in 0..=1
/// that cover `crop`; a pixel takes the value of the cell that it lies in.
pub fn hot_pixels(heat: &[f32], columns: usize, rows: usize, crop: Rect, lungs: &Mask) -> usize {
    if heat.len() != columns * rows {
        return 0;
    }
    let width = lungs.width() as usize;
    let (across, down) = crop.within(lungs.width(), lungs.height());
    let cell = |at: usize, from: i32, length: u32, cells: usize| {
        (at as i64 - i64::from(from)) as usize * cells / length as usize
    };
    let columns_of: Vec<usize> = across
        .clone()
        .map(|x| cell(x, crop.x, crop.width, columns))
        .collect();
    down.map(|y| {
        let cells = &heat[cell(y, crop.y, crop.height, rows) * columns..][..columns];
        let line = &lungs.values()[y * width..][..width][across.clone()];
        let is_hot = |(is_lung, column): &(&u8, &usize)| **is_lung == 1 && cells[**column] >= 0.5;
        line.iter().zip(&columns_of).filter(is_hot).count()
    })
    .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four by four, its left half lung.
    fn left_half() -> Mask {
        let values = (0..16).map(|at| u8::from(at % 4 < 2)).collect();
        Mask::new(4, 4, values).expect("sixteen values")
    }

    #[test]
    fn what_is_dense_is_counted_inside_the_lungs_alone() {
        let mut pixels = vec![0; 16];
        for at in [0, 1, 4, 3, 7] {
            pixels[at] = DENSE_GREY;
        }
        pixels[5] = DENSE_GREY - 1;
        let slice = Slice::new(4, 4, pixels).expect("sixteen pixels");
        assert_eq!(dense_pixels(&slice, &left_half()), 3);
        let other = Slice::new(2, 2, vec![255; 4]).expect("four pixels");
        assert_eq!(dense_pixels(&other, &left_half()), 0);
    }

    #[test]
    fn heat_is_counted_where_its_cells_lie() {
        let crop = |x, y, side| Rect {
            x,
            y,
            width: side,
            height: side,
        };
        // Two by two cells over the whole: the upper left one is hot, and so is the lower right one, beside the lungs.
        let heat = [0.5, 0.4, 0.0, 1.0];
        assert_eq!(hot_pixels(&heat, 2, 2, crop(0, 0, 4), &left_half()), 4);
        // The square begins before the picture: of the hot cell one pixel is left.
        assert_eq!(
            hot_pixels(&heat, 2, 2, crop(-1, -1, 4), &left_half()),
            1 + 2
        );
        assert_eq!(hot_pixels(&heat, 2, 2, crop(9, 9, 4), &left_half()), 0);
        assert_eq!(hot_pixels(&heat, 3, 2, crop(0, 0, 4), &left_half()), 0);
    }
}
