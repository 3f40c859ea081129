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
        let pose = Self::of_any_kind(rng);
        if rng.random_bool(STRENGTH.unsampled_share) {
            pose.without_resampling()
        } else {
            pose
        }
    }

    /// The same mirrored or not, and shifted by the nearest whole pixels: each pixel is one of the image's.
    fn without_resampling(self) -> Self {
        Self {
            mirror: self.mirror,
            sin: 0.0,
            cos: 1.0,
            scale: 1.0,
            aspect: 1.0,
            dx: self.dx.round(),
            dy: self.dy.round(),
        }
    }

    fn of_any_kind(rng: &mut impl Rng) -> Self {
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

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    /// The standard deviation of white noise after a pose, as a share of what it was, in the middle.
    fn left_of_noise(pose: &Pose) -> f32 {
        let rng = &mut StdRng::seed_from_u64(7);
        let noise: Vec<f32> = (0..INPUT_SIDE * INPUT_SIDE)
            .map(|_| rng.random_range(50.0..150.0))
            .collect();
        let deviation = |image: &[f32]| {
            let middle: Vec<f32> = (64..192)
                .flat_map(|y| image[y * INPUT_SIDE + 64..][..128].to_vec())
                .collect();
            let mean = middle.iter().sum::<f32>() / middle.len() as f32;
            let squares = middle.iter().map(|v| (v - mean).powi(2));
            (squares.sum::<f32>() / middle.len() as f32).sqrt()
        };
        deviation(&pose.of(&noise)) / deviation(&noise)
    }

    #[test]
    fn some_poses_leave_noise_as_it_is_and_others_take_a_third() {
        let rng = &mut StdRng::seed_from_u64(1);
        let left: Vec<f32> = (0..40).map(|_| left_of_noise(&Pose::draw(rng))).collect();
        let whole = left.iter().filter(|left| (0.97..1.03).contains(*left));
        assert!((8..25).contains(&whole.count()), "{left:?}");
        let lowest = left.iter().copied().fold(1.0, f32::min);
        assert!((0.6..0.75).contains(&lowest), "{left:?}");
    }

    #[test]
    fn without_resampling_each_pixel_is_one_of_the_image() {
        let image: Vec<f32> = (0..INPUT_SIDE * INPUT_SIDE)
            .map(|index| 1.0 + (index % 251) as f32)
            .collect();
        let pose = Pose::of_any_kind(&mut StdRng::seed_from_u64(3)).without_resampling();
        let posed = pose.of(&image);
        assert!(posed.iter().all(|value| value.fract() == 0.0));
    }
}
