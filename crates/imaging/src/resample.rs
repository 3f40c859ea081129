//! A square of a slice, resampled to the network's input with a triangle filter; all in integers.

use crate::input::INPUT_SIDE;
use crate::{Rect, Slice};

/// What weights sum to.
const WHOLE_BITS: u32 = 14;

/// How a square of a slice becomes the network's input.
pub(crate) struct Resampling {
    columns: Taps,
    rows: Taps,
    width: usize,
}

impl Resampling {
    /// Of the square `crop`, which may reach over the slice's edge; what lies there is 0.
    pub(crate) fn new(slice: &Slice, crop: Rect) -> Self {
        Self {
            columns: Taps::new(crop.x, crop.width, slice.width()),
            rows: Taps::new(crop.y, crop.height, slice.height()),
            width: slice.width() as usize,
        }
    }

    /// Resamples the values that `fill` puts into the line of each row that is needed: across, then down.
    pub(crate) fn resample(&self, fill: impl Fn(usize, &mut [u8])) -> Vec<u8> {
        let across: fn(&[u8], &Taps, &mut [u8]) = match self.columns.reach {
            4 => narrowed::<4>,
            8 => narrowed::<8>,
            _ => narrowed_far,
        };
        let needed = self.rows.needed();
        let mut line = vec![0; self.width];
        let mut narrow = vec![0; needed.len() * INPUT_SIDE];
        for (y, out) in needed.clone().zip(narrow.chunks_exact_mut(INPUT_SIDE)) {
            fill(y, &mut line);
            across(&line, &self.columns, out);
        }
        let mut pixels = Vec::with_capacity(INPUT_SIDE * INPUT_SIDE);
        for (first, weights) in self.rows.iter() {
            let mut sums = [0i32; INPUT_SIDE];
            for (y, &weight) in (first..).zip(weights) {
                if weight == 0 {
                    continue;
                }
                let values = &narrow[(y - needed.start) * INPUT_SIDE..][..INPUT_SIDE];
                for (sum, &value) in sums.iter_mut().zip(values) {
                    *sum += i32::from(value) * i32::from(weight);
                }
            }
            pixels.extend(sums.map(rounded));
        }
        pixels
    }
}

/// Along one axis: for each pixel of the input a place in the slice, and the weights of the pixels from there on.
struct Taps {
    firsts: Vec<usize>,
    /// [`Self::reach`] for each pixel of the input, zeros among them; the others sum to 1 << [`WHOLE_BITS`].
    weights: Vec<i16>,
    reach: usize,
}

impl Taps {
    /// The filter is as wide as one pixel of the input when shrinking, as one of the slice when enlarging. Weights that fall
    /// outside the slice are dropped, which is as good as zeros there.
    fn new(start: i32, length: u32, pixels: u32) -> Self {
        let (length, pixels) = (i64::from(length), i64::from(pixels));
        let side = INPUT_SIDE as i64;
        // In units of 1 / (2 * side) pixel of the slice: the centre of pixel i of the input is (2i + 1) * length, of the slice's
        // j (2j + 1) * side.
        let support = 2 * length.max(side);
        // As many as lie within the support, and one more where it begins between two.
        let most = (support / side + 1).min(pixels);
        // A number that is known when the program is compiled is several times as fast.
        let reach = [4, 8]
            .into_iter()
            .find(|&reach| most <= reach && reach <= pixels);
        let reach = reach.unwrap_or(most);
        let mut taps = Self {
            firsts: Vec::with_capacity(INPUT_SIDE),
            weights: vec![0; INPUT_SIDE * reach as usize],
            reach: reach as usize,
        };
        for (i, weights) in (0..side).zip(taps.weights.chunks_exact_mut(reach as usize)) {
            let centre = (2 * i + 1) * length;
            let weight = |j: i64| (support - (centre - (2 * j + 1) * side).abs()).max(0);
            let around = (centre - support) / (2 * side) - 1..=(centre + support) / (2 * side) + 1;
            let sum: i64 = around.clone().map(weight).sum();
            let is_seen = |&j: &i64| weight(j) > 0 && (0..pixels).contains(&(j + i64::from(start)));
            let seen = around.filter(is_seen);
            let first = seen.clone().next().map_or(0, |j| j + i64::from(start));
            let first = first.min(pixels - reach);
            taps.firsts.push(first as usize);
            for j in seen {
                let place = j + i64::from(start) - first;
                weights[place as usize] = ((weight(j) * (1 << WHOLE_BITS) + sum / 2) / sum) as i16;
            }
        }
        taps
    }

    fn iter(&self) -> impl Iterator<Item = (usize, &[i16])> {
        let weights = self.weights.chunks_exact(self.reach);
        self.firsts.iter().copied().zip(weights)
    }

    /// The pixels of the slice that have a weight.
    fn needed(&self) -> std::ops::Range<usize> {
        let seen = self
            .iter()
            .filter(|(_, weights)| weights.iter().any(|&weight| weight > 0));
        let (start, end) = seen.fold((usize::MAX, 0), |(start, end), (first, weights)| {
            (start.min(first), end.max(first + weights.len()))
        });
        start.min(end)..end
    }
}

/// One line of the slice becomes one of the input, by `REACH` weights for each pixel.
fn narrowed<const REACH: usize>(line: &[u8], taps: &Taps, out: &mut [u8]) {
    let (weights, _) = taps.weights.as_chunks::<REACH>();
    for ((out, &first), weights) in out.iter_mut().zip(&taps.firsts).zip(weights) {
        let Some(values) = line[first..].first_chunk::<REACH>() else {
            continue;
        };
        // Most of the line lies outside the lungs.
        *out = if *values == [0; REACH] {
            0
        } else {
            weighted(values, weights)
        };
    }
}

/// The same by any number of weights.
fn narrowed_far(line: &[u8], taps: &Taps, out: &mut [u8]) {
    for (out, (first, weights)) in out.iter_mut().zip(taps.iter()) {
        *out = weighted(&line[first..], weights);
    }
}

#[inline]
fn weighted(values: &[u8], weights: &[i16]) -> u8 {
    let products = values.iter().zip(weights);
    rounded(
        products
            .map(|(&value, &weight)| i32::from(value) * i32::from(weight))
            .sum(),
    )
}

fn rounded(sum: i32) -> u8 {
    ((sum + (1 << (WHOLE_BITS - 1))) >> WHOLE_BITS).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The filter as its definition has it, in one number for each pixel of the input and of the slice.
    fn weights(i: i64, start: i64, length: i64, pixels: i64) -> Vec<i64> {
        let side = INPUT_SIDE as i64;
        let support = 2 * length.max(side);
        let centre = (2 * i + 1) * length;
        let weight = |j: i64| (support - (centre - (2 * j + 1) * side).abs()).max(0);
        let sum: i64 = (-2 * length - 2..=3 * length + 2).map(weight).sum();
        let of_pixel = |pixel: i64| (weight(pixel - start) * (1 << WHOLE_BITS) + sum / 2) / sum;
        (0..pixels).map(of_pixel).collect()
    }

    proptest! {
        #[test]
        fn each_pixel_is_the_weighted_sum_of_those_around_it(
            start in -40i32..60,
            length in 8u32..1200,
            (width, pixels) in (1usize..90, proptest::collection::vec(any::<u8>(), 90)),
            at in 0..INPUT_SIDE,
        ) {
            let line = &pixels[..width];
            let slice = Slice::new(width as u32, 1, line.to_vec()).expect("fits");
            let crop = Rect { x: start, y: start, width: length, height: length };
            let filled = Resampling::new(&slice, crop).resample(|_, out| out.copy_from_slice(line));
            let across: i64 = weights(at as i64, i64::from(start), i64::from(length), width as i64)
                .iter()
                .zip(line)
                .map(|(weight, &value)| weight * i64::from(value))
                .sum();
            let across = i64::from(rounded(across as i32));
            for y in [0, 100, 255] {
                let down = weights(y, i64::from(start), i64::from(length), 1)[0];
                prop_assert_eq!(filled[y as usize * INPUT_SIDE + at], rounded((across * down) as i32));
            }
        }
    }
}
