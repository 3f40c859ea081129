//! Random changes to a prepared input that leave its class alone, aimed at what tells sources apart: pose, grey-level
//! curve, sharpness, resolution, noise, the mask's edge.

use lungsight_imaging::INPUT_SIDE;
use rand::Rng;

const SIDE: f32 = INPUT_SIDE as f32;

/// A changed copy of `pixels` (`INPUT_SIDE²`, 0 outside the lungs).
pub fn augment(pixels: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut image: Vec<f32> = pixels.iter().map(|&p| f32::from(p)).collect();
    image = pose(&image, rng);
    let inside: Vec<bool> = image.iter().map(|&v| v > 0.5).collect();
    if rng.random_bool(0.3) {
        image = coarser(&image, rng.random_range(88..200));
    }
    if rng.random_bool(0.3) {
        image = blur(&image);
    }
    let gamma = rng.random_range(0.65f32..1.5);
    let contrast = rng.random_range(0.8f32..1.2);
    let shift = rng.random_range(-0.1f32..0.1);
    let noise = if rng.random_bool(0.5) {
        rng.random_range(0.0f32..0.06)
    } else {
        0.0
    };
    let cut = Cut::draw(rng);
    image
        .iter()
        .zip(&inside)
        .enumerate()
        .map(|(index, (&value, &inside))| {
            if !inside || cut.hits(index) {
                return 0;
            }
            let curved = (value / 255.0).clamp(0.0, 1.0).powf(gamma);
            let changed = (curved - 0.5) * contrast + 0.5 + shift + noise * normal(rng);
            // 0 means outside: what is inside stays at least 1.
            (changed * 255.0).clamp(1.0, 255.0) as u8
        })
        .collect()
}

/// Mirror, rotation (±12°), scale (±15 %), shift (±6 %), resampled bilinearly.
fn pose(image: &[f32], rng: &mut impl Rng) -> Vec<f32> {
    let mirror = if rng.random_bool(0.5) { -1.0 } else { 1.0 };
    let (sin, cos) = rng.random_range(-12.0f32..12.0).to_radians().sin_cos();
    let scale = rng.random_range(0.87f32..1.15);
    let dx = rng.random_range(-0.06..0.06) * SIDE;
    let dy = rng.random_range(-0.06..0.06) * SIDE;
    let centre = (SIDE - 1.0) / 2.0;
    let mut out = Vec::with_capacity(image.len());
    for y in 0..INPUT_SIDE {
        for x in 0..INPUT_SIDE {
            let (u, v) = (
                (x as f32 - centre - dx) * scale,
                (y as f32 - centre - dy) * scale,
            );
            let (from_x, from_y) = (
                mirror * (cos * u + sin * v) + centre,
                cos * v - sin * u + centre,
            );
            out.push(sample(image, from_x, from_y));
        }
    }
    out
}

/// Bilinear; 0 outside. At the mask's edge the nearest pixel decides, so that no grey rim appears.
fn sample(image: &[f32], x: f32, y: f32) -> f32 {
    let at = |x: i32, y: i32| {
        let inside = (0..INPUT_SIDE as i32).contains(&x) && (0..INPUT_SIDE as i32).contains(&y);
        if inside {
            image[y as usize * INPUT_SIDE + x as usize]
        } else {
            0.0
        }
    };
    let nearest = at(x.round() as i32, y.round() as i32);
    let (x0, y0) = (x.floor() as i32, y.floor() as i32);
    let corners = [
        at(x0, y0),
        at(x0 + 1, y0),
        at(x0, y0 + 1),
        at(x0 + 1, y0 + 1),
    ];
    if corners.contains(&0.0) {
        return nearest;
    }
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let top = corners[0] + (corners[1] - corners[0]) * fx;
    let bottom = corners[2] + (corners[3] - corners[2]) * fx;
    top + (bottom - top) * fy
}

/// As if scanned or saved at `side` pixels and enlarged again (box down, nearest-to-bilinear up).
fn coarser(image: &[f32], side: usize) -> Vec<f32> {
    let ratio = SIDE / side as f32;
    let small: Vec<f32> = (0..side * side)
        .map(|index| {
            let (x, y) = ((index % side) as f32, (index / side) as f32);
            sample(image, (x + 0.5) * ratio - 0.5, (y + 0.5) * ratio - 0.5)
        })
        .collect();
    let at = |x: f32, y: f32| {
        let clamp = |v: f32| (v.max(0.0) as usize).min(side - 1);
        let (x0, y0) = (clamp(x.floor()), clamp(y.floor()));
        let (x1, y1) = ((x0 + 1).min(side - 1), (y0 + 1).min(side - 1));
        let (fx, fy) = (
            (x - x0 as f32).clamp(0.0, 1.0),
            (y - y0 as f32).clamp(0.0, 1.0),
        );
        let top = small[y0 * side + x0] * (1.0 - fx) + small[y0 * side + x1] * fx;
        let bottom = small[y1 * side + x0] * (1.0 - fx) + small[y1 * side + x1] * fx;
        top * (1.0 - fy) + bottom * fy
    };
    (0..INPUT_SIDE * INPUT_SIDE)
        .map(|index| {
            let (x, y) = ((index % INPUT_SIDE) as f32, (index / INPUT_SIDE) as f32);
            at((x + 0.5) / ratio - 0.5, (y + 0.5) / ratio - 0.5)
        })
        .collect()
}

/// A 3×3 binomial blur.
fn blur(image: &[f32]) -> Vec<f32> {
    let pass = |image: &[f32], step: usize, along: fn(usize) -> usize| -> Vec<f32> {
        (0..image.len())
            .map(|i| {
                let position = along(i);
                let before = if position > 0 {
                    image[i - step]
                } else {
                    image[i]
                };
                let after = if position + 1 < INPUT_SIDE {
                    image[i + step]
                } else {
                    image[i]
                };
                (before + 2.0 * image[i] + after) / 4.0
            })
            .collect()
    };
    let rows = pass(image, 1, |i| i % INPUT_SIDE);
    pass(&rows, INPUT_SIDE, |i| i / INPUT_SIDE)
}

/// A small rectangle taken out in one of four inputs (DeVries and Taylor 2017, arXiv 1708.04552).
struct Cut {
    x: usize,
    y: usize,
    side: usize,
}

impl Cut {
    fn draw(rng: &mut impl Rng) -> Self {
        let side = if rng.random_bool(0.25) {
            rng.random_range(16..56)
        } else {
            0
        };
        Self {
            x: rng.random_range(0..INPUT_SIDE),
            y: rng.random_range(0..INPUT_SIDE),
            side,
        }
    }

    fn hits(&self, index: usize) -> bool {
        let (x, y) = (index % INPUT_SIDE, index / INPUT_SIDE);
        (self.x..self.x + self.side).contains(&x) && (self.y..self.y + self.side).contains(&y)
    }
}

/// Close to a standard normal: the sum of four uniforms (Irwin–Hall), scaled to unit variance.
fn normal(rng: &mut impl Rng) -> f32 {
    let sum: f32 = (0..4).map(|_| rng.random::<f32>()).sum();
    (sum - 2.0) * 3.0f32.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn nothing_appears_where_nothing_was() {
        let mut rng = StdRng::seed_from_u64(1);
        let empty = vec![0; INPUT_SIDE * INPUT_SIDE];
        for _ in 0..8 {
            assert!(augment(&empty, &mut rng).iter().all(|&p| p == 0));
        }
    }

    #[test]
    fn most_of_the_lungs_stay() {
        let mut rng = StdRng::seed_from_u64(2);
        let disc: Vec<u8> = (0..INPUT_SIDE * INPUT_SIDE)
            .map(|i| {
                let (x, y) = (
                    (i % INPUT_SIDE) as f32 - 127.5,
                    (i / INPUT_SIDE) as f32 - 127.5,
                );
                if x * x + y * y < 80.0 * 80.0 { 120 } else { 0 }
            })
            .collect();
        let before = disc.iter().filter(|&&p| p > 0).count() as f32;
        for _ in 0..16 {
            let after = augment(&disc, &mut rng).iter().filter(|&&p| p > 0).count() as f32;
            assert!(
                (0.55..1.45).contains(&(after / before)),
                "{}",
                after / before
            );
        }
    }

    #[test]
    fn the_seed_decides() {
        let disc: Vec<u8> = (0..INPUT_SIDE * INPUT_SIDE)
            .map(|i| (i % 251) as u8)
            .collect();
        let with = |seed| augment(&disc, &mut StdRng::seed_from_u64(seed));
        assert_eq!(with(3), with(3));
        assert_ne!(with(3), with(4));
    }
}
