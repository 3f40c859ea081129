//! The feature pyramid over stages 2, 3 and 4 (Lin et al. 2017, arXiv 1612.03144): 1×1 lateral convolutions and
//! top-down addition.
//!
//! A ReLU closes each level. Without it, lateral convolution, addition, global pooling and the linear head would be one
//! linear map of the stages, and the pyramid would add nothing but cost.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::relu;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};

use super::backbone::STAGE_CHANNELS;
use super::precision::convolve;
use super::{ConvolutionName, Observer};

/// Number of levels: one for each of stages 2, 3 and 4.
pub const LEVELS: usize = 3;

/// Lateral convolutions for stages 2, 3 and 4, finest level first.
#[derive(Module, Debug)]
pub struct Pyramid {
    pub(crate) lateral: Vec<Conv2d>,
}

impl Pyramid {
    /// `width`: channels of every level.
    pub fn init(width: usize, device: &Device) -> Self {
        let lateral = STAGE_CHANNELS[1..]
            .iter()
            .map(|&channels| Conv2dConfig::new([channels, width], [1, 1]).init(device))
            .collect();
        Self { lateral }
    }

    /// Top-down: the coarsest level first, each added, doubled in size, to the next finer one.
    ///
    /// # Shapes
    /// Stages 2, 3, 4 as `[batch, 128·2^i, h/2^i, w/2^i]` → levels of the same sizes with `width` channels each,
    /// non-negative.
    pub fn forward(
        &self,
        stages: [Tensor<4>; LEVELS],
        observe: &mut Observer,
    ) -> [Tensor<4>; LEVELS] {
        let mut coarser: Option<Tensor<4>> = None;
        let mut levels = Vec::with_capacity(LEVELS);
        for (index, stage) in stages.into_iter().enumerate().rev() {
            let lateral = convolve(&self.lateral[index], stage);
            observe(ConvolutionName::Lateral(index as u8 + 2), &lateral);
            let merged = match coarser.take() {
                None => lateral,
                Some(above) => lateral + double(above),
            };
            coarser = Some(merged.clone());
            levels.push(relu(merged));
        }
        levels.reverse();
        levels
            .try_into()
            .unwrap_or_else(|_| unreachable!("three stages give three levels"))
    }
}

/// Nearest-neighbour upsampling by two.
fn double(x: Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    interpolate(
        x,
        InterpolateOptions::new(InterpolateMode::Nearest).with_output_size([height * 2, width * 2]),
    )
}
