//! Global pooling of every level and one linear layer.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::pyramid::LEVELS;

/// Mean over each level's pixels, concatenated finest level first, dropout (training only), linear.
#[derive(Module, Debug)]
pub struct Head {
    dropout: Dropout,
    linear: Linear,
}

impl Head {
    /// `width`: channels per level; `classes`: outputs.
    pub fn init(width: usize, classes: usize, dropout: f64, device: &Device) -> Self {
        Self {
            dropout: DropoutConfig::new(dropout).init(),
            linear: LinearConfig::new(width * LEVELS, classes).init(device),
        }
    }

    /// # Shapes
    /// Levels `[batch, width, h_l, w_l]` → logits `[batch, classes]`
    pub fn forward(&self, levels: &[Tensor<4>; LEVELS]) -> Tensor<2> {
        let pooled = levels.iter().map(pool).collect();
        self.linear
            .forward(self.dropout.forward(Tensor::cat(pooled, 1)))
    }

    /// The linear layer's weights, `[LEVELS · width, classes]`: rows of the finest level first.
    pub fn weights(&self) -> Tensor<2> {
        self.linear.weight.val()
    }
}

/// Mean over height and width: `[batch, channels, h, w]` → `[batch, channels]`.
pub fn pool(level: &Tensor<4>) -> Tensor<2> {
    let [batch, channels, height, width] = level.dims();
    level
        .clone()
        .reshape([batch, channels, height * width])
        .mean_dim(2)
        .reshape([batch, channels])
}
