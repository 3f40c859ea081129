//! Slices that come already masked: everything but the lungs is black.

use super::NoLungs;
use super::bits::Bits;
use super::components::{Component, Components};
use super::fill::{close, fill_holes, hulls};
use super::steps::{Found, Stages};

/// What is not brighter than this is background (JPEG rings around the lungs).
pub(crate) const BACKGROUND: u8 = 16;

/// Whether the slice has no body: a quarter or more is black, and of the rest little is both bright and thick. The
/// bright parts of lungs are vessels, those of a body are muscle and organs.
pub(crate) fn is_masked(grey: &[u8], width: usize, histogram: &[u32; 256]) -> bool {
    if !is_black(histogram) {
        return false;
    }
    let background = usize::from(BACKGROUND) + 1;
    let rest: u32 = histogram[background..].iter().sum();
    let mut above = 0;
    let brightest = (background..256)
        .rev()
        .find(|&grey| {
            above += histogram[grey];
            above > 0 && above * 100 >= rest
        })
        .unwrap_or(255);
    let bright = (brightest * 6 / 10) as u8;
    let height = grey.len() / width;
    let bits = Bits::from_pixels(grey, width, |pixel| pixel > bright);
    let thick = without_table(bits).erode((width.min(height) / 64).max(1));
    thick.count() as u64 * 10 < u64::from(rest)
}

/// Whether a quarter or more of the slice is black.
pub(crate) fn is_black(histogram: &[u32; 256]) -> bool {
    let background = usize::from(BACKGROUND) + 1;
    let black: u32 = histogram[..background].iter().sum();
    let rest: u32 = histogram[background..].iter().sum();
    black >= rest / 3
}

/// Drops what lies along the bottom: the table that some masks leave in.
fn without_table(bits: Bits) -> Bits {
    let components = Components::of(&bits);
    let tables = tables(&components, bits.width(), bits.height());
    components.keep(|index| !tables[index])
}

/// Which components are the table: those that rest on the bottom with a third of the slice's width or more (lungs that are
/// cropped tightly touch the bottom with their round ends), and wide ones that lie below a lung.
fn tables(components: &Components, width: usize, height: usize) -> Vec<bool> {
    let mut contact = vec![0; components.list().len()];
    for (run, label) in components.runs() {
        if run.y as usize + 1 == height {
            contact[label] += (run.end - run.start) as usize;
        }
    }
    let least = least_compared(components.list());
    let is_large = |component: &&Component| component.area >= least;
    let large: Vec<&Component> = components.list().iter().filter(is_large).collect();
    let rests = |index: usize| contact[index] * 3 >= width;
    let lies_below =
        |component: &Component| is_large(&component) && lies_below_a_lung(&large, component);
    (0..)
        .zip(components.list())
        .map(|(index, component)| rests(index) || lies_below(component))
        .collect()
}

/// So many components are compared with one another. CT slices have some hundreds; a picture of specks has a million.
const COMPARED: usize = 4096;

/// The area from which on no more than [`COMPARED`] components are as large: 0 where there are no more.
fn least_compared(components: &[Component]) -> u64 {
    let mut areas: Vec<u64> = components.iter().map(|component| component.area).collect();
    areas.sort_unstable_by_key(|&area| std::cmp::Reverse(area));
    areas.get(COMPARED).map_or(0, |next| next + 1)
}

/// Whether a component is three times as wide as high or more, as wide as a lung or wider, and begins where one that is
/// no letter has ended. Lungs lie side by side.
fn lies_below_a_lung(large: &[&Component], table: &Component) -> bool {
    table.width() >= 3 * table.height()
        && large.iter().any(|lung| {
            lung.bottom <= table.top
                && lung.width() <= table.width()
                && lung.height() > table.height()
                && lung.area * 4 >= table.area
        })
}

/// Whether the parts look like lungs rather than like a body without lungs: no single one is both large and convex.
pub(crate) fn may_be_lungs(parts: &Bits) -> bool {
    let components = Components::of(parts);
    let Some(largest) = components.largest() else {
        return false;
    };
    let whole = fill_holes(components.keep(|index| index == largest), u64::MAX);
    let hull = hulls(&whole).count() as u64;
    let area = whole.count() as u64;
    let slice = (parts.width() * parts.height()) as u64;
    area * 10 < slice * 3 || area * 10 < hull * 9
}

/// Walks through the steps: what is not background, its large parts, their noise off, filled.
pub(crate) fn find(grey: &[u8], background: u8, stages: &mut Stages) -> Result<Found, NoLungs> {
    let width = stages[0].width();
    let foreground = Bits::from_pixels(grey, width, |pixel| pixel > background);
    let parts = large_parts(&foreground);
    let eroded = parts.erode(1);
    let again = large_parts(&eroded);
    let components = Components::of(&parts);
    let kept = components.overlap(&again);
    let lungs = components.keep(|index| kept[index] > 0);
    let area = lungs.count() as u64;
    let lungs = fill_holes(close(lungs, 2), area / LARGEST_HOLE);
    *stages = [foreground, parts, eroded, again];
    Ok(Found {
        lungs,
        body_area: grey.len() as u64,
    })
}

/// Holes larger than the lungs over this are the mediastinum.
const LARGEST_HOLE: u64 = 20;

/// The parts that may be lungs: not table, not letters, at least a twentieth of the largest.
pub(crate) fn large_parts(foreground: &Bits) -> Bits {
    let components = Components::of(foreground);
    let (width, height) = (foreground.width(), foreground.height());
    let tables = tables(&components, width, height);
    let area = |index: usize| components.list()[index].area;
    let parts = (0..tables.len()).filter(|&index| !tables[index]);
    let largest = parts.map(area).max().unwrap_or(0);
    components.keep(|index| !tables[index] && area(index) * 20 >= largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Left, top, right and bottom of what is set.
    fn bits(parts: &[[usize; 4]]) -> Bits {
        let mut pixels = vec![0u8; 256 * 256];
        for &[left, top, right, bottom] in parts {
            for y in top..bottom {
                pixels[y * 256 + left..y * 256 + right].fill(1);
            }
        }
        Bits::from_pixels(&pixels, 256, |pixel| pixel > 0)
    }

    #[test]
    fn a_table_below_one_lung_is_no_lung() {
        let lung = [60, 40, 110, 140];
        let table = [20, 180, 230, 215];
        assert_eq!(large_parts(&bits(&[lung, table])), bits(&[lung]));
        let resting = [20, 230, 230, 256];
        assert_eq!(large_parts(&bits(&[lung, resting])), bits(&[lung]));
    }

    #[test]
    fn flat_bases_side_by_side_and_a_wide_strip_above_stay() {
        let bases = bits(&[[20, 150, 110, 175], [140, 150, 230, 175]]);
        assert_eq!(large_parts(&bases), bases);
        let strip = bits(&[[20, 20, 230, 60], [60, 80, 110, 200]]);
        assert_eq!(large_parts(&strip), strip);
    }

    /// Dashes of three pixels, one above the other, are all wide and none is below something high: a million of them were compared
    /// with one another for hours.
    #[test]
    fn a_million_dashes_are_looked_at_once() {
        let side = 4096;
        let dash =
            |pixel: usize| u8::from((pixel / side).is_multiple_of(3) && !pixel.is_multiple_of(4));
        let pixels: Vec<u8> = (0..side * side).map(dash).collect();
        let dashes = Bits::from_pixels(&pixels, side, |pixel| pixel > 0);
        assert_eq!(large_parts(&dashes), dashes);
    }

    #[test]
    fn letters_above_make_nothing_a_table() {
        let base = [20, 150, 110, 175];
        assert_eq!(
            large_parts(&bits(&[[20, 20, 30, 50], base])),
            bits(&[[20, 20, 30, 50], base])
        );
    }
}
