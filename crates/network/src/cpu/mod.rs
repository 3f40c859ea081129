//! The network on the CPU: the weights of [`Network`] with batch norms folded into the convolutions, 3×3 convolutions by
//! Winograd's way, matrix products by rten-gemm with weights packed once, pixels' channels side by side.
//!
//! Flex, Burn's CPU backend, takes several times as long (figures: BENCHMARKS.md); it stays for the picture after every
//! convolution and as what this is tested against.

mod kernel;
mod patches;
mod picture;
mod pool;
mod tile;
mod winograd;

use burn::nn::conv::Conv2d;
use lungsight_imaging::Class;
use rten_gemm::GemmExecutor;

use self::kernel::Kernel;
use self::patches::{Patches, relu};
use self::picture::Pictures;
use self::pool::{add_doubled, max_pool_relu};
use self::winograd::{Tiling, Winograd};
use crate::classifier::Evidence;
use crate::error::NetworkError;
use crate::feature_maps::read;
use crate::grad_cam::LevelMap;
use crate::model::Network;
use crate::model::block::BasicBlock;
use crate::model::head::{CLASSES, HeadRows};
use crate::model::pyramid::LEVELS;

/// How a stage's 3×3 convolutions are tiled, for an input of 256² pixels.
const TILINGS: [Tiling; 4] = [Tiling::Four, Tiling::Four, Tiling::Four, Tiling::Two];

/// [`Network`] made ready for the CPU. Needs about 95 MB at the pyramid's usual width.
pub struct CpuNetwork {
    stem: Patches,
    stages: Vec<Vec<Block>>,
    laterals: Vec<Patches>,
    /// Per level a 1×1 convolution to the classes, without bias.
    class_weights: Vec<Patches>,
    head: HeadRows,
}

struct Block {
    first: First,
    second: Winograd,
    projection: Option<Patches>,
}

/// A block's first convolution, of stride two where the stage begins.
enum First {
    Whole(Winograd),
    Halving(Patches),
}

/// What a forward pass gives, for all slices of a batch.
#[derive(Debug)]
pub struct CpuFeatures {
    /// Finest first, non-negative.
    levels: Vec<Pictures>,
    /// Means of the levels' channels, finest level first, slice by slice.
    pooled: Vec<Vec<f32>>,
    /// In the order of `Class::ALL`, slice by slice.
    logits: Vec<[f32; CLASSES]>,
}

impl CpuNetwork {
    /// Folds and packs a network's weights, wherever they lie.
    ///
    /// # Errors
    /// When the weights cannot be read from their device.
    ///
    /// # Panics
    /// When the head does not see all levels: such networks are not exported.
    pub fn new(network: &Network) -> Result<Self, NetworkError> {
        let network = &network.folded();
        let backbone = &network.backbone;
        let head = network.head.rows()?;
        let width = network.pyramid.lateral[0].weight.dims()[0];
        assert_eq!(head.weights.len(), LEVELS * width, "a head over all levels");
        Ok(Self {
            stem: Patches::new(kernel(&backbone.conv1)?, 2),
            stages: backbone
                .stages()
                .into_iter()
                .zip(TILINGS)
                .map(|(blocks, tiling)| blocks.iter().map(|b| Block::new(b, tiling)).collect())
                .collect::<Result<_, _>>()?,
            laterals: network
                .pyramid
                .lateral
                .iter()
                .map(|lateral| Ok(Patches::new(kernel(lateral)?, 1)))
                .collect::<Result<_, NetworkError>>()?,
            class_weights: head
                .weights
                .chunks_exact(width)
                .map(|weights| Patches::new(to_classes(weights), 1))
                .collect(),
            head,
        })
    }

    /// Which of rten-gemm's kernels the processor gets, such as `x86_64-f32-avx512`.
    pub fn kernel_name() -> String {
        GemmExecutor::<f32>::new().kernel_name().to_owned()
    }

    /// Logits, pooled features and pyramid levels of normalised slices, `side`² values each.
    pub fn forward(&self, values: Vec<f32>, side: usize) -> CpuFeatures {
        let count = values.len() / (side * side);
        let stage1 = self.stage1(&values, side);
        let stage2 = through(&self.stages[1], &stage1);
        let stage3 = through(&self.stages[2], &stage2);
        let stage4 = through(&self.stages[3], &stage3);
        let levels = self.pyramid([stage2, stage3, stage4]);
        let pooled: Vec<_> = (0..count).map(|slice| pool(&levels, slice)).collect();
        CpuFeatures {
            logits: pooled
                .iter()
                .map(|pooled| self.head.logits(pooled))
                .collect(),
            levels,
            pooled,
        }
    }

    /// Stem and stage 1, slice by slice: of one slice they stay in the cache, of a batch they would come from memory.
    fn stage1(&self, values: &[f32], side: usize) -> Pictures {
        let slices = values.chunks_exact(side * side).map(|slice| {
            let x = Pictures {
                count: 1,
                height: side,
                width: side,
                channels: 1,
                values: slice.to_vec(),
            };
            through(&self.stages[0], &max_pool_relu(&self.stem.forward(&x)))
        });
        Pictures::of_all(slices.collect())
    }

    /// What one slice's logits come from: the levels' class maps by the head's own weights (equation 8; see
    /// [`crate::grad_cam`]).
    pub fn evidence(&self, features: &CpuFeatures, slice: usize) -> Evidence {
        let levels = features.levels.iter().zip(&self.class_weights);
        let sums: Vec<_> = levels
            .map(|(level, weights)| weights.forward_one(level, slice))
            .collect();
        let map = |class: Class, level: usize| {
            let of_class = sums[level].iter().skip(class.index()).step_by(CLASSES);
            LevelMap {
                side: features.levels[level].width,
                values: of_class.copied().collect(),
            }
        };
        Evidence {
            logits: features.logits[slice],
            pooled: features.pooled[slice].clone(),
            maps: Class::ALL.map(|class| std::array::from_fn(|level| map(class, level))),
        }
    }

    /// Finest level first.
    fn pyramid(&self, stages: [Pictures; LEVELS]) -> Vec<Pictures> {
        let mut merged: Vec<Pictures> = Vec::with_capacity(LEVELS);
        for (stage, lateral) in stages.iter().zip(&self.laterals).rev() {
            let mut level = lateral.forward(stage);
            if let Some(above) = merged.last() {
                add_doubled(&mut level, above);
            }
            merged.push(level);
        }
        for level in &mut merged {
            relu(&mut level.values);
        }
        merged.reverse();
        merged
    }
}

impl std::fmt::Debug for CpuNetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CpuNetwork").finish_non_exhaustive()
    }
}

impl Block {
    fn new(block: &BasicBlock, tiling: Tiling) -> Result<Self, NetworkError> {
        let first = kernel(&block.conv1)?;
        let projection = block.downsample.as_ref();
        Ok(Self {
            first: match block.conv1.stride {
                [1, 1] => First::Whole(Winograd::new(first, tiling)),
                [stride, _] => First::Halving(Patches::new(first, stride)),
            },
            second: Winograd::new(kernel(&block.conv2)?, tiling),
            projection: projection
                .map(|p| Ok(Patches::new(kernel(&p.conv)?, p.conv.stride[0])))
                .transpose()?,
        })
    }

    fn forward(&self, x: &Pictures) -> Pictures {
        let y = match &self.first {
            First::Whole(convolution) => convolution.forward(x, None),
            First::Halving(convolution) => convolution.forward_relu(x),
        };
        match &self.projection {
            None => self.second.forward(&y, Some(x)),
            Some(projection) => self.second.forward(&y, Some(&projection.forward(x))),
        }
    }
}

/// A convolution as it is, with its own bias.
fn kernel(convolution: &Conv2d) -> Result<Kernel, NetworkError> {
    let [out, into, side, _] = convolution.weight.dims();
    let bias = convolution.bias.as_ref().map(|bias| read(bias.val()));
    Ok(Kernel {
        out,
        into,
        side,
        weights: read(convolution.weight.val())?,
        bias: bias.transpose()?.unwrap_or_else(|| vec![0.0; out]),
    })
}

/// A level's rows of the linear layer, as a 1×1 convolution.
fn to_classes(rows: &[[f32; CLASSES]]) -> Kernel {
    Kernel {
        out: CLASSES,
        into: rows.len(),
        side: 1,
        weights: (0..CLASSES)
            .flat_map(|class| rows.iter().map(move |row| row[class]))
            .collect(),
        bias: vec![0.0; CLASSES],
    }
}

fn through(blocks: &[Block], x: &Pictures) -> Pictures {
    let (first, rest) = blocks.split_first().expect("a stage has blocks");
    rest.iter()
        .fold(first.forward(x), |x, block| block.forward(&x))
}

/// Means of one slice's channels, finest level first.
fn pool(levels: &[Pictures], slice: usize) -> Vec<f32> {
    let mean = |level: &Pictures| {
        let mut sums = vec![0.0; level.channels];
        for pixel in level.picture(slice).chunks_exact(level.channels) {
            for (sum, value) in sums.iter_mut().zip(pixel) {
                *sum += value;
            }
        }
        let pixels = (level.height * level.width) as f32;
        sums.into_iter().map(move |sum| sum / pixels)
    };
    levels.iter().flat_map(mean).collect()
}

#[cfg(test)]
mod tests {
    use crate::input::stacked;
    use crate::weights_folder::WeightsFolder;

    use super::*;

    /// Values between -1 and 1, the same every time.
    fn values(count: usize, seed: u32) -> Vec<f32> {
        (0..count as u32)
            .map(|i| ((i + 1).wrapping_mul(2_654_435_761 ^ seed) >> 8) as f32 / 8_388_608.0 - 1.0)
            .collect()
    }

    fn pictures([count, height, width, channels]: [usize; 4], seed: u32) -> Pictures {
        let values = values(count * height * width * channels, seed);
        Pictures {
            count,
            height,
            width,
            channels,
            values,
        }
    }

    fn some_kernel(out: usize, into: usize, side: usize) -> Kernel {
        Kernel {
            out,
            into,
            side,
            weights: values(out * into * side * side, 7),
            bias: values(out, 8),
        }
    }

    /// The definition, in double precision.
    fn plainly(x: &Pictures, kernel: &Kernel, stride: usize) -> Pictures {
        let (height, width) = (x.height.div_ceil(stride), x.width.div_ceil(stride));
        let mut result = Pictures::zeros([x.count, height, width, kernel.out]);
        for (index, value) in result.values.iter_mut().enumerate() {
            let (pixel, out) = (index / kernel.out, index % kernel.out);
            let (picture, y, column) = (
                pixel / (height * width),
                pixel / width % height,
                pixel % width,
            );
            let mut sum = f64::from(kernel.bias[out]);
            for dy in 0..kernel.side {
                for dx in 0..kernel.side {
                    let at = |place: usize, d: usize| {
                        (place * stride + d) as isize - (kernel.side / 2) as isize
                    };
                    let pixel = x.pixel(picture, at(y, dy), at(column, dx));
                    for (into, value) in pixel.unwrap_or(&[]).iter().enumerate() {
                        sum += f64::from(*value) * f64::from(kernel.weight(out, into, dy, dx));
                    }
                }
            }
            *value = sum as f32;
        }
        result
    }

    fn assert_near(a: &Pictures, b: &Pictures, tolerance: f32) {
        assert_eq!(
            [a.count, a.height, a.width, a.channels],
            [b.count, b.height, b.width, b.channels]
        );
        for (index, (a, b)) in a.values.iter().zip(&b.values).enumerate() {
            assert!((a - b).abs() < tolerance, "value {index}: {a} and {b}");
        }
    }

    #[test]
    fn patches_give_the_convolution_at_every_size_and_stride() {
        for (side, stride, into) in [(7, 2, 1), (3, 2, 16), (1, 2, 16), (1, 1, 16), (3, 1, 16)] {
            let x = pictures([2, 13, 10, into], 1);
            let kernel = some_kernel(32, into, side);
            let expected = plainly(&x, &kernel, stride);
            assert_near(&Patches::new(kernel, stride).forward(&x), &expected, 1e-4);
        }
    }

    #[test]
    fn winograd_gives_the_convolution_with_shortcut_and_relu_on_whole_and_broken_tiles() {
        for tiling in [Tiling::Two, Tiling::Four] {
            for [height, width] in [[8, 8], [13, 10], [2, 2], [1, 5]] {
                let x = pictures([3, height, width, 32], 2);
                let shortcut = pictures([3, height, width, 48], 3);
                let kernel = some_kernel(48, 32, 3);
                let mut expected = plainly(&x, &kernel, 1);
                for (value, more) in expected.values.iter_mut().zip(&shortcut.values) {
                    *value = (*value + more).max(0.0);
                }
                let result = Winograd::new(kernel, tiling).forward(&x, Some(&shortcut));
                assert_near(&result, &expected, 5e-4);
            }
        }
    }

    #[test]
    fn many_pictures_are_convolved_as_each_alone() {
        let kernel = some_kernel(64, 64, 3);
        let convolution = Winograd::new(kernel, Tiling::Four);
        let x = pictures([5, 64, 64, 64], 4);
        let together = convolution.forward(&x, None);
        for index in 0..x.count {
            let mut alone = Pictures::zeros([1, 64, 64, 64]);
            alone.values.copy_from_slice(x.picture(index));
            let alone = convolution.forward(&alone, None);
            assert_eq!(alone.values, together.picture(index));
        }
    }

    #[test]
    fn the_shipped_weights_give_what_burn_gives() {
        let folder = WeightsFolder::read("../../weights".as_ref()).expect("weights");
        let device = crate::device::cpu().device;
        let network = folder.network(&device).expect("network");
        let inputs = &folder.reference[..2];
        let manifest = &folder.manifest;
        let expected =
            crate::ready::evidence_by_burn(&network, inputs, manifest, &device).expect("evidence");
        let side = manifest.input_side;
        let pixels: Vec<&[u8]> = inputs.iter().map(|input| input.pixels.as_slice()).collect();
        let values = stacked(&pixels, manifest.normalisation, side);
        let ours = CpuNetwork::new(&network).expect("network");
        let features = ours.forward(values, side);
        let near = |a: &[f32], b: &[f32], tolerance: f32| {
            assert_eq!(a.len(), b.len());
            for (a, b) in a.iter().zip(b) {
                assert!((a - b).abs() < tolerance, "{a} and {b}");
            }
        };
        for (slice, expected) in expected.iter().enumerate() {
            let found = ours.evidence(&features, slice);
            near(&found.logits, &expected.logits, 2e-4);
            near(&found.pooled, &expected.pooled, 2e-4);
            for (found, expected) in found
                .maps
                .iter()
                .flatten()
                .zip(expected.maps.iter().flatten())
            {
                assert_eq!(found.side, expected.side);
                near(&found.values, &expected.values, 2e-3);
            }
        }
    }

    #[test]
    fn pooling_takes_the_largest_that_is_positive_and_ignores_what_lies_outside() {
        let mut x = Pictures::zeros([1, 4, 4, 1]);
        x.values = (0..16).map(|v| v as f32 - 6.0).collect();
        assert_eq!(max_pool_relu(&x).values, [0.0, 1.0, 7.0, 9.0]);
    }
}
