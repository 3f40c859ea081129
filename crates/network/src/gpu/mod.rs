//! The network on a GPU: the weights of [`Network`] with batch norms folded into the convolutions, and convolutions by a
//! kernel of our own ([`kernel`]), written in CubeCL through Burn's extension point. Pooling and head are Burn's.
//!
//! Burn has three ways to a convolution: matrix units of the GPU, which WGSL does not reach in single precision; picking one
//! by timing them all at each start; and a direct one, which every unit reads all weights for, and takes several times as long
//! (figures: BENCHMARKS.md).

mod convolution;
mod kernel;

use burn::nn::pool::MaxPool2d;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use self::convolution::{Added, Convolution, by_four};
use crate::error::NetworkError;
use crate::model::Network;
use crate::model::block::BasicBlock;
use crate::model::head::Head;
use crate::model::pyramid::LEVELS;

/// The network without what only training needs, its convolutions laid out for the GPU.
#[derive(Debug)]
pub struct GpuNetwork {
    stem: Convolution,
    /// Behind the stem.
    maxpool: MaxPool2d,
    stages: Vec<Vec<Block>>,
    /// Finest level first.
    laterals: Vec<Convolution>,
    head: Head,
}

/// What a forward pass gives.
#[derive(Debug)]
pub struct GpuFeatures {
    /// `[batch, classes]`
    pub logits: Tensor<2>,
    /// `[batch, LEVELS · width]`, finest level first.
    pub pooled: Tensor<2>,
    /// Class maps before ReLU and scaling (see [`crate::grad_cam`]), finest level first: `[batch, classes, h_l · w_l]`
    pub maps: [Tensor<3>; LEVELS],
}

#[derive(Debug)]
struct Block {
    first: Convolution,
    second: Convolution,
    projection: Option<Convolution>,
}

impl GpuNetwork {
    /// Of a network on a GPU.
    ///
    /// # Errors
    /// When the network is on no GPU, when its convolutions have numbers of channels that are not computed there, or when its head
    /// does not see all levels.
    pub fn new(network: &Network) -> Result<Self, NetworkError> {
        let network = network.folded();
        let backbone = &network.backbone;
        let stages = backbone.stages().into_iter();
        let stages = stages.map(|blocks| blocks.iter().map(Block::new).collect());
        let [width, ..] = network.pyramid.lateral[0].weight.dims();
        let [seen, _] = network.head.weights().dims();
        if seen != LEVELS * width {
            return Err(NetworkError::Device(format!(
                "a head over {seen} features, where all {LEVELS} levels have {}",
                LEVELS * width
            )));
        }
        let laterals = network.pyramid.lateral.iter().map(Convolution::new);
        Ok(Self {
            stem: Convolution::stem(&backbone.conv1)?,
            stages: stages.collect::<Result<_, _>>()?,
            laterals: laterals.collect::<Result<_, _>>()?,
            maxpool: backbone.maxpool.clone(),
            head: network.head,
        })
    }

    /// Logits, pooled features and class maps.
    ///
    /// # Shapes
    /// `[batch, 1, h, w]`, `h` and `w` multiples of 32 → see [`GpuFeatures`]
    ///
    /// # Errors
    /// When the input is on another device.
    pub fn forward(&self, x: Tensor<4>) -> Result<GpuFeatures, NetworkError> {
        let stem = self.stem.forward(by_four(x), None, true)?;
        let pooled = self.maxpool.forward(stem.permute([0, 3, 1, 2]));
        let mut x = pooled.permute([0, 2, 3, 1]);
        let mut stages = Vec::with_capacity(self.stages.len());
        for blocks in &self.stages {
            for block in blocks {
                x = block.forward(x)?;
            }
            stages.push(x.clone());
        }
        let levels = self.pyramid(&stages[1..])?;
        let [batch, _, _, width] = levels[0].dims();
        let levels = levels.map(|level| {
            let [_, height, columns, _] = level.dims();
            level.reshape([batch, height * columns, width])
        });
        let means = levels
            .iter()
            .map(|level| level.clone().mean_dim(1).reshape([batch, width]));
        let pooled = Tensor::cat(means.collect(), 1);
        let head = self.head.weights();
        let maps = std::array::from_fn(|index| {
            let weights = head.clone().narrow(0, index * width, width);
            let map = levels[index].clone().matmul(weights.unsqueeze::<3>());
            map.swap_dims(1, 2)
        });
        Ok(GpuFeatures {
            logits: self.head.forward(pooled.clone()),
            pooled,
            maps,
        })
    }

    /// Levels of stages 2, 3 and 4, finest first: `[batch, h, w, width]`
    fn pyramid(&self, stages: &[Tensor<4>]) -> Result<[Tensor<4>; LEVELS], NetworkError> {
        let mut merged: Vec<Tensor<4>> = Vec::with_capacity(LEVELS);
        for (stage, lateral) in stages.iter().zip(&self.laterals).rev() {
            let above = merged.last().cloned().map(Added::Doubled);
            merged.push(lateral.forward(stage.clone(), above, false)?);
        }
        merged.reverse();
        let levels: Vec<_> = merged.into_iter().map(relu).collect();
        Ok(levels
            .try_into()
            .unwrap_or_else(|_| unreachable!("three stages give three levels")))
    }
}

impl Block {
    fn new(block: &BasicBlock) -> Result<Self, NetworkError> {
        let projection = block.downsample.as_ref();
        Ok(Self {
            first: Convolution::new(&block.conv1)?,
            second: Convolution::new(&block.conv2)?,
            projection: projection.map(|p| Convolution::new(&p.conv)).transpose()?,
        })
    }

    fn forward(&self, x: Tensor<4>) -> Result<Tensor<4>, NetworkError> {
        let y = self.first.forward(x.clone(), None, true)?;
        let shortcut = match &self.projection {
            None => x,
            Some(projection) => projection.forward(x, None, false)?,
        };
        self.second.forward(y, Some(Added::Same(shortcut)), true)
    }
}
