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
        2 => wider(&slice.pixels, radius),
        3 => without_dense_parts(slice, rng.random_range(140.0..230.0)),
        _ => slice.pixels.clone(),
    }
}

/// Wider by the lungs' own grey levels. What really lies there is known of some sources alone, and showing it would tell the source.
fn wider(pixels: &[u8], radius: usize) -> Vec<u8> {
    let inside: Vec<u8> = pixels.iter().map(|&p| u8::from(p > 0)).collect();
    let mut soft: Vec<f32> = pixels.iter().map(|&p| f32::from(p)).collect();
    let mut share: Vec<f32> = inside.iter().map(|&is| f32::from(is)).collect();
    // Each blur reaches a pixel further.
    for _ in 0..radius {
        (soft, share) = (grain::blur(&soft), grain::blur(&share));
    }
    let shown = spread(inside, radius);
    let greys = soft.into_iter().zip(share);
    let pixels = pixels.iter().zip(shown).zip(greys);
    pixels
        .map(|((&pixel, shown), (soft, share))| match (pixel, shown) {
            (0, 1) if share > 0.0 => ((soft / share).round() as u8).max(1),
            _ => pixel,
        })
        .collect()
}

/// Chest wall along some of the edge, within the mask or beyond it, such as masks of whole pictures leave and those that sources
/// come with do not.
pub(super) fn paint_rim(pixels: &mut [u8], rng: &mut impl Rng) {
    let width = rng.random_range(1..=super::STRENGTH.rim_width);
    let is_outward = rng.random_bool(0.5);
    let reached = spread(
        pixels
            .iter()
            .map(|&p| u8::from((p > 0) == is_outward))
            .collect(),
        width,
    );
    // On one side of a line through the picture.
    let (sin, cos) = rng.random_range(0.0..std::f32::consts::TAU).sin_cos();
    let side = INPUT_SIDE as f32;
    let from = rng.random_range(-0.25..0.4) * side;
    let grey = rng.random_range(140.0..240.0);
    for (index, (pixel, reached)) in pixels.iter_mut().zip(reached).enumerate() {
        let (x, y) = ((index % INPUT_SIDE) as f32, (index / INPUT_SIDE) as f32);
        let is_there = (x - side / 2.0) * cos + (y - side / 2.0) * sin > from;
        if is_there && reached > 0 && (*pixel > 0) != is_outward {
            *pixel = (grey + rng.random_range(-15.0..15.0)) as u8;
        }
    }
}

/// With `width` pixels of chest wall beyond the edge, all around.
pub(crate) fn rimmed(pixels: &[u8], width: usize) -> Vec<u8> {
    let reached = spread(pixels.iter().map(|&p| u8::from(p > 0)).collect(), width);
    let pixels = pixels.iter().zip(reached);
    let painted = |(&pixel, reached): (&u8, u8)| match (pixel, reached) {
        (0, 1) => 200,
        _ => pixel,
    };
    pixels.map(painted).collect()
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

    fn disc() -> Vec<u8> {
        let inside = |i: usize| {
            (i % INPUT_SIDE).abs_diff(128).pow(2) + (i / INPUT_SIDE).abs_diff(128).pow(2) < 6400
        };
        (0..INPUT_SIDE * INPUT_SIDE)
            .map(|i| if inside(i) { 50 + (i % 7) as u8 } else { 0 })
            .collect()
    }

    #[test]
    fn a_wider_mask_shows_lung() {
        let (before, after) = (disc(), wider(&disc(), 3));
        let added: Vec<u8> = before
            .iter()
            .zip(&after)
            .filter(|(b, a)| **b == 0 && **a > 0)
            .map(|(_, a)| *a)
            .collect();
        assert!((1000..2500).contains(&added.len()), "{}", added.len());
        assert!(added.iter().all(|grey| (50..=56).contains(grey)));
        assert!(before.iter().zip(&after).all(|(b, a)| *b == 0 || a == b));
    }

    #[test]
    fn a_rim_is_dense_and_lies_along_the_edge() {
        use rand::SeedableRng;
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        let mut painted = 0;
        for _ in 0..20 {
            let mut pixels = disc();
            paint_rim(&mut pixels, &mut rng);
            for (at, (now, before)) in pixels.into_iter().zip(disc()).enumerate() {
                if now != before {
                    painted += 1;
                    let (x, y) = (at % INPUT_SIDE, at / INPUT_SIDE);
                    let distance = (x as f32 - 128.0).hypot(y as f32 - 128.0);
                    assert!(
                        now >= 125 && (70.0..90.0).contains(&distance),
                        "{now} {distance}"
                    );
                }
            }
        }
        assert!(painted > 2000, "{painted}");
    }

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
