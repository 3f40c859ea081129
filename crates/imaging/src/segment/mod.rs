//! The lungs of a slice in six steps that can each be looked at.

pub(crate) mod bits;
mod body;
mod components;
mod fill;
mod frame;
mod lungs;
mod masked;
mod plausible;
mod ribs;
mod smooth;
mod steps;
mod threshold;

use serde::{Deserialize, Serialize};

use crate::{Mask, Slice};
use bits::Bits;
use steps::{Found, Stages};

/// The six steps, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Dark and bright, parted at the valley of the histogram.
    Polarise,
    /// The large dark regions that the body encloses.
    LargestComponent,
    /// A little off their edges, so that airways come off the lungs.
    Erosion,
    /// The large regions that are lung: no airway, no gas in the bowel.
    LargestComponentAgain,
    /// Vessels and disease inside and at the pleura come back.
    Fill,
    /// The slice, with everything but the lungs black.
    Superimpose,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Step; 6] = [
        Step::Polarise,
        Step::LargestComponent,
        Step::Erosion,
        Step::LargestComponentAgain,
        Step::Fill,
        Step::Superimpose,
    ];
}

/// How to segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentOptions {
    /// Grey values up to this one are taken for air and lung (in a slice that is masked already: for background);
    /// `None`: found from the histogram.
    pub threshold: Option<u8>,
}

/// Why there are no lungs; the sentences are written for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum NoLungs {
    #[error("no lungs found: the picture is all of one grey")]
    Flat,
    #[error("no lungs found: no dark regions enclosed by a body, as lungs in a chest CT slice are")]
    NothingEnclosed,
    #[error("no lungs found: the greys are not those of lung and soft tissue in a CT slice")]
    NotCt,
    #[error("no lungs found: what was found is too small for lungs")]
    TooSmall,
    #[error("no lungs found: the mask is empty")]
    EmptyMask,
    #[error("the mask is not of the slice's size")]
    OtherSize,
}

/// Lungs that are a smaller part of the body than one in this are not believed.
const SMALLEST: u64 = 300;

/// The six steps of one slice.
#[derive(Clone, Debug)]
pub struct Segmentation {
    slice: Slice,
    histogram: [u32; 256],
    threshold: u8,
    already_masked: bool,
    stages: Stages,
    filled: Mask,
    outcome: Result<(), NoLungs>,
}

/// Finds the lungs, in this order: noise and frames off; already masked or in a body; the six steps of either.
///
/// The slice is expected as scanners show it, the front of the chest up. Every decision is integer arithmetic, so that
/// the mask is the same on every platform.
pub fn segment(slice: &Slice, options: &SegmentOptions) -> Segmentation {
    let width = slice.width() as usize;
    let mut smooth = smooth::smooth(slice.pixels(), width);
    frame::blacken(&mut smooth, width);
    let mut segmentation = Segmentation::nothing(slice, threshold::histogram(&smooth));
    let Some(levels) = threshold::levels(&segmentation.histogram) else {
        segmentation.outcome = Err(NoLungs::Flat);
        return segmentation;
    };
    if masked::is_masked(&smooth, width, &segmentation.histogram) {
        segmentation.find_masked(options);
        return segmentation;
    }
    segmentation.threshold = options.threshold.unwrap_or(levels.threshold);
    let found = steps::find(
        &smooth,
        &segmentation.histogram,
        levels,
        segmentation.threshold,
        &mut segmentation.stages,
    );
    segmentation.finish(found);
    if segmentation.outcome.is_err() && masked::is_black(&segmentation.histogram) {
        let mut masked = Segmentation::nothing(slice, segmentation.histogram);
        masked.find_masked(options);
        if masked.outcome.is_ok() && masked::may_be_lungs(&masked.stages[1]) {
            return masked;
        }
    }
    segmentation
}

impl Segmentation {
    fn nothing(slice: &Slice, histogram: [u32; 256]) -> Self {
        let (width, height) = (slice.width() as usize, slice.height() as usize);
        Self {
            slice: slice.clone(),
            histogram,
            threshold: 0,
            already_masked: false,
            stages: std::array::from_fn(|_| Bits::empty(width, height)),
            filled: empty_mask(slice),
            outcome: Err(NoLungs::NothingEnclosed),
        }
    }

    /// The steps where everything but the lungs is black already.
    fn find_masked(&mut self, options: &SegmentOptions) {
        self.already_masked = true;
        self.threshold = options.threshold.unwrap_or(masked::BACKGROUND);
        let found = masked::find(self.slice.pixels(), self.threshold, &mut self.stages);
        self.finish(found);
    }

    /// Takes the lungs, or why there are none.
    fn finish(&mut self, found: Result<Found, NoLungs>) {
        self.outcome = found.and_then(|found| {
            let area = found.lungs.count() as u64;
            let (width, height) = (self.slice.width(), self.slice.height());
            self.filled =
                Mask::new(width, height, found.lungs.to_bytes(1)).expect("one value per pixel");
            match area {
                0 => Err(NoLungs::NothingEnclosed),
                _ if area * SMALLEST < found.body_area => Err(NoLungs::TooSmall),
                _ => Ok(()),
            }
        });
    }

    /// Grey values up to this one were taken for air and lung, or for background where the slice is masked already.
    pub fn threshold(&self) -> u8 {
        self.threshold
    }

    /// How many pixels have each grey value once noise and frames are off: what the threshold is found from.
    pub fn histogram(&self) -> &[u32; 256] {
        &self.histogram
    }

    /// Whether the slice came with everything but the lungs black.
    pub fn already_masked(&self) -> bool {
        self.already_masked
    }

    /// The step's picture, of the slice's size, ready to show; black where a step was not reached.
    pub fn picture(&self, step: Step) -> Slice {
        let mask = self.filled.values().iter();
        let pixels = match step {
            Step::Polarise => self.stages[0].to_bytes(255),
            Step::LargestComponent => self.stages[1].to_bytes(255),
            Step::Erosion => self.stages[2].to_bytes(255),
            Step::LargestComponentAgain => self.stages[3].to_bytes(255),
            Step::Fill => mask.map(|&value| value * 255).collect(),
            Step::Superimpose => {
                let lit = self.slice.pixels().iter().zip(mask);
                lit.map(|(&grey, &inside)| grey * inside).collect()
            }
        };
        Slice::new(self.slice.width(), self.slice.height(), pixels).expect("one value per pixel")
    }

    /// The lungs, or why there are none.
    pub fn lungs(&self) -> Result<&Mask, NoLungs> {
        self.outcome.map(|()| &self.filled)
    }

    /// The same, without a copy.
    ///
    /// # Errors
    /// Where there are no lungs.
    pub fn into_lungs(self) -> Result<Mask, NoLungs> {
        self.outcome.map(|()| self.filled)
    }
}

fn empty_mask(slice: &Slice) -> Mask {
    let (width, height) = (slice.width(), slice.height());
    Mask::new(width, height, vec![0; slice.pixels().len()]).expect("one value per pixel")
}

/// The six pictures side by side, in order, with a narrow grey gap between them.
pub fn steps_strip(segmentation: &Segmentation) -> Slice {
    const GAP: usize = 4;
    let pictures = Step::ALL.map(|step| segmentation.picture(step));
    let (width, height) = (pictures[0].width() as usize, pictures[0].height() as usize);
    let strip_width = pictures.len() * (width + GAP) - GAP;
    let mut strip = vec![128; strip_width * height];
    for (y, row) in strip.chunks_exact_mut(strip_width).enumerate() {
        for (column, picture) in pictures.iter().enumerate() {
            row[column * (width + GAP)..][..width]
                .copy_from_slice(&picture.pixels()[y * width..][..width]);
        }
    }
    Slice::new(strip_width as u32, height as u32, strip).expect("one value per pixel")
}
