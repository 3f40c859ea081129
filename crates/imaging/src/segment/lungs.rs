//! Which of the dark regions inside the body are lungs: not the trachea, not gas in the bowel.

use super::bits::Bits;
use super::body::Body;
use super::components::{Component, Components};
use super::threshold::Levels;

/// A dark region smaller than the body over this is noise, or fat between muscles.
const LEAST: u64 = 1000;

/// The airways' share of the body, at most 1 in this: two main bronchi and the carina in one are 1 %.
const AIRWAY: u64 = 70;

/// The enclosed dark regions that are large enough to matter.
pub(crate) fn large_regions(enclosed: &Components, body: &Body) -> Bits {
    enclosed.keep(|index| enclosed.list()[index].area * LEAST >= body.area)
}

/// What the eroded pieces of the dark regions are.
pub(crate) struct Pieces {
    pub lungs: Bits,
    pub others: Bits,
}

/// Tells the lungs' pieces from the others'. `air` is the grey of air.
pub(crate) fn sort_pieces(
    pieces: &Components,
    grey: &[u8],
    body: &Body,
    levels: Levels,
    air: u8,
) -> Pieces {
    let sums = pieces.sums(grey);
    let is_lung: Vec<bool> = pieces
        .list()
        .iter()
        .zip(&sums)
        .map(|(piece, &sum)| !is_airway_or_gas(piece, sum / piece.area, body, levels, air))
        .collect();
    Pieces {
        lungs: pieces.keep(|index| is_lung[index]),
        others: pieces.keep(|index| !is_lung[index]),
    }
}

fn is_airway_or_gas(piece: &Component, mean: u64, body: &Body, levels: Levels, air: u8) -> bool {
    let off_centre = u64::from(piece.centre_x().abs_diff(body.centre_x));
    let width = u64::from(body.width);
    let small = piece.area * AIRWAY < body.area;
    let central = off_centre * 100 < width * 8;
    let contrast = u64::from(levels.tissue.saturating_sub(air));
    let gas = mean * 100 < u64::from(air) * 100 + contrast * 5;
    (small && central) || (gas && piece.area * 20 < body.area)
}
