//! The stem's ReLU with its max pooling, and the pyramid's doubling.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::picture::Pictures;

/// The largest of 3×3 pixels' ReLUs at every second one, padded by one pixel.
pub(super) fn max_pool_relu(x: &Pictures) -> Pictures {
    let (height, width, channels) = (x.height.div_ceil(2), x.width.div_ceil(2), x.channels);
    let mut result = Pictures::zeros([x.count, height, width, channels]);
    let arch = Arch::new();
    result
        .values
        .par_chunks_mut(width * channels)
        .enumerate()
        .for_each(|(index, result)| {
            arch.dispatch(Row {
                x,
                picture: index / height,
                y: index % height,
                result,
            });
        });
    result
}

/// A line of the result, all zero as yet: the least that a ReLU is. No closure, so that it is compiled for the processor.
struct Row<'a> {
    x: &'a Pictures,
    picture: usize,
    y: usize,
    result: &'a mut [f32],
}

impl WithSimd for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self {
            x,
            picture,
            y,
            result,
        } = self;
        for (column, largest) in result.chunks_exact_mut(x.channels).enumerate() {
            for dy in -1..=1 {
                for dx in -1..=1 {
                    let (y, x_at) = (2 * y as isize + dy, 2 * column as isize + dx);
                    let Some(pixel) = x.pixel(picture, y, x_at) else {
                        continue;
                    };
                    for (largest, value) in largest.iter_mut().zip(pixel) {
                        *largest = if *largest > *value { *largest } else { *value };
                    }
                }
            }
        }
    }
}

/// Adds pictures of half the size, each pixel to four (nearest neighbour).
pub(super) fn add_doubled(x: &mut Pictures, half: &Pictures) {
    let (height, width, channels) = (x.height, x.width, x.channels);
    let rows = x.values.par_chunks_mut(width * channels).enumerate();
    rows.for_each(|(index, row)| {
        let (picture, y) = (index / height, index % height);
        for (column, pixel) in row.chunks_exact_mut(channels).enumerate() {
            let at = [y as isize / 2, column as isize / 2];
            for (value, above) in pixel
                .iter_mut()
                .zip(half.pixel(picture, at[0], at[1]).unwrap_or(&[]))
            {
                *value += above;
            }
        }
    });
}
