//! Global pooling of every level and one linear layer.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::NetworkConfig;
use super::precision::full;
use super::pyramid::LEVELS;

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

    /// The linear layer's weights, `[levels · width, classes]`: rows of the finest level first.
    pub fn weights(&self) -> Tensor<2> {
        self.linear.weight.val()
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
