//! The weights made ready for what computes, and what a pass over prepared slices gives.

use burn::tensor::{Device, Tensor};
use lungsight_imaging::{Class, NetworkInput};
use rayon::prelude::*;

use crate::classifier::Evidence;
use crate::cpu::CpuNetwork;
use crate::error::NetworkError;
use crate::feature_maps::read;
#[cfg(feature = "wgpu")]
use crate::gpu::GpuNetwork;
use crate::grad_cam::{LevelMap, all_class_maps};
use crate::input::{stacked, to_tensor};
use crate::manifest::Manifest;
use crate::model::Network;
use crate::model::pyramid::LEVELS;

/// Batch sizes that the self-test tries on the CPU: one slice, and the server's usual full batch.
const CPU_BATCHES: [usize; 2] = [1, 8];

/// The same on a GPU, whose kernels differ with the size of a batch: each is compiled, and proves itself, before it is needed.
/// Of 31 a tile is half empty in the last stage, of no other size up to 32.
const GPU_BATCHES: [usize; 7] = [1, 2, 4, 8, 16, 31, MOST_AT_ONCE];

/// Slices that a GPU is given at once.
const MOST_AT_ONCE: usize = 32;

/// A network that learns no more, with batch norms folded into its convolutions.
#[derive(Debug)]
pub(crate) enum Ready {
    /// On the CPU, without Burn.
    Cpu(Box<CpuNetwork>),
    /// On a GPU, with convolutions of our own.
    #[cfg(feature = "wgpu")]
    Gpu(Box<GpuNetwork>),
    /// On any of Burn's devices, by Burn alone.
    Burn(Box<Network>),
}

/// What is to compute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Way {
    Cpu,
    #[cfg(feature = "wgpu")]
    Gpu,
    Burn,
}

impl Ready {
    /// # Errors
    /// When it cannot be computed in this way.
    pub fn new(network: &Network, way: Way) -> Result<Self, NetworkError> {
        Ok(match way {
            Way::Cpu => Self::Cpu(Box::new(CpuNetwork::new(network)?)),
            #[cfg(feature = "wgpu")]
            Way::Gpu => Self::Gpu(Box::new(GpuNetwork::new(network)?)),
            Way::Burn => Self::Burn(Box::new(network.folded())),
        })
    }

    /// Slices that it is best given at once: a CPU gains nothing by more than its self-test tries.
    pub fn usual_batch(&self) -> usize {
        let sizes = self.batches_to_prove();
        sizes.iter().copied().max().unwrap_or(1)
    }

    /// The sizes of batches that the self-test is to try.
    pub fn batches_to_prove(&self) -> &'static [usize] {
        match self {
            Self::Cpu(_) => &CPU_BATCHES,
            _ => &GPU_BATCHES,
        }
    }

    /// Logits, pooled features and the levels' maps for every class; results in the order of the inputs.
    ///
    /// # Errors
    /// When the device fails.
    pub fn evidence(
        &self,
        inputs: &[NetworkInput],
        manifest: &Manifest,
        device: &Device,
    ) -> Result<Vec<Evidence>, NetworkError> {
        match self {
            Self::Cpu(network) => Ok(evidence_by_cpu(network, inputs, manifest)),
            #[cfg(feature = "wgpu")]
            Self::Gpu(network) => at_most(MOST_AT_ONCE, inputs, |inputs| {
                network.evidence(&input_values(inputs, manifest), manifest.input_side)
            }),
            Self::Burn(network) => at_most(MOST_AT_ONCE, inputs, |inputs| {
                evidence_by_burn(network, inputs, manifest, device)
            }),
        }
    }
}

/// Without Burn.
fn evidence_by_cpu(
    network: &CpuNetwork,
    inputs: &[NetworkInput],
    manifest: &Manifest,
) -> Vec<Evidence> {
    if inputs.is_empty() {
        return Vec::new();
    }
    let values = input_values(inputs, manifest);
    // On the pool's own threads: from any other, each of a pass's many steps would be handed over and waited for.
    rayon::scope(|_| {
        let features = network.forward(values, manifest.input_side);
        let slices = (0..inputs.len()).into_par_iter();
        slices
            .map(|slice| network.evidence(&features, slice))
            .collect()
    })
}

/// By Burn alone, on any of its devices.
pub(crate) fn evidence_by_burn(
    network: &Network,
    inputs: &[NetworkInput],
    manifest: &Manifest,
    device: &Device,
) -> Result<Vec<Evidence>, NetworkError> {
    let features = network.forward(input_tensor(inputs, manifest, device));
    let maps = all_class_maps(&features.levels, &network.head.weights());
    let maps = maps.into_iter().map(|map| map.flatten(2, 3)).collect();
    evidence_of(features.logits, features.pooled, maps)
}

/// Evidence for any number of inputs, so many at once.
fn at_most(
    most: usize,
    inputs: &[NetworkInput],
    evidence: impl Fn(&[NetworkInput]) -> Result<Vec<Evidence>, NetworkError>,
) -> Result<Vec<Evidence>, NetworkError> {
    let mut all = Vec::with_capacity(inputs.len());
    for inputs in inputs.chunks(most) {
        all.append(&mut evidence(inputs)?);
    }
    Ok(all)
}

/// What the network is given of prepared inputs, one after another.
fn input_values(inputs: &[NetworkInput], manifest: &Manifest) -> Vec<f32> {
    let pixels: Vec<&[u8]> = inputs.iter().map(|input| input.pixels.as_slice()).collect();
    stacked(&pixels, manifest.normalisation, manifest.input_side)
}

/// The same as a tensor.
fn input_tensor(inputs: &[NetworkInput], manifest: &Manifest, device: &Device) -> Tensor<4> {
    let pixels = inputs.iter().map(|input| input.pixels.as_slice());
    to_tensor(pixels, manifest.normalisation, manifest.input_side, device)
}

/// Reads what a pass has given, all at once: a GPU is waited for one time.
///
/// # Shapes
/// `[batch, classes]`, `[batch, features]`, and of every level, finest first, `[batch, classes, side²]`
fn evidence_of(
    logits: Tensor<2>,
    pooled: Tensor<2>,
    maps: Vec<Tensor<3>>,
) -> Result<Vec<Evidence>, NetworkError> {
    let sides: Vec<usize> = maps.iter().map(|map| map.dims()[2].isqrt()).collect();
    let classes = Class::ALL.len();
    let [_, features] = pooled.dims();
    let mut parts = vec![logits, pooled];
    parts.extend(maps.into_iter().map(|map| map.flatten(1, 2)));
    let all = Tensor::cat(parts, 1);
    let [_, length] = all.dims();
    let split = |row: &[f32]| {
        let (logits, rest) = row.split_at(classes);
        let (pooled, mut rest) = rest.split_at(features);
        let mut maps = Class::ALL.map(|_| Vec::with_capacity(LEVELS));
        for &side in &sides {
            for maps in &mut maps {
                let (values, others) = rest.split_at(side * side);
                maps.push(LevelMap {
                    side,
                    values: values.to_vec(),
                });
                rest = others;
            }
        }
        Evidence {
            logits: std::array::from_fn(|class| logits[class]),
            pooled: pooled.to_vec(),
            maps: maps.map(|maps| {
                maps.try_into()
                    .unwrap_or_else(|_| unreachable!("a map for each level"))
            }),
        }
    };
    Ok(read(all)?.chunks_exact(length).map(split).collect())
}
