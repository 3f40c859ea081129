//! Dents in the hull that are as deep as the chest wall lets them be: the other side and the dent's flanks show where it is.

use super::ray::{Ray, WHOLE};

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

/// In each dent, the edge is taken to run as the chest wall does: as far from the body's surface as beside the dent
/// (going evenly from one flank to the other), or as on the other side, whichever is nearer to the hull.
pub(super) fn deepen_dents(rays: &mut [Ray]) {
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
