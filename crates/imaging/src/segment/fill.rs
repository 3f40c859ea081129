//! What the threshold took from the lungs comes back: vessels and consolidations inside, and those at the ribs.

use super::bits::Bits;
use super::components::Components;

/// Fills what each lung encloses, unless it is larger than `largest_hole` pixels: then it is the dome of the diaphragm.
pub(crate) fn fill_holes(lungs: Bits, largest_hole: u64) -> Bits {
    let (width, height) = (lungs.width(), lungs.height());
    let around = Components::of(&lungs.clone().not());
    let holes = around.keep(|index| {
        let component = &around.list()[index];
        !component.touches_border(width, height) && component.area <= largest_hole
    });
    lungs.or(&holes)
}

/// The convex hulls of the components.
pub(crate) fn hulls(lungs: &Bits) -> Bits {
    let components = Components::of(lungs);
    let mut outlines: Vec<(Vec<i64>, Vec<i64>)> = components
        .list()
        .iter()
        .map(|component| {
            let empty = vec![i64::MAX; component.height() as usize];
            (empty.clone(), empty)
        })
        .collect();
    for (run, label) in components.runs() {
        let row = (run.y - components.list()[label].top) as usize;
        let (left, right) = &mut outlines[label];
        left[row] = left[row].min(i64::from(run.start));
        right[row] = right[row].min(-i64::from(run.end));
    }
    let mut hulls = Bits::empty(lungs.width(), lungs.height());
    for (component, (left, right)) in components.list().iter().zip(&outlines) {
        let rows = component.top as usize..;
        for ((y, start), end) in rows.zip(lower_hull(left)).zip(lower_hull(right)) {
            hulls.set_run(y, start as usize, (-end) as usize);
        }
    }
    hulls
}

/// Fills dents of the lungs beside the spine: from the point nearest to the midline, in the back half of the body, to the
/// back, each lung's inner edge is convex but for the aorta. Dents deeper than `deepest` pixels are left.
pub(crate) fn fill_beside_spine(lungs: Bits, centre_x: u32, centre_y: u32, deepest: i64) -> Bits {
    let components = Components::of(&lungs);
    let mut filled = lungs.clone();
    for (index, component) in components.list().iter().enumerate() {
        if component.bottom <= centre_y {
            continue;
        }
        let top = component.top.max(centre_y);
        let is_left = component.centre_x() < centre_x;
        // For each row, the innermost column, counted so that inwards is downwards.
        let mut inner = vec![i64::MAX; (component.bottom - top) as usize];
        for (run, label) in components.runs() {
            if label == index && run.y >= top {
                let edge = if is_left {
                    -i64::from(run.end)
                } else {
                    i64::from(run.start)
                };
                let row = &mut inner[(run.y - top) as usize];
                *row = (*row).min(edge);
            }
        }
        let Some((tip, _)) = inner.iter().enumerate().min_by_key(|&(_, &edge)| edge) else {
            continue;
        };
        for (row, (&old, new)) in inner[tip..]
            .iter()
            .zip(lower_hull(&inner[tip..]))
            .enumerate()
        {
            let y = top as usize + tip + row;
            if old - new > deepest {
                continue;
            }
            if is_left {
                filled.set_run(y, (-old) as usize, (-new) as usize);
            } else {
                filled.set_run(y, new as usize, old as usize);
            }
        }
    }
    filled
}

/// The lower convex hull of one value per row, at each row, rounded towards the values.
fn lower_hull(values: &[i64]) -> Vec<i64> {
    let mut corners: Vec<(i64, i64)> = Vec::new();
    for (row, &value) in (0..).zip(values) {
        while let [.., (row_a, a), (row_b, b)] = corners[..] {
            if (b - a) * (row - row_a) >= (value - a) * (row_b - row_a) {
                corners.pop();
            } else {
                break;
            }
        }
        corners.push((row, value));
    }
    let mut hull = Vec::with_capacity(values.len());
    hull.extend(corners.first().map(|&(_, value)| value));
    for pair in corners.windows(2) {
        let ((row_a, a), (row_b, b)) = (pair[0], pair[1]);
        for row in row_a + 1..=row_b {
            let step = (b - a) * (row - row_a);
            hull.push(
                a + step.div_euclid(row_b - row_a) + i64::from(step.rem_euclid(row_b - row_a) != 0),
            );
        }
    }
    hull
}
