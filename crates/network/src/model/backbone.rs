//! Stem and the four residual stages of ResNet-18, with torchvision's parameter names.

use burn::module::{Module, Param};
use burn::nn::conv::Conv2d;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::block::{BasicBlock, convolution};
use super::folding::fold;
use super::precision::{convolve, normalise};
use super::{ConvolutionName, Observer};

/// Channels after stage 1, 2, 3 and 4.
pub const STAGE_CHANNELS: [usize; 4] = [64, 128, 256, 512];

/// ResNet-18 without its classifier, for one grey channel.
#[derive(Module, Debug)]
pub struct Backbone {
    pub(crate) conv1: Conv2d,
    pub(crate) bn1: Option<BatchNorm>,
    pub(crate) maxpool: MaxPool2d,
    pub(crate) layer1: Vec<BasicBlock>,
    pub(crate) layer2: Vec<BasicBlock>,
    pub(crate) layer3: Vec<BasicBlock>,
    pub(crate) layer4: Vec<BasicBlock>,
}

impl Backbone {
    /// Randomly initialised.
    pub fn init(device: &Device) -> Self {
        let stage = |before: usize, after: usize, stride: usize| {
            vec![
                BasicBlock::init([before, after], stride, device),
                BasicBlock::init([after, after], 1, device),
            ]
        };
        let [c1, c2, c3, c4] = STAGE_CHANNELS;
        Self {
            conv1: convolution([1, c1], 7, 2, device),
            bn1: Some(BatchNormConfig::new(c1).init(device)),
            maxpool: MaxPool2dConfig::new([3, 3])
                .with_strides([2, 2])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(),
            layer1: stage(c1, c1, 1),
            layer2: stage(c1, c2, 2),
            layer3: stage(c2, c3, 2),
            layer4: stage(c3, c4, 2),
        }
    }

    /// The same with batch norms folded into the convolutions.
    pub(super) fn folded(&self) -> Self {
        let stage = |blocks: &[BasicBlock]| blocks.iter().map(BasicBlock::folded).collect();
        Self {
            conv1: fold(&self.conv1, self.bn1.as_ref()),
            bn1: None,
            maxpool: self.maxpool.clone(),
            layer1: stage(&self.layer1),
            layer2: stage(&self.layer2),
            layer3: stage(&self.layer3),
            layer4: stage(&self.layer4),
        }
    }

    /// Stem and stages 1 to 3 of another one, and its own stage 4.
    pub(super) fn behind(self, other: Self) -> Self {
        Self {
            layer4: self.layer4,
            ..other
        }
    }

    /// The batch norm behind a convolution; `None` where there is none.
    pub(super) fn norm_behind(&mut self, convolution: ConvolutionName) -> Option<&mut BatchNorm> {
        let (stage, block, name) = match convolution {
            ConvolutionName::Stem => return self.bn1.as_mut(),
            ConvolutionName::Stage(stage, block, name) => (stage, block, name),
            ConvolutionName::Lateral(_) => return None,
        };
        let blocks = match stage {
            1 => &mut self.layer1,
            2 => &mut self.layer2,
            3 => &mut self.layer3,
            4 => &mut self.layer4,
            _ => return None,
        };
        let block = blocks.get_mut(usize::from(block))?;
        match name {
            "conv1" => block.bn1.as_mut(),
            "conv2" => block.bn2.as_mut(),
            "downsample" => block.downsample.as_mut()?.bn.as_mut(),
            _ => None,
        }
    }

    /// The blocks of stages 1 to 4.
    pub(crate) fn stages(&self) -> [&[BasicBlock]; 4] {
        [&self.layer1, &self.layer2, &self.layer3, &self.layer4]
    }

    /// The stem's weights, `[64, 1, 7, 7]`.
    pub(crate) fn stem_weight_mut(&mut self) -> &mut Param<Tensor<4>> {
        &mut self.conv1.weight
    }

    /// # Shapes
    /// `[batch, 1, h, w]` → `[batch, 64, h/4, w/4]`
    pub fn stem(&self, x: Tensor<4>, observe: &mut Observer) -> Tensor<4> {
        let x = convolve(&self.conv1, x);
        observe(ConvolutionName::Stem, &x);
        self.maxpool.forward(relu(normalise(self.bn1.as_ref(), x)))
    }

    /// Residual stage 1–4.
    ///
    /// # Shapes
    /// Stage 1: `[batch, 64, h, w]` → the same; stages 2–4: `[batch, c, h, w]` → `[batch, 2c, h/2, w/2]`
    pub fn stage(&self, stage: u8, x: Tensor<4>, observe: &mut Observer) -> Tensor<4> {
        let blocks = self.stages()[usize::from(stage) - 1];
        blocks.iter().zip(0..).fold(x, |x, (block, index)| {
            block.forward(x, stage, index, observe)
        })
    }
}
