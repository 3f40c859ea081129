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

/// Extends each lung to its convex hull on the side of the ribs, away from `centre_x`: the chest's inner wall is convex
/// there, so what is missing is disease, not anatomy.
pub(crate) fn fill_to_ribs(lungs: Bits, centre_x: u32) -> Bits {
    let components = Components::of(&lungs);
    let mut extended = lungs.clone();
    for (index, component) in components.list().iter().enumerate() {
        let is_left = component.centre_x() < centre_x;
        // For each row, the outermost column, counted so that outwards is downwards.
        let mut outline = vec![i64::MAX; component.height() as usize];
        for (run, label) in components.runs() {
            if label == index {
                let row = &mut outline[(run.y - component.top) as usize];
                let outer = if is_left {
                    i64::from(run.start)
                } else {
                    -i64::from(run.end)
                };
                *row = (*row).min(outer);
            }
        }
        for (row, (&old, new)) in outline.iter().zip(lower_hull(&outline)).enumerate() {
            let y = component.top as usize + row;
            if is_left {
                extended.set_run(y, new as usize, old as usize);
            } else {
                extended.set_run(y, -old as usize, -new as usize);
            }
        }
    }
    extended
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
