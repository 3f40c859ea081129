//! The convex hull of the lungs' edges, and where disease may have dented it.

use super::ray::{REACH, Ray};

/// The mean grey of disease, at most, in percent of soft tissue's; what is brighter is muscle and bone.
const BRIGHTEST_PERCENT: u64 = 103;

/// How far inside its hull the lungs' edge must lie to count as dented, in percent of the way to the surface.
const DENT_PERCENT: i64 = 2;

/// Moves the targets of one side's rays to the convex hull of their edges, where disease may have dented it.
pub(super) fn to_hull(side: &mut [Ray], grey: impl Fn(i64, i64) -> u8, tissue: u8) {
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
