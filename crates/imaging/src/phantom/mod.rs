//! Synthetic slices with exactly known masks, for tests and examples.
//!
//! Additions, multiplications and divisions of `f32` alone, which every platform rounds alike: a phantom is the same
//! everywhere, bit by bit.

mod anatomy;
mod random;

use crate::{Mask, Slice};
use anatomy::Anatomy;
use random::Random;

/// What the phantom's lungs show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    None,
    /// Patches of grey through which the vessels can be seen.
    GroundGlass,
    /// A dense patch against the ribs at the back, as bright as muscle.
    PleuralConsolidation,
    /// The back of one lung, dense but for its airways.
    LobarConsolidation,
}

/// How a phantom is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhantomOptions {
    /// Width and height in pixels; at least 64 is drawn.
    pub side: u32,
    /// Varies build, noise, vessels and the place of the finding.
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
    let side = options.side.max(64);
    let anatomy = Anatomy::new(options.seed, options.finding);
    let mut noise = Random::new(options.seed ^ 0x006e_6f69_7365);
    let pixels = (side * side) as usize;
    let mut greys = Vec::with_capacity(pixels);
    let mut lungs = Vec::with_capacity(pixels);
    let mut lesion = Vec::with_capacity(pixels);
    for y in 0..side {
        for x in 0..side {
            let place = |pixel: u32| (2 * pixel + 1) as f32 / side as f32 - 1.0;
            let (u, v) = (place(x), place(y));
            let tissue = anatomy.at(u, v);
            let is_padding = options.round_field_of_view && u * u + v * v > 0.98;
            let is_shown = if options.already_masked {
                tissue.is_lung
            } else {
                !is_padding
            };
            let grey = tissue.grey + noise.bell() * NOISE;
            greys.push(if is_shown {
                grey.clamp(1.0, 255.0) as u8
            } else {
                0
            });
            lungs.push(u8::from(tissue.is_lung));
            lesion.push(u8::from(tissue.is_lesion));
        }
    }
    Phantom {
        slice: Slice::new(side, side, greys).expect("one value per pixel"),
        lungs: Mask::new(side, side, lungs).expect("one value per pixel"),
        lesion: Mask::new(side, side, lesion).expect("one value per pixel"),
    }
}

/// Standard deviation of the noise in grey values: 40 HU in a window of 1500 HU.
const NOISE: f32 = 7.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn small(finding: Finding) -> Phantom {
        phantom(&PhantomOptions {
            side: 128,
            finding,
            ..PhantomOptions::default()
        })
    }

    #[test]
    fn equal_options_give_equal_phantoms_and_seeds_differ() {
        let options = PhantomOptions {
            side: 96,
            ..PhantomOptions::default()
        };
        assert_eq!(phantom(&options), phantom(&options));
        let other = PhantomOptions { seed: 2, ..options };
        assert_ne!(phantom(&options).slice, phantom(&other).slice);
    }

    #[test]
    fn lesions_lie_in_the_lungs_and_only_where_asked_for() {
        assert_eq!(small(Finding::None).lesion.area(), 0);
        for finding in [
            Finding::GroundGlass,
            Finding::PleuralConsolidation,
            Finding::LobarConsolidation,
        ] {
            let drawn = small(finding);
            let outside = drawn.lesion.values().iter().zip(drawn.lungs.values());
            assert!(outside.clone().all(|(&lesion, &lung)| lesion <= lung));
            let share = drawn.lesion.area() as f64 / drawn.lungs.area() as f64;
            assert!((0.03..0.5).contains(&share), "{finding:?}: {share}");
        }
    }

    #[test]
    fn masked_phantoms_are_black_but_for_the_lungs() {
        let drawn = phantom(&PhantomOptions {
            side: 128,
            already_masked: true,
            ..PhantomOptions::default()
        });
        for (&grey, &lung) in drawn.slice.pixels().iter().zip(drawn.lungs.values()) {
            assert_eq!(grey > 0, lung == 1);
        }
    }

    #[test]
    fn round_field_of_view_blackens_the_corners() {
        let drawn = phantom(&PhantomOptions {
            side: 128,
            round_field_of_view: true,
            ..PhantomOptions::default()
        });
        assert_eq!(drawn.slice.pixels()[0], 0);
        assert!(drawn.slice.pixels()[4 * 128 + 64] > 0);
    }
}
