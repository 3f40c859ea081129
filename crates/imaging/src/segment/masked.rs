//! Slices that come already masked: everything but the lungs is black.

use super::bits::Bits;
use super::components::{Component, Components};

/// What is not brighter than this is background (JPEG rings around the lungs).
pub(crate) const BACKGROUND: u8 = 16;

/// Whether the slice has no body: a quarter or more is black, and of the rest little is both bright and thick. The
/// bright parts of lungs are vessels, those of a body are muscle and organs.
pub(crate) fn is_masked(grey: &[u8], width: usize, histogram: &[u32; 256]) -> bool {
    let background = usize::from(BACKGROUND) + 1;
    let black: u32 = histogram[..background].iter().sum();
    let rest = grey.len() as u32 - black;
    if u64::from(black) * 4 < grey.len() as u64 || rest == 0 {
        return false;
    }
    let mut above = 0;
    let brightest = (background..256)
        .rev()
        .find(|&grey| {
            above += histogram[grey];
            above * 100 >= rest
        })
        .unwrap_or(255);
    let bright = (brightest * 6 / 10) as u8;
    let height = grey.len() / width;
    let bits = Bits::from_pixels(grey, width, |pixel| pixel > bright);
    let thick = without_table(bits).erode_inside((width.min(height) / 64).max(1));
    thick.count() as u64 * 10 < u64::from(rest)
}

/// Drops what lies along the bottom from one corner towards the other: the table that some masks leave in.
fn without_table(bits: Bits) -> Bits {
    let components = Components::of(&bits);
    components.keep(|index| !is_table(&components.list()[index], bits.width(), bits.height()))
}

fn is_table(component: &Component, width: usize, height: usize) -> bool {
    let (across, down) = (component.width() as usize, component.height() as usize);
    component.bottom as usize == height
        && across * 10 > width * 7
        && down * 5 < height * 2
        && (component.left == 0 || component.right as usize == width)
}

/// What is not black, the table aside.
pub(crate) fn foreground(grey: &[u8], width: usize, background: u8) -> Bits {
    Bits::from_pixels(grey, width, |pixel| pixel > background)
}

/// The parts that may be lungs: not table, not letters, at least a twentieth of the largest.
pub(crate) fn large_parts(foreground: &Bits) -> Bits {
    let components = Components::of(foreground);
    let (width, height) = (foreground.width(), foreground.height());
    let table = |component: &Component| is_table(component, width, height);
    let parts = components
        .list()
        .iter()
        .filter(|component| !table(component));
    let largest = parts.map(|component| component.area).max().unwrap_or(0);
    components.keep(|index| {
        let component = &components.list()[index];
        !table(component) && component.area * 20 >= largest
    })
}
