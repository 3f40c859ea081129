//! What the threshold took from the lungs comes back: vessels and consolidations inside, and those at the ribs.

use super::bits::Bits;
use super::components::Components;

/// Dilation, then erosion: gaps narrower than twice the radius close.
pub(crate) fn close(lungs: Bits, radius: usize) -> Bits {
    lungs.dilate(radius).erode(radius)
}

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

/// Where to look for dents beside the spine.
pub(crate) struct BesideSpine<'a> {
    /// The slice's greys.
    pub grey: &'a [u8],
    /// The middle of the body.
    pub centre: (u32, u32),
    /// Dents that are deeper are left, in pixels.
    pub deepest: i64,
    /// What is as bright in the mean is aorta or muscle; disease is darker.
    pub tissue: u8,
    /// How far beyond the hull a dent is filled, in pixels.
    pub margin: i64,
}

/// Fills dents of the lungs beside the spine: from the point nearest to the midline, in the back half of the body, to
/// the back, each lung's inner edge is convex but for the aorta.
pub(crate) fn fill_beside_spine(lungs: Bits, spine: &BesideSpine) -> Bits {
    let components = Components::of(&lungs);
    let mut filled = lungs.clone();
    for InnerEdge {
        top,
        is_left,
        columns: inner,
    } in inner_edges(&components, spine.centre)
    {
        let Some((tip, _)) = inner.iter().enumerate().min_by_key(|&(_, &edge)| edge) else {
            continue;
        };
        let hull = lower_hull(&inner[tip..]);
        let edges: Vec<(i64, i64)> = inner[tip..].iter().copied().zip(hull).collect();
        let mut start = 0;
        while start < edges.len() {
            let length = edges[start..]
                .iter()
                .take_while(|(edge, hull)| edge > hull)
                .count();
            let dent = &edges[start..start + length];
            fill_dent(
                &mut filled,
                dent,
                top as usize + tip + start,
                is_left,
                spine,
            );
            start += length.max(1);
        }
    }
    filled
}

/// A lung's edge towards the midline, in the back half of the body.
struct InnerEdge {
    /// Its first row.
    top: u32,
    is_left: bool,
    /// For each row, the innermost column, counted so that inwards is downwards.
    columns: Vec<i64>,
}

/// The inner edges of all components that have one, in one pass over their runs.
fn inner_edges(components: &Components, (centre_x, centre_y): (u32, u32)) -> Vec<InnerEdge> {
    let mut edges: Vec<InnerEdge> = components
        .list()
        .iter()
        .map(|component| {
            // Where both lungs touch, they have no inner edge.
            let is_on_both_sides = component.left + component.width() / 3 < centre_x
                && component.right - component.width() / 3 > centre_x;
            let top = component.top.max(centre_y);
            let rows = if is_on_both_sides {
                0
            } else {
                component.bottom.saturating_sub(top)
            };
            InnerEdge {
                top,
                is_left: component.centre_x() < centre_x,
                columns: vec![i64::MAX; rows as usize],
            }
        })
        .collect();
    for (run, label) in components.runs() {
        let edge = &mut edges[label];
        let column = if edge.is_left {
            -i64::from(run.end)
        } else {
            i64::from(run.start)
        };
        let row = run.y.checked_sub(edge.top);
        if let Some(innermost) = row.and_then(|row| edge.columns.get_mut(row as usize)) {
            *innermost = (*innermost).min(column);
        }
    }
    edges
}

/// Fills one dent, whose first row is `top`, unless it is too deep or too bright.
fn fill_dent(
    filled: &mut Bits,
    dent: &[(i64, i64)],
    top: usize,
    is_left: bool,
    spine: &BesideSpine,
) {
    let width = filled.width() as i64;
    let columns = |edge: i64, hull: i64| {
        let (start, end) = if is_left {
            (-edge, -hull)
        } else {
            (hull, edge)
        };
        (start.clamp(0, width) as usize, end.clamp(0, width) as usize)
    };
    let (mut sum, mut count) = (0, 0);
    for (y, &(edge, hull)) in (top..).zip(dent) {
        let (start, end) = columns(edge, hull);
        let row = &spine.grey[y * width as usize..][start..end];
        sum += row.iter().map(|&grey| u64::from(grey)).sum::<u64>();
        count += row.len() as u64;
    }
    let deepest = dent
        .iter()
        .map(|(edge, hull)| edge - hull)
        .max()
        .unwrap_or(0);
    if deepest > spine.deepest || sum >= count * u64::from(spine.tissue) {
        return;
    }
    for (y, &(edge, hull)) in (top..).zip(dent) {
        let (start, end) = columns(edge, hull - spine.margin.min(edge - hull));
        filled.set_run(y, start, end);
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::segment::bits::picture;

    proptest! {
        #[test]
        fn holes_are_what_the_border_does_not_reach((width, pixels) in picture()) {
            let height = pixels.len() / width;
            let mut outside = vec![false; pixels.len()];
            let on_border = |at: usize| {
                let (x, y) = (at % width, at / width);
                x == 0 || y == 0 || x + 1 == width || y + 1 == height
            };
            let mut open: Vec<usize> = (0..pixels.len()).filter(|&at| on_border(at)).collect();
            while let Some(at) = open.pop() {
                if pixels[at] == 1 || outside[at] {
                    continue;
                }
                outside[at] = true;
                let x = at % width;
                open.extend((x > 0).then(|| at - 1));
                open.extend((x + 1 < width).then_some(at + 1));
                open.extend(at.checked_sub(width));
                open.extend(Some(at + width).filter(|&below| below < pixels.len()));
            }
            let naive: Vec<u8> = outside.iter().map(|&outside| u8::from(!outside)).collect();
            let bits = Bits::from_pixels(&pixels, width, |pixel| pixel == 1);
            prop_assert_eq!(fill_holes(bits, u64::MAX).to_bytes(1), naive);
        }

        #[test]
        fn the_lower_hull_is_below_and_convex(values in proptest::collection::vec(-300i64..300, 1..60)) {
            let hull = lower_hull(&values);
            prop_assert_eq!(hull.len(), values.len());
            prop_assert!(hull.iter().zip(&values).all(|(hull, value)| hull <= value));
            // Rounding to pixels bends by less than one.
            prop_assert!(hull.windows(3).all(|w| w[0] + w[2] - 2 * w[1] >= -1));
        }
    }

    #[test]
    fn large_holes_stay() {
        let ring: Vec<u8> = (0..100)
            .map(|at| u8::from(!((2..8).contains(&(at % 10)) && (2..8).contains(&(at / 10)))))
            .collect();
        let bits = || Bits::from_pixels(&ring, 10, |pixel| pixel == 1);
        assert_eq!(fill_holes(bits(), 35).count(), 64);
        assert_eq!(fill_holes(bits(), 36).count(), 100);
    }

    #[test]
    fn the_hull_of_a_crescent_fills_its_inside() {
        let crescent: Vec<u8> = (0..400)
            .map(|at| {
                let (x, y) = (at % 20 - 10, at / 20 - 10);
                u8::from(x * x + y * y < 90 && (x - 5) * (x - 5) + y * y > 60)
            })
            .collect();
        let bits = Bits::from_pixels(&crescent, 20, |pixel| pixel == 1);
        let hull = hulls(&bits);
        assert!(hull.count() > bits.count());
        assert_eq!(hull.clone().and(&bits), bits);
    }
}
