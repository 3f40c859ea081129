//! Rays from the middle of the body, what they meet, and the region that they enclose.

use super::super::bits::Bits;
use super::super::body::Body;

/// Rays per quarter of the way around; mirrored rays are exact.
pub(super) const QUARTER: i64 = 180;

/// Steps from the middle to the end of a ray's direction: one step is one pixel, across or down.
pub(super) const REACH: i64 = QUARTER;

/// Shares of the way to the surface are counted in this.
pub(super) const WHOLE: i64 = 4096;

/// One ray from the middle of the body; distances are in steps along it.
#[derive(Clone, Copy)]
pub(super) struct Ray {
    pub(super) dx: i64,
    pub(super) dy: i64,
    /// The body's surface.
    pub(super) surface: i64,
    /// The last lung pixel; 0 when the ray meets none.
    pub(super) edge: i64,
    /// Where the lung is taken to end.
    pub(super) target: i64,
    /// Whether the slice ends before the body does, so that the wall's thickness is not known.
    pub(super) is_cut: bool,
    /// Whether disease may have taken the edge here.
    pub(super) is_dented: bool,
}

impl Ray {
    /// Of which nothing is known yet.
    fn towards(dx: i64, dy: i64) -> Self {
        Self {
            dx,
            dy,
            surface: 0,
            edge: 0,
            target: 0,
            is_cut: false,
            is_dented: false,
        }
    }

    /// The target as a share of the way to the surface, in 1/[`WHOLE`].
    pub(super) fn share(&self) -> i64 {
        self.target * WHOLE / self.surface.max(1)
    }

    pub(super) fn has_fill(&self) -> bool {
        self.target > self.edge
    }

    /// The pixel `step` steps from the middle, relative to it.
    pub(super) fn at(&self, step: i64) -> (i64, i64) {
        (
            (self.dx * step + REACH / 2).div_euclid(REACH),
            (self.dy * step + REACH / 2).div_euclid(REACH),
        )
    }
}

/// One coordinate of [`Ray::at`] while a ray is walked inwards, step by step: none of them divides.
struct Inwards {
    direction: i64,
    pixel: i64,
    /// What is beyond the pixel's edge, in 1/[`REACH`].
    rest: i64,
}

impl Inwards {
    fn from(direction: i64, step: i64) -> Self {
        let place = direction * step + REACH / 2;
        Self {
            direction,
            pixel: place.div_euclid(REACH),
            rest: place.rem_euclid(REACH),
        }
    }

    /// A direction is no longer than [`REACH`], so that a step crosses one edge at most.
    fn step(&mut self) {
        self.rest -= self.direction;
        if self.rest < 0 {
            self.rest += REACH;
            self.pixel -= 1;
        } else if self.rest >= REACH {
            self.rest -= REACH;
            self.pixel += 1;
        }
    }
}

/// The rays in order around the body, beginning just beside the front, so that ray `i` mirrors ray `len - 1 - i`.
pub(super) fn cast(lungs: &Bits, body: &Body, (middle_x, middle_y): (i64, i64)) -> Vec<Ray> {
    let (width, height) = (lungs.width() as i64, lungs.height() as i64);
    let mut rays = Vec::with_capacity(4 * QUARTER as usize);
    let half_steps = || (0..QUARTER).map(|step| 2 * step + 1 - QUARTER);
    // Directions in half units, so that none lies on the axis of symmetry.
    let front_right = half_steps().filter(|&d| d > 0).map(|d| (d, -QUARTER));
    let right = half_steps().map(|d| (QUARTER, d));
    let back = half_steps().rev().map(|d| (d, QUARTER));
    let left = half_steps().rev().map(|d| (-QUARTER, d));
    let front_left = half_steps().filter(|&d| d < 0).map(|d| (d, -QUARTER));
    for (dx, dy) in front_right
        .chain(right)
        .chain(back)
        .chain(left)
        .chain(front_left)
    {
        let mut ray = Ray::towards(dx, dy);
        // The longest way inside the picture.
        let room = |middle: i64, size: i64, d: i64| match d.signum() {
            1 => (size - 1 - middle) * REACH / d,
            -1 => middle * REACH / -d,
            _ => i64::MAX,
        };
        let room = room(middle_x, width, dx).min(room(middle_y, height, dy)) - 1;
        let mut step = room;
        let mut across = Inwards::from(dx, step);
        let mut down = Inwards::from(dy, step);
        while step > 0 {
            let (x, y) = (middle_x + across.pixel, middle_y + down.pixel);
            let (x, y) = (x as usize, y as usize);
            if ray.surface == 0 && body.filled.get(x, y) {
                ray.surface = step;
                ray.is_cut = step == room;
            }
            if ray.surface > 0 && lungs.get(x, y) {
                ray.edge = step;
                break;
            }
            step -= 1;
            across.step();
            down.step();
        }
        ray.target = ray.edge;
        rays.push(ray);
    }
    rays
}

/// The region between the edges and the targets of neighbouring rays that both have something to fill.
pub(super) fn between(
    rays: &[Ray],
    (middle_x, middle_y): (i64, i64),
    width: usize,
    height: usize,
) -> Bits {
    let mut bits = Bits::empty(width, height);
    let mut crossings: Vec<Vec<i64>> = vec![Vec::new(); height];
    for dent in rays.chunk_by(|one, other| one.has_fill() && other.has_fill()) {
        if dent.len() < 2 {
            continue;
        }
        let outer = dent.iter().map(|ray| ray.at(ray.target));
        let inner = dent.iter().rev().map(|ray| ray.at(ray.edge));
        let corners: Vec<(i64, i64)> = outer
            .chain(inner)
            .map(|(x, y)| (middle_x + x, middle_y + y))
            .collect();
        for (index, &one) in corners.iter().enumerate() {
            let other = corners[(index + 1) % corners.len()];
            let ((x0, y0), (x1, y1)) = if one.1 <= other.1 {
                (one, other)
            } else {
                (other, one)
            };
            for y in y0.max(0)..y1.min(height as i64) {
                crossings[y as usize].push(x0 + ((x1 - x0) * (y - y0)).div_euclid(y1 - y0));
            }
        }
        for (y, crossings) in crossings.iter_mut().enumerate() {
            crossings.sort_unstable();
            for pair in crossings.chunks_exact(2) {
                let inside = |x: i64| x.clamp(0, width as i64) as usize;
                bits.set_run(y, inside(pair[0]), inside(pair[1] + 1));
            }
            crossings.clear();
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walking_inwards_meets_the_pixels_of_each_step() {
        for (dx, dy) in (-REACH..=REACH).flat_map(|d| [(d, REACH), (-REACH, d)]) {
            let ray = Ray::towards(dx, dy);
            let (mut across, mut down) = (Inwards::from(dx, 300), Inwards::from(dy, 300));
            for step in (0..=300).rev() {
                assert_eq!((across.pixel, down.pixel), ray.at(step), "{dx} {dy} {step}");
                across.step();
                down.step();
            }
        }
    }
}
