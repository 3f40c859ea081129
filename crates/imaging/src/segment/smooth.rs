//! Takes the noise off before the threshold.

/// Each pixel becomes the weighted mean of its 3×3 neighbours (1 2 1 across and down); the edge repeats.
pub(crate) fn smooth(pixels: &[u8], width: usize) -> Vec<u8> {
    let height = pixels.len() / width;
    let row = |y: usize| &pixels[y * width..][..width];
    let mut smooth = Vec::with_capacity(pixels.len());
    let mut sums = vec![0u16; width];
    for y in 0..height {
        let (above, here, below) = (
            row(y.saturating_sub(1)),
            row(y),
            row((y + 1).min(height - 1)),
        );
        for (((sum, &a), &b), &c) in sums.iter_mut().zip(above).zip(here).zip(below) {
            *sum = u16::from(a) + 2 * u16::from(b) + u16::from(c);
        }
        let mean =
            |left: u16, middle: u16, right: u16| ((left + 2 * middle + right + 8) >> 4) as u8;
        let last = width - 1;
        smooth.push(mean(sums[0], sums[0], sums[1.min(last)]));
        smooth.extend(sums.windows(3).map(|w| mean(w[0], w[1], w[2])));
        if last > 0 {
            smooth.push(mean(sums[last - 1], sums[last], sums[last]));
        }
    }
    smooth
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_and_sums_give_the_weighted_mean(width in 1usize..20, pixels in proptest::collection::vec(any::<u8>(), 1..200)) {
            let width = width.min(pixels.len());
            let height = pixels.len() / width;
            let pixels = &pixels[..width * height];
            let at = |x: isize, y: isize| {
                let x = x.clamp(0, width as isize - 1) as usize;
                let y = y.clamp(0, height as isize - 1) as usize;
                u32::from(pixels[y * width + x])
            };
            let naive: Vec<u8> = (0..pixels.len())
                .map(|pixel| {
                    let (x, y) = ((pixel % width) as isize, (pixel / width) as isize);
                    let row = |y: isize| at(x - 1, y) + 2 * at(x, y) + at(x + 1, y);
                    ((row(y - 1) + 2 * row(y) + row(y + 1) + 8) / 16) as u8
                })
                .collect();
            prop_assert_eq!(smooth(pixels, width), naive);
        }
    }
}
