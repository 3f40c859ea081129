//! The lungs of a slice in six steps that can each be looked at.

use crate::{Mask, Slice};

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
    stages: [Vec<u8>; 4],
    filled: Mask,
    outcome: Result<(), NoLungs>,
}

/// Finds the lungs.
pub fn segment(slice: &Slice, options: &SegmentOptions) -> Segmentation {
    let mut histogram = [0; 256];
    for &grey in slice.pixels() {
        histogram[usize::from(grey)] += 1;
    }
    let threshold = options.threshold.unwrap_or(100);
    let dark: Vec<u8> = slice
        .pixels()
        .iter()
        .map(|&grey| u8::from(grey <= threshold))
        .collect();
    let mut outside = dark.clone();
    flood(&mut outside, slice.width() as usize);
    let lungs: Vec<u8> = dark.iter().zip(&outside).map(|(&d, &o)| d & o).collect();
    let filled =
        Mask::new(slice.width(), slice.height(), lungs.clone()).expect("one value per pixel");
    let outcome = if filled.area() * 500 < lungs.len() {
        Err(NoLungs::NothingEnclosed)
    } else {
        Ok(())
    };
    Segmentation {
        slice: slice.clone(),
        histogram,
        threshold,
        already_masked: false,
        stages: [dark, lungs.clone(), lungs.clone(), lungs],
        filled,
        outcome,
    }
}

fn flood(mask: &mut [u8], width: usize) {
    let height = mask.len() / width;
    let mut stack: Vec<usize> = (0..mask.len())
        .filter(|i| {
            i % width == 0 || i % width == width - 1 || i / width == 0 || i / width == height - 1
        })
        .collect();
    while let Some(i) = stack.pop() {
        if mask[i] == 0 {
            continue;
        }
        mask[i] = 0;
        if i % width > 0 {
            stack.push(i - 1)
        }
        if i % width < width - 1 {
            stack.push(i + 1)
        }
        if i >= width {
            stack.push(i - width)
        }
        if i + width < mask.len() {
            stack.push(i + width)
        }
    }
}

impl Segmentation {
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
        let white = |values: &[u8]| values.iter().map(|&value| value * 255).collect();
        let pixels = match step {
            Step::Polarise => white(&self.stages[0]),
            Step::LargestComponent => white(&self.stages[1]),
            Step::Erosion => white(&self.stages[2]),
            Step::LargestComponentAgain => white(&self.stages[3]),
            Step::Fill => white(self.filled.values()),
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
