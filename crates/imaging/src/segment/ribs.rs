//! Consolidation at the pleura is as bright as the chest wall, so that no threshold tells them apart. The shape of the
//! chest does: seen from the middle of the body, the lungs' outer edge is convex, and the wall is about as thick on
//! the left as on the right.

use super::bits::Bits;
use super::body::Body;

/// Rays per quarter of the way around; mirrored rays are exact.
const QUARTER: i64 = 180;
/// Steps from the middle to the end of a ray's direction: one step is one pixel, across or down.
const REACH: i64 = QUARTER;

/// How deep a fill may be, in percent of the way from the middle to the body's surface.
const DEEPEST_PERCENT: i64 = 40;

/// Disease at the pleura thickens it, and a lost lesion is worse than some wall: so much farther than the wall's inner
/// edge a dent is filled, in percent of the way to the surface.
const MARGIN_PERCENT: i64 = 5;

/// An edge that is nearer to the middle than one in this of the way to the surface is no pleura at the wall.
const NEAREST: i64 = 4;

/// How much a dent may deepen beyond its hull from one ray to the next, in 1/4096 of the way to the surface.
const STEEPEST: i64 = 40;

/// How much thicker than on the other side the wall must be for a dent to go on, in percent of the way to the surface.
const GROW_PERCENT: i64 = 4;

/// The mean grey of disease, at most, in percent of soft tissue's; what is brighter is muscle and bone.
const BRIGHTEST_PERCENT: u64 = 103;

/// How far inside its hull the lungs' edge must lie to count as dented, in percent of the way to the surface.
const DENT_PERCENT: i64 = 2;

/// The share of the soft tissue and bone, in percent, that counts as bone or dense muscle: its brightest part. A ray that
/// meets as many pixels of it in a row as the body's width over [`THICK`] has met the chest wall; fewer are a vessel or noise.
const BRIGHT_PERCENT: u64 = 20;
const THICK: u32 = 80;

/// The wall is taken to run evenly between two places where it was met, up to so many rays apart: an eighth of the way
/// around, wider than any space between two ribs.
const APART: usize = QUARTER as usize / 2;

/// Shares of the way to the surface are counted in this.
const WHOLE: i64 = 4096;

/// One ray from the middle of the body; distances are in steps along it.
#[derive(Clone, Copy)]
struct Ray {
    dx: i64,
    dy: i64,
    /// The body's surface.
    surface: i64,
    /// The last lung pixel; 0 when the ray meets none.
    edge: i64,
    /// Where the lung is taken to end.
    target: i64,
    /// Whether the slice ends before the body does, so that the wall's thickness is not known.
    is_cut: bool,
    /// Whether disease may have taken the edge here.
    is_dented: bool,
}

impl Ray {
    /// The target as a share of the way to the surface, in 1/[`WHOLE`].
    fn share(&self) -> i64 {
        self.target * WHOLE / self.surface.max(1)
    }

    fn has_fill(&self) -> bool {
        self.target > self.edge
    }

    /// The pixel `step` steps from the middle, relative to it.
    fn at(&self, step: i64) -> (i64, i64) {
        (
            (self.dx * step + REACH / 2).div_euclid(REACH),
            (self.dy * step + REACH / 2).div_euclid(REACH),
        )
    }
}

/// Extends the lungs to the chest wall where disease has taken their edge; `tissue` is the grey of soft tissue, `inside`
/// the histogram of the body with its lungs.
pub(crate) fn fill_to_wall(
    lungs: Bits,
    body: &Body,
    grey: &[u8],
    tissue: u8,
    inside: &[u32; 256],
) -> Bits {
    let (width, height) = (lungs.width(), lungs.height());
    let middle = (i64::from(body.centre_x), i64::from(body.centre_y));
    // A target may lie beyond the slice, where the other side's lung is the larger; no wall is met there.
    let grey_at =
        |x: i64, y: i64| match (usize::try_from(middle.0 + x), usize::try_from(middle.1 + y)) {
            (Ok(x), Ok(y)) if x < width && y < height => grey[y * width + x],
            _ => 0,
        };
    let mut rays = cast(&lungs, body, middle);
    // In order around the body, starting at the front: the first half is one side, the second half the other.
    let half = rays.len() / 2;
    for side in rays.chunks_mut(half) {
        to_hull(side, grey_at, tissue);
    }
    let hulls: Vec<i64> = rays.iter().map(Ray::share).collect();
    deepen_dents(&mut rays);
    let wall = Wall {
        brightness: brightness(inside, tissue),
        thickness: i64::from((body.width / THICK).max(1)),
    };
    stop_at_wall(&mut rays, &hulls, &wall, grey_at);
    let fill = between(&rays, middle, width, height).and(&body.filled);
    lungs.or(&fill)
}

/// What of the chest wall no fill may cross.
struct Wall {
    /// The least grey.
    brightness: u8,
    /// In steps.
    thickness: i64,
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
fn stop_at_wall(rays: &mut [Ray], hulls: &[i64], wall: &Wall, grey: impl Fn(i64, i64) -> u8) {
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

/// In each dent, the edge is taken to run as the chest wall does: as far from the body's surface as beside the dent
/// (going evenly from one flank to the other), or as on the other side, whichever is nearer to the hull.
fn deepen_dents(rays: &mut [Ray]) {
    grow_dents(rays);
    let hulls: Vec<Ray> = rays.to_vec();
    let mut start = 0;
    while start < hulls.len() {
        let dent = hulls[start..].iter().take_while(|ray| ray.is_dented);
        let length = dent.count();
        if length > 0 {
            deepen(&mut rays[start..start + length], &hulls, start);
        }
        start += length.max(1);
    }
}

/// Moves the targets of one dent, which begins at ray `start`, to the chest wall.
fn deepen(dent: &mut [Ray], hulls: &[Ray], start: usize) {
    let length = dent.len() as i64;
    let across = |index: usize| &hulls[hulls.len() - 1 - index];
    let is_cut = |index: usize| hulls[index].is_cut || across(index).is_cut;
    let knows_wall = !(start..start + dent.len()).any(is_cut);
    for (place, ray) in (1..).zip(dent) {
        if knows_wall {
            // A short dent is shallow, and the fill begins at its flanks with nothing.
            let slope = place.min(length + 1 - place) * STEEPEST;
            let wall =
                wall(hulls, start, place, length) + (MARGIN_PERCENT * WHOLE / 100).min(slope);
            let most = ray.share() + slope;
            ray.target = ray.target.max(wall.min(most) * ray.surface / WHOLE);
        }
        let is_deep = ray.target - ray.edge > ray.surface * DEEPEST_PERCENT / 100;
        if is_deep || ray.edge * NEAREST < ray.surface {
            ray.target = ray.edge;
        }
    }
}

/// Where the wall is taken to begin at the `place`th ray (from 1) of a dent of `length` rays, as a share.
fn wall(hulls: &[Ray], start: usize, place: i64, length: i64) -> i64 {
    let across = |index: usize| &hulls[hulls.len() - 1 - index];
    let (index, end) = (start + place as usize - 1, start + length as usize);
    let (ray, mirrored) = (&hulls[index], across(index));
    let flanks = (start > 0 && end < hulls.len()).then(|| (start - 1, end));
    let Some((before, after)) =
        flanks.filter(|&(before, after)| hulls[before].edge > 0 && hulls[after].edge > 0)
    else {
        return ray.share().max(mirrored.share());
    };
    let between = |before: &Ray, after: &Ray| {
        before.share() + (after.share() - before.share()) * place / (length + 1)
    };
    let even = between(&hulls[before], &hulls[after]);
    let best = ray.share().max(even);
    if mirrored.edge == 0 {
        best
    } else if across(before).edge > 0 && across(after).edge > 0 {
        // How far the other side bulges between the same flanks: this holds when the body lies askew.
        let bulge = mirrored.share() - between(across(before), across(after));
        best.max(even + bulge)
    } else {
        best.max(mirrored.share())
    }
}

/// A dent goes on beside a speck of air in the disease, as long as the other side's wall is thinner.
fn grow_dents(rays: &mut [Ray]) {
    let lacks = |rays: &[Ray], index: usize| {
        let (ray, mirrored) = (&rays[index], &rays[rays.len() - 1 - index]);
        let thicker = (ray.surface - ray.target) - (mirrored.surface - mirrored.target);
        ray.edge > 0 && mirrored.edge > 0 && thicker * 100 > ray.surface * GROW_PERCENT
    };
    let last = rays.len() - 1;
    for index in 1..=last {
        rays[index].is_dented |= rays[index - 1].is_dented && lacks(rays, index);
    }
    for index in (0..last).rev() {
        rays[index].is_dented |= rays[index + 1].is_dented && lacks(rays, index);
    }
}

/// The rays in order around the body, beginning just beside the front, so that ray `i` mirrors ray `len - 1 - i`.
fn cast(lungs: &Bits, body: &Body, (middle_x, middle_y): (i64, i64)) -> Vec<Ray> {
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
        let mut ray = Ray {
            dx,
            dy,
            surface: 0,
            edge: 0,
            target: 0,
            is_cut: false,
            is_dented: false,
        };
        // The longest way inside the picture.
        let room = |middle: i64, size: i64, d: i64| match d.signum() {
            1 => (size - 1 - middle) * REACH / d,
            -1 => middle * REACH / -d,
            _ => i64::MAX,
        };
        let room = room(middle_x, width, dx).min(room(middle_y, height, dy)) - 1;
        let mut step = room;
        while step > 0 {
            let (x, y) = ray.at(step);
            let (x, y) = ((middle_x + x) as usize, (middle_y + y) as usize);
            if ray.surface == 0 && body.filled.get(x, y) {
                ray.surface = step;
                ray.is_cut = step == room;
            }
            if ray.surface > 0 && lungs.get(x, y) {
                ray.edge = step;
                break;
            }
            step -= 1;
        }
        ray.target = ray.edge;
        rays.push(ray);
    }
    rays
}

/// Moves the targets of one side's rays to the convex hull of their edges, where disease may have dented it.
fn to_hull(side: &mut [Ray], grey: impl Fn(i64, i64) -> u8, tissue: u8) {
    let from = |(ax, ay): (i64, i64), (bx, by): (i64, i64)| (bx - ax, by - ay);
    let mut corners: Vec<(usize, (i64, i64))> = Vec::new();
    for (index, ray) in side.iter().enumerate() {
        if ray.edge == 0 {
            continue;
        }
        let point = ray.at(ray.edge);
        while let [.., (_, a), (_, b)] = corners[..] {
            // Clockwise around the middle on the screen: a corner that turns the other way lies inside the hull.
            if cross(from(a, b), from(b, point)) <= 0 {
                corners.pop();
            } else {
                break;
            }
        }
        corners.push((index, point));
    }
    let mut dented_before = false;
    for pair in corners.windows(2) {
        let ((first, a), (last, b)) = (pair[0], pair[1]);
        let between = &mut side[first + 1..last];
        let is_dented = to_chord(between, a, b) && is_darker(between, &grey, tissue);
        if is_dented {
            // A corner between two dents is a speck of air in the disease.
            let from = if dented_before { first } else { first + 1 };
            for ray in &mut side[from..last] {
                ray.is_dented = ray.edge > 0;
            }
        } else {
            for ray in between {
                ray.target = ray.edge;
            }
        }
        dented_before = is_dented;
    }
}

/// Moves the targets of the rays between two corners of the hull to the chord; true when any had far to go.
fn to_chord(rays: &mut [Ray], a: (i64, i64), b: (i64, i64)) -> bool {
    let along = (b.0 - a.0, b.1 - a.1);
    let mut is_dented = false;
    for ray in rays {
        let slope = cross((ray.dx, ray.dy), along);
        if ray.edge > 0 && slope != 0 {
            let chord = cross(a, along) * REACH / slope;
            ray.target = ray.target.max(chord.min(ray.surface));
            is_dented |= (ray.target - ray.edge) * 100 > ray.surface * DENT_PERCENT;
        }
    }
    is_dented
}

/// Whether what lies between the edges and the targets is no brighter in the mean than tissue: disease holds some
/// air. What is brighter is a rib with muscle that dents a healthy lung.
fn is_darker(rays: &[Ray], grey: impl Fn(i64, i64) -> u8, tissue: u8) -> bool {
    let (mut sum, mut count) = (0, 0);
    for ray in rays {
        for step in ray.edge + 1..=ray.target {
            let (x, y) = ray.at(step);
            sum += u64::from(grey(x, y));
            count += 1;
        }
    }
    sum * 100 <= count * u64::from(tissue) * BRIGHTEST_PERCENT
}

/// Twice the area between two ways from the middle; positive when the second lies clockwise on the screen.
fn cross((ax, ay): (i64, i64), (bx, by): (i64, i64)) -> i64 {
    ax * by - ay * bx
}

/// The region between the edges and the targets of neighbouring rays that both have something to fill.
fn between(rays: &[Ray], (middle_x, middle_y): (i64, i64), width: usize, height: usize) -> Bits {
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
