//! The network on a GPU: the weights of [`Network`] with batch norms folded into the convolutions, by kernels of our own,
//! written in CubeCL through Burn's extension point: one for convolutions ([`kernel`]), one for the pooling behind the stem
//! ([`pooling`]), one for all that is read back ([`class_maps`]). A pass is 25 launches, whatever its batch.
//!
//! Burn has three ways to a convolution: matrix units of the GPU, which WGSL does not reach in single precision; picking one
//! by timing them all at each start; and a direct one, which every unit reads all weights for, and takes several times as long
//! (figures: BENCHMARKS.md).

mod buffer;
mod class_maps;
mod convolution;
mod kernel;
#[cfg(test)]
mod parity;
mod pooling;
#[cfg(test)]
mod testing;

use burn::tensor::{Device, Tensor, TensorData};

use self::class_maps::ClassMaps;
use self::convolution::{Added, Convolution};
use self::pooling::max_pool;
use crate::classifier::Evidence;
use crate::error::NetworkError;
use crate::input::by_four;
use crate::model::Network;
use crate::model::block::BasicBlock;
use crate::model::pyramid::LEVELS;

/// The network without what only training needs, its convolutions laid out for the GPU.
#[derive(Debug)]
pub(crate) struct GpuNetwork {
    stem: Convolution,
    stages: Vec<Vec<Block>>,
    /// Finest level first.
    laterals: Vec<Convolution>,
    class_maps: ClassMaps,
    device: Device,
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
        let laterals = network.pyramid.lateral.iter().map(Convolution::new);
        Ok(Self {
            stem: Convolution::stem(&backbone.conv1)?,
            stages: stages.collect::<Result<_, _>>()?,
            laterals: laterals.collect::<Result<_, _>>()?,
            class_maps: ClassMaps::new(&network.head, width)?,
            device: backbone.conv1.weight.device(),
        })
    }

    /// What the logits of normalised slices, `side²` values each, come from; `side` is a multiple of 32.
    ///
    /// # Errors
    /// When the device fails.
    pub fn evidence(&self, values: &[f32], side: usize) -> Result<Vec<Evidence>, NetworkError> {
        let batch = values.len() / (side * side);
        let x = TensorData::new(by_four(values, side), [batch, side / 2, side / 2, 4]);
        let x = self
            .stem
            .forward(Tensor::from_data(x, &self.device), None, true)?;
        let mut x = max_pool(x)?;
        let mut stages = Vec::with_capacity(self.stages.len());
        for blocks in &self.stages {
            for block in blocks {
                x = block.forward(x)?;
            }
            stages.push(x.clone());
        }
        self.class_maps.evidence(self.pyramid(&stages[1..])?)
    }

    /// Levels of stages 2, 3 and 4 before ReLU, finest first: `[batch, h, w, width]`
    fn pyramid(&self, stages: &[Tensor<4>]) -> Result<[Tensor<4>; LEVELS], NetworkError> {
        let mut merged: Vec<Tensor<4>> = Vec::with_capacity(LEVELS);
        for (stage, lateral) in stages.iter().zip(&self.laterals).rev() {
            let above = merged.last().cloned().map(Added::Doubled);
            merged.push(lateral.forward(stage.clone(), above, false)?);
        }
        merged.reverse();
        Ok(merged
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
