//! The whole network: stem, stages, pyramid, head.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::Observer;
use super::backbone::Backbone;
use super::head::Head;
use super::pyramid::{LEVELS, Pyramid};

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
}

impl NetworkConfig {
    /// A network with random weights on `device`.
    pub fn init(&self, device: &Device) -> Network {
        Network {
            backbone: Backbone::init(device),
            pyramid: Pyramid::init(self.pyramid_width, device),
            head: Head::init(self.pyramid_width, self.classes, self.dropout, device),
        }
    }
}

impl Network {
    /// Logits and pyramid levels.
    ///
    /// # Shapes
    /// `[batch, 1, h, w]`, `h` and `w` multiples of 32 → see [`Features`]
    pub fn forward(&self, x: Tensor<4>) -> Features {
        self.forward_observed(x, &mut |_, _| {})
    }

    /// [`Network::forward`], telling `observe` of every convolution's output.
    pub fn forward_observed(&self, x: Tensor<4>, observe: &mut Observer) -> Features {
        let [stage2, stage3] = self.forward_to_stage3(x, observe);
        self.forward_from_stage3(stage2, stage3, observe)
    }

    /// The part behind stage 3, which training runs alone on stored outputs of a frozen stem and stages 1–3.
    ///
    /// # Shapes
    /// `[batch, 128, h/8, w/8]` and `[batch, 256, h/16, w/16]` → see [`Features`]
    pub fn forward_from_stage3(
        &self,
        stage2: Tensor<4>,
        stage3: Tensor<4>,
        observe: &mut Observer,
    ) -> Features {
        let stage4 = self.backbone.stage(4, stage3.clone(), observe);
        let levels = self.pyramid.forward([stage2, stage3, stage4], observe);
        Features {
            logits: self.head.forward(&levels),
            levels,
        }
    }

    /// Outputs of stages 2 and 3, for [`Network::forward_from_stage3`].
    ///
    /// # Shapes
    /// `[batch, 1, h, w]` → `[batch, 128, h/8, w/8]` and `[batch, 256, h/16, w/16]`
    pub fn forward_to_stage3(&self, x: Tensor<4>, observe: &mut Observer) -> [Tensor<4>; 2] {
        let x = self.backbone.stem(x, observe);
        let x = self.backbone.stage(1, x, observe);
        let stage2 = self.backbone.stage(2, x, observe);
        let stage3 = self.backbone.stage(3, stage2.clone(), observe);
        [stage2, stage3]
    }
}
