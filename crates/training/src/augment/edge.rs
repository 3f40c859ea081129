//! The edge of the lungs: what is outside of it, and other ways to draw it.

use lungsight_imaging::INPUT_SIDE;
use rand::Rng;

use super::grain;
use crate::prepare::Prepared;

/// Tells the darkest lung from what is outside of it where both are 0, as in older datasets: what is not reached from the
/// border, and as dark where all is shown, becomes 1. (What the lungs enclose, such as the dome of the diaphragm, is bright there.)
/// Else changes of the mask's edge would eat into dark lungs, and brighter ones would keep black specks.
pub(crate) fn leave_outside_alone_black(pixels: &mut [u8], around: &[u8]) {
    let mut outside = vec![false; pixels.len()];
    let last = INPUT_SIDE - 1;
    let mut reached: Vec<usize> = (0..INPUT_SIDE)
        .flat_map(|i| {
            let (row, column) = (i, i * INPUT_SIDE);
            [row, last * INPUT_SIDE + i, column, column + last]
        })
        .collect();
    while let Some(index) = reached.pop() {
        if outside[index] || pixels[index] > 0 {
            continue;
        }
        outside[index] = true;
        let (x, y) = (index % INPUT_SIDE, index / INPUT_SIDE);
        reached.extend((x > 0).then(|| index - 1));
        reached.extend((x < last).then(|| index + 1));
        reached.extend((y > 0).then(|| index - INPUT_SIDE));
        reached.extend((y < last).then(|| index + INPUT_SIDE));
    }
    for ((pixel, &around), outside) in pixels.iter_mut().zip(around).zip(outside) {
        if !outside && around == 0 {
            *pixel = (*pixel).max(1);
        }
    }
}

/// The mask drawn a little tighter in two of six inputs, a little wider in one, and in one as a plain threshold draws it.
pub(super) fn other_edge(slice: &Prepared, rng: &mut impl Rng) -> Vec<u8> {
    let radius = rng.random_range(1..=3);
    match rng.random_range(0..6) {
        0 | 1 => {
            let kept = spread(
                slice.pixels.iter().map(|&p| u8::from(p == 0)).collect(),
                radius,
            );
            let pixels = slice.pixels.iter().zip(kept);
            pixels
                .map(|(&pixel, cut)| if cut > 0 { 0 } else { pixel })
                .collect()
        }
        2 => {
            let shown = spread(
                slice.pixels.iter().map(|&p| u8::from(p > 0)).collect(),
                radius,
            );
            let pixels = slice.pixels.iter().zip(&slice.around).zip(shown);
            pixels
                .map(|((&pixel, &around), shown)| match (pixel, shown) {
                    (0, 1) => around,
                    _ => pixel,
                })
                .collect()
        }
        3 => without_dense_parts(slice, rng.random_range(140.0..230.0)),
        _ => slice.pixels.clone(),
    }
}

/// As sources come that were masked by a threshold alone: what is dense over some width is cut away.
fn without_dense_parts(slice: &Prepared, threshold: f32) -> Vec<u8> {
    let image: Vec<f32> = slice.pixels.iter().map(|&p| f32::from(p)).collect();
    let wide = grain::blur(&grain::blur(&grain::blur(&grain::blur(&image))));
    slice
        .pixels
        .iter()
        .zip(wide)
        .map(|(&pixel, around)| if around > threshold { 0 } else { pixel })
        .collect()
}

/// Largest value within `radius` along both axes.
fn spread(plane: Vec<u8>, radius: usize) -> Vec<u8> {
    let pass = |plane: &[u8], step: usize, along: fn(usize) -> usize| -> Vec<u8> {
        (0..plane.len())
            .map(|i| {
                let at = along(i);
                let first = i - step * at.min(radius);
                let count = at.min(radius) + 1 + radius.min(INPUT_SIDE - 1 - at);
                (0..count)
                    .map(|n| plane[first + n * step])
                    .max()
                    .unwrap_or(0)
            })
            .collect()
    };
    let rows = pass(&plane, 1, |i| i % INPUT_SIDE);
    pass(&rows, INPUT_SIDE, |i| i / INPUT_SIDE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreading_reaches_as_far_as_asked() {
        let mut plane = vec![0; INPUT_SIDE * INPUT_SIDE];
        plane[100 * INPUT_SIDE + 100] = 1;
        plane[0] = 1;
        let wide = spread(plane, 2);
        assert_eq!(wide.iter().map(|&v| usize::from(v)).sum::<usize>(), 25 + 9);
        assert_eq!(
            (wide[98 * INPUT_SIDE + 98], wide[97 * INPUT_SIDE + 100]),
            (1, 0)
        );
    }
}
