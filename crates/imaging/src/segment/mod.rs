//! The lungs of a slice in six steps that can each be looked at.

mod bits;
mod body;
mod components;
mod fill;
mod frame;
mod lungs;
mod masked;
mod plausible;
mod ribs;
mod smooth;
mod threshold;

use crate::{Mask, Slice};
use bits::Bits;
use components::Components;

const TUNE: [u32; 4] = [10, 0, 0, 8];

/// The six steps, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    Polarise,
    LargestComponent,
    Erosion,
    LargestComponentAgain,
    Fill,
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

    /// A short title for a page or a figure.
    pub const fn title(self) -> &'static str {
        match self {
            Step::Polarise => "Polarise",
            Step::LargestComponent => "Largest component",
            Step::Erosion => "Erosion",
            Step::LargestComponentAgain => "Largest component again",
            Step::Fill => "Fill",
            Step::Superimpose => "Superimpose",
        }
    }
}

/// How to segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentOptions {
    /// Grey values up to this one are taken for air; `None`: found from the histogram.
    pub threshold: Option<u8>,
}

/// Why there are no lungs; the sentences are written for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
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

/// The six steps of one slice.
#[derive(Clone, Debug)]
pub struct Segmentation {
    slice: Slice,
    histogram: [u32; 256],
    threshold: u8,
    already_masked: bool,
    stages: [Bits; 4],
    filled: Mask,
    outcome: Result<(), NoLungs>,
}

/// Finds the lungs.
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
        segment_masked(&mut segmentation, options);
        return segmentation;
    }
    segment_body(&mut segmentation, &smooth, levels, options);
    if segmentation.outcome.is_err() && masked::is_black(&segmentation.histogram) {
        let mut masked = Segmentation::nothing(slice, segmentation.histogram);
        segment_masked(&mut masked, options);
        if masked.outcome.is_ok() && masked::may_be_lungs(&masked.stages[1]) {
            return masked;
        }
    }
    segmentation
}

/// The steps where the lungs lie in a body.
fn segment_body(
    segmentation: &mut Segmentation,
    smooth: &[u8],
    levels: threshold::Levels,
    options: &SegmentOptions,
) {
    let width = segmentation.slice.width() as usize;
    let height = segmentation.slice.height() as usize;
    segmentation.threshold = options.threshold.unwrap_or(levels.threshold);
    let limit = segmentation.threshold;

    let dark = Bits::from_pixels(smooth, width, |grey| grey <= limit);
    let half = ((u32::from(levels.dark) + u32::from(levels.tissue)) / 2) as u8;
    let air_like = Bits::from_pixels(smooth, width, |grey| grey <= half);
    segmentation.stages[0] = dark.clone();
    let Some(body) = body::body(&air_like) else {
        segmentation.outcome = Err(NoLungs::NothingEnclosed);
        return;
    };
    let enclosed = Components::of(&dark.clone().and(&body.filled));
    let regions = lungs::large_regions(&enclosed, &body);
    segmentation.stages[1] = regions.clone();

    let radius = (width.min(height) / 200).max(1);
    let eroded = regions.erode_inside(radius);
    segmentation.stages[2] = eroded.clone();

    let outside = outside_histogram(smooth, &body.filled);
    let air = air_level(&outside, half);
    let inside: [u32; 256] =
        std::array::from_fn(|grey| segmentation.histogram[grey] - outside[grey]);
    let air_limit =
        air + ((u32::from(levels.tissue.saturating_sub(air)) * GAS_PER_MILLE + 500) / 1000) as u8;
    let as_air = Bits::from_pixels(smooth, width, |grey| grey <= air_limit);
    let air_limit = air + ((u32::from(levels.tissue.saturating_sub(air)) * 50 + 500) / 1000) as u8;
    let as_air_small = Bits::from_pixels(smooth, width, |grey| grey <= air_limit);
    let pieces = lungs::sort_pieces(&Components::of(&eroded), &body, &as_air, &as_air_small);
    segmentation.stages[3] = pieces.lungs.clone();

    let regions = Components::of(&regions);
    let good = regions.overlap(&pieces.lungs);
    let bad = regions.overlap(&pieces.others);
    let whole = regions.keep(|index| good[index] > 0 && bad[index] == 0);
    let mixed = regions.keep(|index| good[index] > 0 && bad[index] > 0);
    let grown = pieces.lungs.dilate(radius + 1).and(&mixed).or(&whole);
    let filled = fill::fill_holes(grown, body.area / 50);
    let filled = if TUNE[1] > 0 {
        let high =
            (u32::from(levels.dark) + u32::from(levels.tissue - levels.dark) * TUNE[1] / 100) as u8;
        let middle = Bits::from_pixels(smooth, width, |grey| grey <= high)
            .and_not(&filled)
            .and(&body.filled)
            .and_not(&pieces.others.dilate(radius + 3));
        let r = TUNE[2] as usize;
        let middle = middle.and(&fill::hulls(&filled));
        let opened = middle.erode_inside(r).dilate(r + 1).and(&middle);
        let parts = Components::of(&opened);
        let touching = parts.overlap(&filled.dilate(2));
        let wide = parts.keep(|index| touching[index] > 0);
        fill::fill_holes(filled.or(&wide), body.area / 50)
    } else {
        filled
    };
    let filled = ribs::fill_to_wall(filled, &body);
    let filled = if TUNE[3] > 0 {
        fill::fill_beside_spine(
            filled,
            body.centre_x,
            body.centre_y,
            i64::from(body.width * TUNE[3] / 100),
        )
    } else {
        filled
    };

    let filled = fill::fill_holes(
        close(filled, width.min(height) * TUNE[0] as usize / 1000),
        body.area / 50,
    );
    if !plausible::is_ct(&inside, levels.threshold) {
        segmentation.outcome = Err(NoLungs::NotCt);
        return;
    }
    segmentation.finish(filled, body.area);
}

/// The steps where everything but the lungs is black already.
fn segment_masked(segmentation: &mut Segmentation, options: &SegmentOptions) {
    let width = segmentation.slice.width() as usize;
    segmentation.already_masked = true;
    segmentation.threshold = options.threshold.unwrap_or(masked::BACKGROUND);
    let foreground = masked::foreground(segmentation.slice.pixels(), width, segmentation.threshold);
    let parts = masked::large_parts(&foreground);
    let eroded = parts.erode_inside(1);
    let again = masked::large_parts(&eroded);
    let components = Components::of(&parts);
    let kept = components.overlap(&again);
    let lungs = components.keep(|index| kept[index] > 0);
    let area = lungs.count() as u64;
    let filled = fill::fill_holes(close(lungs, 2), area / 20);
    segmentation.stages = [foreground, parts, eroded, again];
    segmentation.finish(filled, segmentation.slice.pixels().len() as u64);
}

fn close(bits: Bits, radius: usize) -> Bits {
    bits.dilate(radius).erode_inside(radius)
}

/// Lungs that are a smaller part of the body than one in this are not believed.
const SMALLEST: u64 = 300;

/// How far from air to tissue a pixel may lie to count as air, in 1/1000: lung is at 100 or more.
const GAS_PER_MILLE: u32 = 25;

/// How many pixels outside the body have each grey value.
fn outside_histogram(grey: &[u8], body: &Bits) -> [u32; 256] {
    let mut counts = [0u32; 256];
    for (&grey, inside) in grey.iter().zip(body.to_bytes(1)) {
        counts[usize::from(grey)] += u32::from(inside ^ 1);
    }
    counts
}

/// The grey of air: the median of what is dark outside the body, padding aside; 0 where the window cuts air to black.
fn air_level(outside: &[u32; 256], darkest_tissue: u8) -> u8 {
    let first = usize::from(threshold::BLACK) + 1;
    let last = usize::from(darkest_tissue).max(first);
    let total: u32 = outside[first..last].iter().sum();
    if total * 5 < outside[..first].iter().sum() {
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

impl Segmentation {
    fn nothing(slice: &Slice, histogram: [u32; 256]) -> Self {
        let (width, height) = (slice.width() as usize, slice.height() as usize);
        Self {
            slice: slice.clone(),
            histogram,
            threshold: 0,
            already_masked: false,
            stages: std::array::from_fn(|_| Bits::empty(width, height)),
            filled: Mask::new(slice.width(), slice.height(), vec![0; width * height])
                .expect("one value per pixel"),
            outcome: Err(NoLungs::NothingEnclosed),
        }
    }

    /// Takes the lungs, or says why they are none; `body` is the area that they are measured by.
    fn finish(&mut self, lungs: Bits, body: u64) {
        let area = lungs.count() as u64;
        self.filled = Mask::new(self.slice.width(), self.slice.height(), lungs.to_bytes(1))
            .expect("one value per pixel");
        self.outcome = if area == 0 {
            Err(NoLungs::NothingEnclosed)
        } else if area * SMALLEST < body {
            Err(NoLungs::TooSmall)
        } else {
            Ok(())
        };
    }

    /// Grey values up to this one were taken for air.
    pub fn threshold(&self) -> u8 {
        self.threshold
    }

    /// How many pixels have each grey value.
    pub fn histogram(&self) -> &[u32; 256] {
        &self.histogram
    }

    /// Whether the slice came with everything but the lungs black.
    pub fn already_masked(&self) -> bool {
        self.already_masked
    }

    /// The step's picture, of the slice's size, ready to show.
    pub fn picture(&self, step: Step) -> Slice {
        let pixels = match step {
            Step::Polarise => self.stages[0].to_bytes(255),
            Step::LargestComponent => self.stages[1].to_bytes(255),
            Step::Erosion => self.stages[2].to_bytes(255),
            Step::LargestComponentAgain => self.stages[3].to_bytes(255),
            Step::Fill => self
                .filled
                .values()
                .iter()
                .map(|&value| value * 255)
                .collect(),
            Step::Superimpose => {
                let lit = self.slice.pixels().iter().zip(self.filled.values());
                lit.map(|(&grey, &inside)| grey * inside).collect()
            }
        };
        Slice::new(self.slice.width(), self.slice.height(), pixels).expect("one value per pixel")
    }

    /// The lungs, or why there are none.
    pub fn lungs(&self) -> Result<&Mask, NoLungs> {
        self.outcome.map(|()| &self.filled)
    }
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
