//! The whole network: stem, stages, pyramid, head.

use burn::config::Config;
use burn::module::{Module, RunningState};
use burn::tensor::{Device, Tensor};

use super::backbone::Backbone;
use super::head::Head;
use super::pyramid::{LEVELS, Pyramid};
use super::{ConvolutionName, Observer};

/// What distinguishes one network of this family from another.
#[derive(Config, Debug, PartialEq)]
pub struct NetworkConfig {
    /// Channels of every pyramid level.
    #[config(default = 128)]
    pub pyramid_width: usize,
    /// Outputs, in the order of `Class::ALL`.
    #[config(default = 3)]
    pub classes: usize,
    /// Share of pooled features dropped while training.
    #[config(default = 0.2)]
    pub dropout: f64,
    /// Levels that the head sees, coarsest first: 3 is the pyramid, 1 is stage 4 alone.
    #[config(default = 3)]
    pub levels: usize,
}

/// ResNet-18 + feature pyramid + linear head.
#[derive(Module, Debug)]
pub struct Network {
    /// Stem and residual stages.
    pub backbone: Backbone,
    /// Pyramid over stages 2–4.
    pub pyramid: Pyramid,
    /// Pooling and linear layer.
    pub head: Head,
}

/// What a forward pass gives: logits, and the pyramid levels that explain them.
#[derive(Debug, Clone)]
pub struct Features {
    /// `[batch, classes]`
    pub logits: Tensor<2>,
    /// Finest first, `[batch, width, h_l, w_l]`, non-negative: 32×32, 16×16 and 8×8 for an input of 256×256.
    pub levels: [Tensor<4>; LEVELS],
    /// Means of the levels' channels, the head's input: `[batch, LEVELS · width]`, finest level first.
    pub pooled: Tensor<2>,
}

impl NetworkConfig {
    /// A network with random weights on `device`.
    pub fn init(&self, device: &Device) -> Network {
        Network {
            backbone: Backbone::init(device),
            pyramid: Pyramid::init(self.pyramid_width, device),
            head: Head::init(self, device),
        }
    }

    /// Length of the pooled features, and number of classes.
    pub fn feature_size(&self) -> (usize, usize) {
        (self.pyramid_width * self.levels, self.classes)
    }
}

impl Network {
    /// The same for one that learns no more: batch norms are folded into the convolutions, whose outputs are theirs then.
    #[must_use]
    pub fn folded(&self) -> Self {
        Self {
            backbone: self.backbone.folded(),
            pyramid: self.pyramid.clone(),
            head: self.head.clone(),
        }
    }

    /// Its stage 4, pyramid and head behind the stem and stages 1 to 3 of another one.
    #[must_use]
    pub fn behind(self, other: Self) -> Self {
        Self {
            backbone: self.backbone.behind(other.backbone),
            ..self
        }
    }

    /// Gives the batch norm behind a convolution other running statistics, `[channels]` each; nothing where there is no such one.
    pub fn set_statistics(
        &mut self,
        convolution: ConvolutionName,
        mean: Tensor<1>,
        variance: Tensor<1>,
    ) {
        if let Some(norm) = self.backbone.norm_behind(convolution) {
            norm.running_mean = RunningState::new(mean);
            norm.running_var = RunningState::new(variance);
        }
    }

    /// Logits and pyramid levels.
    ///
    /// # Shapes
    /// `[batch, 1, h, w]`, `h` and `w` multiples of 32 → see [`Features`]
    pub fn forward(&self, x: Tensor<4>) -> Features {
        self.forward_observed(x, &mut |_, _| {})
    }

    /// [`Network::forward`], telling `observe` of every convolution's output.
    pub fn forward_observed(&self, x: Tensor<4>, observe: &mut Observer) -> Features {
        let stem = self.backbone.stem(x, observe);
        self.forward_after_stem(stem, observe)
    }

    /// All behind the stem.
    ///
    /// # Shapes
    /// `[batch, 64, h/4, w/4]` → see [`Features`]
    pub fn forward_after_stem(&self, stem: Tensor<4>, observe: &mut Observer) -> Features {
        let stage1 = self.backbone.stage(1, stem, observe);
        self.forward_after_stage1(stage1, observe)
    }

    /// All behind stage 1: training may keep what comes before as it starts.
    ///
    /// # Shapes
    /// `[batch, 64, h/4, w/4]` → see [`Features`]
    pub fn forward_after_stage1(&self, stage1: Tensor<4>, observe: &mut Observer) -> Features {
        let stage2 = self.backbone.stage(2, stage1, observe);
        let stage3 = self.backbone.stage(3, stage2.clone(), observe);
        let stage4 = self.backbone.stage(4, stage3.clone(), observe);
        let levels = self.pyramid.forward([stage2, stage3, stage4], observe);
        let pooled = self.head.pool(&levels);
        Features {
            logits: self.head.forward(pooled.clone()),
            levels,
            pooled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device;

    #[test]
    fn every_batch_norm_is_found_by_the_convolution_before_it() {
        let device = device::cpu().device;
        let config = NetworkConfig::new().with_pyramid_width(4);
        let mut network = config.init(&device).valid();
        let mut seen = Vec::new();
        let x = Tensor::<4>::zeros([1, 1, 64, 64], &device);
        network.forward_observed(x, &mut |name, output| seen.push((name, output.dims()[1])));
        assert_eq!(seen.len(), 20 + LEVELS);
        for (name, channels) in seen {
            let [mean, variance] = [2.0, 3.0].map(|value| Tensor::full([channels], value, &device));
            network.set_statistics(name, mean, variance);
            let is_lateral = matches!(name, ConvolutionName::Lateral(_));
            let Some(norm) = network.backbone.norm_behind(name) else {
                assert!(is_lateral, "{name}");
                continue;
            };
            let sum = |values: Tensor<1>| values.sum().into_scalar::<f32>() / channels as f32;
            assert_eq!(norm.gamma.val().dims(), [channels], "{name}");
            assert_eq!(sum(norm.running_mean.value()), 2.0, "{name}");
            assert_eq!(sum(norm.running_var.value()), 3.0, "{name}");
        }
    }
}
