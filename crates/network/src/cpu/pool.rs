//! The stem's max pooling and the pyramid's doubling.

use pulp::Arch;
use rayon::prelude::*;

use super::picture::Pictures;

/// The largest of 3×3 pixels at every second one, padded by one pixel.
pub(super) fn max_pool(x: &Pictures) -> Pictures {
    let (height, width, channels) = (x.height.div_ceil(2), x.width.div_ceil(2), x.channels);
    let mut result = Pictures::zeros([x.count, height, width, channels]);
    let arch = Arch::new();
    let row = |index: usize, result: &mut [f32]| {
        let (picture, y) = (index / height, index % height);
        for (column, largest) in result.chunks_exact_mut(channels).enumerate() {
            largest.fill(f32::NEG_INFINITY);
            for dy in -1..=1 {
                for dx in -1..=1 {
                    let (y, x_at) = (2 * y as isize + dy, 2 * column as isize + dx);
                    for (largest, value) in largest
                        .iter_mut()
                        .zip(x.pixel(picture, y, x_at).unwrap_or(&[]))
                    {
                        *largest = largest.max(*value);
                    }
                }
            }
        }
    };
    result
        .values
        .par_chunks_mut(width * channels)
        .enumerate()
        .for_each(|(index, result)| arch.dispatch(|| row(index, result)));
    result
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
