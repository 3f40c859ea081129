//! Where a slice lies in the square and how finely it is sampled.

use lungsight_imaging::INPUT_SIDE;
use rand::Rng;

use super::{STRENGTH, between, either_way};

const SIDE: f32 = INPUT_SIDE as f32;

/// Mirror, rotation, scale, aspect, shift.
pub(super) struct Pose {
    mirror: f32,
    sin: f32,
    cos: f32,
    scale: f32,
    aspect: f32,
    dx: f32,
    dy: f32,
}

impl Pose {
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        let mirror = if rng.random_bool(0.5) { -1.0 } else { 1.0 };
        let (sin, cos) = either_way(STRENGTH.rotation_degrees, rng)
            .to_radians()
            .sin_cos();
        Self {
            mirror,
            sin,
            cos,
            scale: between(STRENGTH.scale, rng),
            aspect: between(STRENGTH.aspect, rng),
            dx: either_way(STRENGTH.shift, rng) * SIDE,
            dy: either_way(STRENGTH.shift, rng) * SIDE,
        }
    }

    /// Resampled bilinearly.
    pub(super) fn of(&self, image: &[f32]) -> Vec<f32> {
        let centre = (SIDE - 1.0) / 2.0;
        let mut out = Vec::with_capacity(image.len());
        for y in 0..INPUT_SIDE {
            for x in 0..INPUT_SIDE {
                let (u, v) = (
                    (x as f32 - centre - self.dx) * self.scale,
                    (y as f32 - centre - self.dy) * self.scale * self.aspect,
                );
                let (from_x, from_y) = (
                    self.mirror * (self.cos * u + self.sin * v) + centre,
                    self.cos * v - self.sin * u + centre,
                );
                out.push(sample(image, from_x, from_y));
            }
        }
        out
    }
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

/// As if scanned or saved at `side` pixels and enlarged again (points down, bilinear up), of what is `inside` alone: mixed with
/// what is outside, the lungs' edge would turn dark. 0 outside.
pub(super) fn coarser(image: &[f32], inside: &[bool], side: usize) -> Vec<f32> {
    let ratio = SIDE / side as f32;
    let small: Vec<f32> = (0..side * side)
        .map(|index| {
            let (x, y) = ((index % side) as f32, (index / side) as f32);
            sample(image, (x + 0.5) * ratio - 0.5, (y + 0.5) * ratio - 0.5)
        })
        .collect();
    let known: Vec<f32> = small
        .iter()
        .map(|&value| f32::from(u8::from(value > 0.0)))
        .collect();
    let at = |plane: &[f32], x: f32, y: f32| {
        let clamp = |v: f32| (v.max(0.0) as usize).min(side - 1);
        let (x0, y0) = (clamp(x.floor()), clamp(y.floor()));
        let (x1, y1) = ((x0 + 1).min(side - 1), (y0 + 1).min(side - 1));
        let (fx, fy) = (
            (x - x0 as f32).clamp(0.0, 1.0),
            (y - y0 as f32).clamp(0.0, 1.0),
        );
        let top = plane[y0 * side + x0] * (1.0 - fx) + plane[y0 * side + x1] * fx;
        let bottom = plane[y1 * side + x0] * (1.0 - fx) + plane[y1 * side + x1] * fx;
        top * (1.0 - fy) + bottom * fy
    };
    (0..INPUT_SIDE * INPUT_SIDE)
        .map(|index| {
            if !inside[index] {
                return 0.0;
            }
            let (x, y) = ((index % INPUT_SIDE) as f32, (index / INPUT_SIDE) as f32);
            let (x, y) = ((x + 0.5) / ratio - 0.5, (y + 0.5) / ratio - 0.5);
            let share = at(&known, x, y);
            // What is too thin for the coarser picture stays as it is.
            if share > 0.0 {
                at(&small, x, y) / share
            } else {
                image[index]
            }
        })
        .collect()
}
