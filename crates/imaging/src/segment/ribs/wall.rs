//! Ribs and muscle, which no fill may cross.

use super::ray::{QUARTER, Ray, WHOLE};

/// The share of the soft tissue and bone, in percent, that counts as bone or dense muscle: its brightest part. A ray that
/// meets as many pixels of it in a row as the body's width over [`THICK`] has met the chest wall; fewer are a vessel or noise.
const BRIGHT_PERCENT: u64 = 20;
const THICK: u32 = 80;

/// The wall is taken to run evenly between two places where it was met, up to so many rays apart: an eighth of the way
/// around, wider than any space between two ribs.
const APART: usize = QUARTER as usize / 2;

/// What of the chest wall no fill may cross.
pub(super) struct Wall {
    /// The least grey.
    brightness: u8,
    /// In steps.
    thickness: i64,
}

impl Wall {
    /// `inside` is the histogram of the body with its lungs, `tissue` the grey of soft tissue, `width` the body's in pixels.
    pub(super) fn new(inside: &[u32; 256], tissue: u8, width: u32) -> Self {
        Self {
            brightness: brightness(inside, tissue),
            thickness: i64::from((width / THICK).max(1)),
        }
    }
}

/// The grey above which the brightest [`BRIGHT_PERCENT`] of soft tissue and bone lie.
fn brightness(inside: &[u32; 256], tissue: u8) -> u8 {
    let total: u32 = inside[usize::from(tissue)..].iter().sum();
    let mut above = 0;
    let below = (0..=u8::MAX).rev().find(|&grey| {
        above += u64::from(inside[usize::from(grey)]);
        above * 100 > BRIGHT_PERCENT * u64::from(total)
    });
    below.unwrap_or(tissue).saturating_add(1)
}

/// Moves the targets back to the inner surface of ribs and muscle, and to an even line between such places; that line
/// takes nothing away from the hull, for what it rests on may be a bright vessel in the disease.
pub(super) fn stop_at_wall(
    rays: &mut [Ray],
    hulls: &[i64],
    wall: &Wall,
    grey: impl Fn(i64, i64) -> u8,
) {
    // The wall as seen by each ray, as a share; rays without a fill see it at the lung's own edge.
    let mut known: Option<(usize, i64, bool)> = None;
    for index in 0..rays.len() {
        let met = first_thick(&rays[index], wall, &grey);
        let share = match met {
            Some(step) => {
                let ray = &mut rays[index];
                ray.target = step;
                ray.share()
            }
            None if rays[index].edge > 0 && !rays[index].has_fill() => rays[index].share(),
            None => continue,
        };
        // Bright pixels inside the hull are disease as likely as wall.
        if met.is_some() && share < hulls[index] {
            continue;
        }
        if let Some((before, from, was_met)) = known
            && (was_met || met.is_some())
            && index - before <= APART
        {
            for between in before + 1..index {
                let along = (between - before) as i64;
                let even = from + (share - from) * along / (index - before) as i64;
                let ray = &mut rays[between];
                let most = even.max(hulls[between]) * ray.surface / WHOLE;
                ray.target = ray.target.min(most.max(ray.edge));
            }
        }
        known = Some((index, share, met.is_some()));
    }
}

/// The last step before the fill of a ray meets the wall.
fn first_thick(ray: &Ray, wall: &Wall, grey: impl Fn(i64, i64) -> u8) -> Option<i64> {
    let mut bright = 0;
    for step in ray.edge + 1..=ray.target {
        let (x, y) = ray.at(step);
        bright = if grey(x, y) >= wall.brightness {
            bright + 1
        } else {
            0
        };
        if bright == wall.thickness {
            return Some(step - bright);
        }
    }
    None
}
