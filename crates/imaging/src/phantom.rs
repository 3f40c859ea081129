//! Synthetic slices with exactly known masks, for tests and examples.

use crate::{Mask, Slice};

/// What the phantom's lungs show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    None,
    GroundGlass,
    PleuralConsolidation,
    LobarConsolidation,
}

/// How a phantom is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhantomOptions {
    /// Width and height in pixels.
    pub side: u32,
    /// Varies noise, vessels and the place of the finding.
    pub seed: u64,
    pub finding: Finding,
    /// Black corners outside a circle, as some scanners export.
    pub round_field_of_view: bool,
    /// Everything but the lungs black.
    pub already_masked: bool,
}

impl Default for PhantomOptions {
    fn default() -> Self {
        Self {
            side: 512,
            seed: 1,
            finding: Finding::None,
            round_field_of_view: false,
            already_masked: false,
        }
    }
}

/// A synthetic slice and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phantom {
    pub slice: Slice,
    /// Both lungs, the finding included.
    pub lungs: Mask,
    pub lesion: Mask,
}

/// Draws a phantom; equal options give equal phantoms on every platform.
pub fn phantom(options: &PhantomOptions) -> Phantom {
    let side = options.side.max(32);
    let at = |x: u32, y: u32, cx: u32, cy: u32, rx: u32, ry: u32| {
        let dx = (i64::from(x) * 100 - i64::from(cx * side)) * i64::from(ry);
        let dy = (i64::from(y) * 100 - i64::from(cy * side)) * i64::from(rx);
        dx * dx + dy * dy <= i64::from(rx * ry * side).pow(2)
    };
    let mut pixels = Vec::new();
    let mut lungs = Vec::new();
    let mut lesion = Vec::new();
    for y in 0..side {
        for x in 0..side {
            let body = at(x, y, 50, 50, 44, 34);
            let lung = at(x, y, 31, 50, 13, 22) || at(x, y, 69, 50, 13, 22);
            let sick = lung && options.finding != Finding::None && at(x, y, 25, 62, 8, 8);
            lungs.push(u8::from(lung));
            lesion.push(u8::from(sick));
            pixels.push(match (lung, sick, body) {
                (_, true, _) => 120,
                (true, ..) => 40,
                (_, _, true) if !options.already_masked => 200,
                _ => 0,
            });
        }
    }
    Phantom {
        slice: Slice::new(side, side, pixels).expect("one value per pixel"),
        lungs: Mask::new(side, side, lungs).expect("one value per pixel"),
        lesion: Mask::new(side, side, lesion).expect("one value per pixel"),
    }
}
