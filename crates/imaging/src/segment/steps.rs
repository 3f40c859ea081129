//! The steps where the lungs lie in a body, in order.

use super::bits::Bits;
use super::body::{self, Body};
use super::components::Components;
use super::fill::{self, BesideSpine};
use super::threshold::{BLACK, Levels};
use super::{NoLungs, lungs, plausible, ribs};

/// The erosion's radius is the slice's shorter side over this: 2 pixels in 512, enough to part the trachea from a lung.
const EROSION: usize = 200;

/// Holes larger than the body over this are the dome of the diaphragm, not disease.
const LARGEST_HOLE: u64 = 50;

/// The radius of the closing at the end, as the shorter side over this: vessels at the lung's edge.
const CLOSING: usize = 100;

/// Gas is no farther from the grey of air than this on the way to tissue, in 1/1000: lung is at 30 or more in its
/// darkest quarter. Small pieces are mixed with what is around them.
const GAS_PER_MILLE: u32 = 25;
const SMALL_GAS_PER_MILLE: u32 = 50;

/// The deepest dent beside the spine, and how far beyond the hull it is filled, as the body's width over this.
const DEEPEST_BESIDE_SPINE: u32 = 12;
const MARGIN_BESIDE_SPINE: u32 = 50;

/// The pictures of the steps: polarised, large regions, eroded, lungs' pieces.
pub(crate) type Stages = [Bits; 4];

/// Lungs, and the area that they are measured by.
pub(crate) struct Found {
    pub lungs: Bits,
    pub body_area: u64,
}

/// Walks through the steps; `stages` keeps the pictures of those that were reached.
pub(crate) fn find(
    grey: &[u8],
    histogram: &[u32; 256],
    levels: Levels,
    threshold: u8,
    stages: &mut Stages,
) -> Result<Found, NoLungs> {
    let (width, height) = (stages[0].width(), stages[0].height());
    let shorter = width.min(height);
    let radius = (shorter / EROSION).max(1);

    // 1 Polarise.
    let dark = Bits::from_pixels(grey, width, |pixel| pixel <= threshold);
    stages[0] = dark.clone();

    // 2 The largest components inside the body. The body is found half-way between air and tissue, whatever the
    // threshold for the lungs.
    let half_way = levels.dark + (levels.tissue - levels.dark) / 2;
    let air_or_lung = Bits::from_pixels(grey, width, |pixel| pixel <= half_way);
    let body = body::body(&air_or_lung).ok_or(NoLungs::NothingEnclosed)?;
    let outside = outside_histogram(grey, &body.filled);
    let inside: [u32; 256] = std::array::from_fn(|grey| histogram[grey] - outside[grey]);
    let enclosed = Components::of(&dark.and(&body.filled));
    let regions = lungs::large_regions(&enclosed, &body);
    stages[1] = regions.clone();

    // 3 Erosion parts the airways and the bowel from the lungs.
    let eroded = regions.erode(radius);
    stages[2] = eroded.clone();

    // 4 The largest components again: what is no airway and no gas.
    let air = air_level(&outside, half_way);
    let near_air = |per_mille: u32| {
        let limit = air + (u32::from(levels.tissue.saturating_sub(air)) * per_mille / 1000) as u8;
        Bits::from_pixels(grey, width, |pixel| pixel <= limit)
    };
    let gas = [near_air(GAS_PER_MILLE), near_air(SMALL_GAS_PER_MILLE)];
    let pieces = lungs::sort_pieces(&Components::of(&eroded), &body, &gas);
    stages[3] = pieces.lungs.clone();

    // 5 Fill.
    let lungs = regrow(&regions, &pieces, radius);
    let closing = (shorter / CLOSING).max(1);
    let lungs = fill(lungs, grey, levels, &body, &inside, closing);
    if !plausible::is_ct(&inside, levels.threshold) {
        return Err(NoLungs::NotCt);
    }
    Ok(Found {
        lungs,
        body_area: body.area,
    })
}

/// Undoes the erosion: regions that hold nothing but lung come back whole, of others only what surrounds the lung.
fn regrow(regions: &Bits, pieces: &lungs::Pieces, radius: usize) -> Bits {
    let regions = Components::of(regions);
    let lung = regions.overlap(&pieces.lungs);
    let other = regions.overlap(&pieces.others);
    let whole = regions.keep(|index| lung[index] > 0 && other[index] == 0);
    let mixed = regions.keep(|index| lung[index] > 0 && other[index] > 0);
    pieces.lungs.dilate(radius + 1).and(&mixed).or(&whole)
}

/// Brings back what the threshold took: inside, at the ribs, beside the spine, at small vessels on the edge.
fn fill(
    lungs: Bits,
    grey: &[u8],
    levels: Levels,
    body: &Body,
    inside: &[u32; 256],
    closing: usize,
) -> Bits {
    let largest_hole = body.area / LARGEST_HOLE;
    let lungs = fill::fill_holes(lungs, largest_hole);
    let lungs = ribs::fill_to_wall(lungs, body, grey, levels.tissue, inside);
    let spine = BesideSpine {
        grey,
        centre: (body.centre_x, body.centre_y),
        deepest: i64::from(body.width / DEEPEST_BESIDE_SPINE),
        tissue: levels.tissue,
        margin: i64::from(body.width / MARGIN_BESIDE_SPINE),
    };
    let lungs = fill::fill_beside_spine(lungs, &spine);
    fill::fill_holes(fill::close(lungs, closing), largest_hole)
}

/// How many pixels outside the body have each grey value.
fn outside_histogram(grey: &[u8], body: &Bits) -> [u32; 256] {
    let mut counts = [0u32; 256];
    for (y, row) in grey.chunks_exact(body.width()).enumerate() {
        for (&inside, greys) in body.row(y).iter().zip(row.chunks(64)) {
            // Most words lie in the body or outside it as a whole.
            if inside == u64::MAX {
                continue;
            }
            for (place, &grey) in greys.iter().enumerate() {
                counts[usize::from(grey)] += u32::from(inside >> place & 1 == 0);
            }
        }
    }
    counts
}

/// The grey of air: the median of what is dark outside the body, padding aside; 0 where the window cuts air to black.
fn air_level(outside: &[u32; 256], darkest_tissue: u8) -> u8 {
    let first = usize::from(BLACK) + 1;
    let last = usize::from(darkest_tissue).max(first);
    let total: u32 = outside[first..last].iter().sum();
    if total < outside[..first].iter().sum::<u32>() / 5 {
        return 0;
    }
    let mut seen = 0;
    (first..last)
        .find(|&grey| {
            seen += outside[grey];
            seen * 2 >= total
        })
        .unwrap_or(0) as u8
}
