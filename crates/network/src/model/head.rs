//! Global pooling of every level and one linear layer.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};
use lungsight_imaging::Class;

use super::NetworkConfig;
use super::precision::full;
use super::pyramid::LEVELS;
use crate::error::NetworkError;
use crate::feature_maps::read;

/// In the order of `Class::ALL`.
pub(crate) const CLASSES: usize = Class::ALL.len();

/// Mean over each level's pixels, concatenated finest level first, dropout (training only), linear.
#[derive(Module, Debug)]
pub struct Head {
    dropout: Dropout,
    pub(crate) linear: Linear,
    levels: usize,
}

impl Head {
    /// Randomly initialised.
    pub fn init(config: &NetworkConfig, device: &Device) -> Self {
        Self {
            dropout: DropoutConfig::new(config.dropout).init(),
            linear: LinearConfig::new(config.pyramid_width * config.levels, config.classes)
                .init(device),
            levels: config.levels,
        }
    }

    /// # Shapes
    /// Levels `[batch, width, h_l, w_l]` → `[batch, levels · width]`, finest level first
    pub fn pool(&self, levels: &[Tensor<4>; LEVELS]) -> Tensor<2> {
        let pooled = levels[LEVELS - self.levels..].iter().map(pool).collect();
        Tensor::cat(pooled, 1)
    }

    /// # Shapes
    /// `[batch, levels · width]` → logits `[batch, classes]`
    pub fn forward(&self, pooled: Tensor<2>) -> Tensor<2> {
        self.linear.forward(self.dropout.forward(pooled))
    }

    /// The linear layer on the CPU.
    ///
    /// # Errors
    /// When it cannot be read from its device.
    pub(crate) fn rows(&self) -> Result<HeadRows, NetworkError> {
        let weights = read(self.linear.weight.val())?;
        let rows = weights.chunks_exact(CLASSES);
        let mut bias = [0.0; CLASSES];
        if let Some(learned) = &self.linear.bias {
            bias.copy_from_slice(&read(learned.val())?);
        }
        Ok(HeadRows {
            weights: rows
                .map(|row| std::array::from_fn(|class| row[class]))
                .collect(),
            bias,
        })
    }

    /// The linear layer's weights, `[levels · width, classes]`: rows of the finest level first.
    pub fn weights(&self) -> Tensor<2> {
        self.linear.weight.val()
    }
}

/// The linear layer on the CPU, in the order of `Class::ALL`.
pub(crate) struct HeadRows {
    /// Of each pooled feature, finest level first.
    pub weights: Vec<[f32; CLASSES]>,
    pub bias: [f32; CLASSES],
}

impl HeadRows {
    /// Logits of pooled features.
    pub fn logits(&self, pooled: &[f32]) -> [f32; CLASSES] {
        let mut logits = self.bias;
        for (value, weights) in pooled.iter().zip(&self.weights) {
            for (logit, weight) in logits.iter_mut().zip(weights) {
                *logit += weight * value;
            }
        }
        logits
    }
}

/// Mean over height and width, in full precision: `[batch, channels, h, w]` → `[batch, channels]`.
pub fn pool(level: &Tensor<4>) -> Tensor<2> {
    let [batch, channels, height, width] = level.dims();
    full(level.clone())
        .reshape([batch, channels, height * width])
        .mean_dim(2)
        .reshape([batch, channels])
}
