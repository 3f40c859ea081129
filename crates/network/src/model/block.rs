//! The basic residual block (He et al. 2016, arXiv 1512.03385, figure 2 with batch norm).

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Initializer, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::folding::fold;
use super::precision::{convolve, normalise};
use super::{ConvolutionName, Observer};

/// A convolution without bias: the batch norm behind it has one. Kaiming-normal by fan-out, as torchvision initialises it.
pub(super) fn convolution(
    channels: [usize; 2],
    kernel: usize,
    stride: usize,
    device: &Device,
) -> Conv2d {
    let padding = kernel / 2;
    Conv2dConfig::new(channels, [kernel, kernel])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Explicit(
            padding, padding, padding, padding,
        ))
        .with_bias(false)
        .with_initializer(Initializer::KaimingNormal {
            gain: std::f64::consts::SQRT_2,
            fan_out_only: true,
        })
        .init(device)
}

/// The projection of the shortcut where a stage halves the resolution; see [`BasicBlock`] for its batch norm.
#[derive(Module, Debug)]
pub struct Downsample {
    pub(crate) conv: Conv2d,
    pub(crate) bn: Option<BatchNorm>,
}

/// Two 3×3 convolutions and the shortcut around them. Where batch norms are folded into the convolutions, there are none.
#[derive(Module, Debug)]
pub struct BasicBlock {
    pub(crate) conv1: Conv2d,
    pub(crate) bn1: Option<BatchNorm>,
    pub(crate) conv2: Conv2d,
    pub(crate) bn2: Option<BatchNorm>,
    pub(crate) downsample: Option<Downsample>,
}

impl BasicBlock {
    /// A block from `channels[0]` to `channels[1]`; with `stride` 2 or another width the shortcut is projected.
    pub fn init(channels: [usize; 2], stride: usize, device: &Device) -> Self {
        let [before, after] = channels;
        Self {
            conv1: convolution([before, after], 3, stride, device),
            bn1: Some(BatchNormConfig::new(after).init(device)),
            conv2: convolution([after, after], 3, 1, device),
            bn2: Some(BatchNormConfig::new(after).init(device)),
            downsample: (stride != 1 || before != after).then(|| Downsample {
                conv: convolution([before, after], 1, stride, device),
                bn: Some(BatchNormConfig::new(after).init(device)),
            }),
        }
    }

    /// The same with batch norms folded into the convolutions.
    pub(super) fn folded(&self) -> Self {
        let projected = |projection: &Downsample| Downsample {
            conv: fold(&projection.conv, projection.bn.as_ref()),
            bn: None,
        };
        Self {
            conv1: fold(&self.conv1, self.bn1.as_ref()),
            bn1: None,
            conv2: fold(&self.conv2, self.bn2.as_ref()),
            bn2: None,
            downsample: self.downsample.as_ref().map(projected),
        }
    }

    /// # Shapes
    /// `[batch, channels_in, h, w]` → `[batch, channels_out, h / stride, w / stride]`
    pub fn forward(&self, x: Tensor<4>, stage: u8, block: u8, observe: &mut Observer) -> Tensor<4> {
        let y = convolve(&self.conv1, x.clone());
        observe(ConvolutionName::Stage(stage, block, "conv1"), &y);
        let y = convolve(&self.conv2, relu(normalise(self.bn1.as_ref(), y)));
        observe(ConvolutionName::Stage(stage, block, "conv2"), &y);
        let shortcut = match &self.downsample {
            None => x,
            Some(projection) => {
                let projected = convolve(&projection.conv, x);
                observe(
                    ConvolutionName::Stage(stage, block, "downsample"),
                    &projected,
                );
                normalise(projection.bn.as_ref(), projected)
            }
        };
        relu(normalise(self.bn2.as_ref(), y) + shortcut)
    }
}
