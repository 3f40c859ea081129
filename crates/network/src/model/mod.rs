//! The network's modules, one file per part, named after the stages of the paper's figure.

pub mod backbone;
pub mod block;
mod folding;
pub mod head;
mod network;
mod parts;
mod precision;
pub mod pyramid;

pub use network::{Features, Network, NetworkConfig};
pub use parts::{Part, PartKind};

/// Told of every convolution's output as the forward pass goes by: the convolution's name (torchvision's, such as
/// `layer2.0.conv1`) and its output, `[batch, channels, height, width]`, before batch norm.
pub type Observer<'a> = dyn FnMut(ConvolutionName, &burn::tensor::Tensor<4>) + 'a;

/// The name of a convolution, written only when somebody asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConvolutionName {
    /// The 7×7 convolution of the stem.
    Stem,
    /// A convolution of a residual stage: stage 1–4, block 0–1, and `conv1`, `conv2` or `downsample`.
    Stage(u8, u8, &'static str),
    /// A 1×1 lateral convolution of the pyramid over stage 2–4.
    Lateral(u8),
}

impl std::fmt::Display for ConvolutionName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stem => write!(f, "conv1"),
            Self::Stage(stage, block, name) => write!(f, "layer{stage}.{block}.{name}"),
            Self::Lateral(stage) => write!(f, "lateral{stage}"),
        }
    }
}
