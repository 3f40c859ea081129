//! Which of the dark regions inside the body are lungs: not the trachea, not gas in the bowel.

use super::bits::Bits;
use super::body::Body;
use super::components::{Component, Components};

/// A dark region smaller than the body over this is noise, or fat between muscles.
const LEAST: u64 = 1000;

/// The airways' share of the body, at most 1 in this: two main bronchi and the carina in one are 1 %.
const AIRWAY: u64 = 70;

/// The enclosed dark regions that are large enough to matter.
pub(crate) fn large_regions(enclosed: &Components, body: &Body) -> Bits {
    enclosed.keep(|index| enclosed.list()[index].area * LEAST >= body.area)
}

/// The chest wall is at least as thick as the body's width over this, half a centimetre to a centimetre.
const SKIN: u32 = 50;

/// What the eroded pieces of the dark regions are.
pub(crate) struct Pieces {
    pub lungs: Bits,
    pub others: Bits,
}

/// Tells the lungs' pieces from the others'. `gas` are the pixels that are as dark as air, first by a strict measure,
/// then by one for small pieces, whose edges are a mixture.
pub(crate) fn sort_pieces(pieces: &Components, body: &Body, gas: &[Bits; 2]) -> Pieces {
    let [strictly, loosely] = [pieces.overlap(&gas[0]), pieces.overlap(&gas[1])];
    let skin = (body.width / SKIN).max(1) as usize;
    let beneath = pieces.overlap(&body.filled.erode(skin));
    let is_lung = |index: usize| {
        let piece = &pieces.list()[index];
        // What lies mostly in the skin is air between back and table.
        if beneath[index] * 2 < piece.area {
            return false;
        }
        let is_small = piece.area * 100 < body.area;
        let gas = if is_small {
            loosely[index]
        } else {
            strictly[index]
        };
        !is_airway(piece, body) && !is_gas(piece, gas, body)
    };
    Pieces {
        lungs: pieces.keep(is_lung),
        others: pieces.keep(|index| !is_lung(index)),
    }
}

fn is_airway(piece: &Component, body: &Body) -> bool {
    let off_centre = u64::from(piece.centre_x().abs_diff(body.centre_x));
    let small = piece.area * AIRWAY < body.area;
    small && off_centre * 100 < u64::from(body.width) * 5
}

/// Gas is as dark as the air outside; lung is brighter: it holds blood. A quarter of the pixels tells, as the edge is a
/// mixture. Gas rises to the front, so that the lungs' dark ends at the back are safe; air between back and table is
/// flat.
fn is_gas(piece: &Component, as_air: u64, body: &Body) -> bool {
    let is_in_front = piece.centre_y() < body.centre_y;
    let is_flat = piece.width() > 5 * piece.height();
    as_air * 4 > piece.area && piece.area * GAS < body.area && (is_in_front || is_flat)
}

/// Gas in the stomach or colon, at most 1 in this of the body. Large lungs may be dark: emphysema.
const GAS: u64 = 25;
