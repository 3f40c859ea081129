//! From prepared slices to the network's input tensor. The only place where grey levels are normalised.

use burn::tensor::{Device, Tensor, TensorData};
use lungsight_imaging::{INPUT_SIDE, NetworkInput, Rect, Slice};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// `x = (grey / 255 − mean) / std`
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Normalisation {
    /// Of grey levels in 0..=1.
    pub mean: f32,
    /// Of grey levels in 0..=1.
    pub std: f32,
}

/// ImageNet's mean and standard deviation (torchvision's transforms), averaged over red, green and blue: the backbone
/// starts from ImageNet, so that its first batch norm meets the range it was trained on.
pub const IMAGENET_GREY: Normalisation = Normalisation {
    mean: 0.449,
    std: 0.226,
};

/// Stacks prepared inputs, each `INPUT_SIDE²` grey levels, row-major, into one batch of `side`² pixels.
///
/// # Shapes
/// `n` inputs → `[n, 1, side, side]`
pub fn to_tensor<'a>(
    inputs: impl ExactSizeIterator<Item = &'a [u8]>,
    normalisation: Normalisation,
    side: usize,
    device: &Device,
) -> Tensor<4> {
    let inputs: Vec<&[u8]> = inputs.collect();
    let values = stacked(&inputs, normalisation, side);
    Tensor::from_data(
        TensorData::new(values, [inputs.len(), 1, side, side]),
        device,
    )
}

/// What the network gets of prepared inputs, one after another, made on all cores.
pub(crate) fn stacked(inputs: &[&[u8]], by: Normalisation, side: usize) -> Vec<f32> {
    let planes: Vec<Vec<f32>> = inputs
        .par_iter()
        .map(|pixels| network_values(pixels, by, side))
        .collect();
    planes.concat()
}

/// What the network gets of one prepared input: normalised, and shrunk to `side`² pixels.
fn network_values(pixels: &[u8], by: Normalisation, side: usize) -> Vec<f32> {
    let values = pixels
        .iter()
        .map(|&grey| (f32::from(grey) / 255.0 - by.mean) / by.std);
    shrink(values.collect(), INPUT_SIDE, side)
}

/// Averages over areas, as PyTorch's adaptive average pooling does: pixel `i` is the mean of those from ⌊i·from/to⌋ up to
/// ⌈(i+1)·from/to⌉.
fn shrink(values: Vec<f32>, from: usize, to: usize) -> Vec<f32> {
    if from == to {
        return values;
    }
    let span = |i: usize| i * from / to..((i + 1) * from).div_ceil(to);
    let mut shrunk = Vec::with_capacity(to * to);
    for y in 0..to {
        for x in 0..to {
            let (rows, columns) = (span(y), span(x));
            let count = (rows.len() * columns.len()) as f32;
            let sum: f32 = rows
                .map(|row| values[row * from..][columns.clone()].iter().sum::<f32>())
                .sum();
            shrunk.push(sum / count);
        }
    }
    shrunk
}

/// An input that was prepared earlier and kept as a picture; `None` unless it has the input's size.
pub fn from_picture(picture: &Slice) -> Option<NetworkInput> {
    let side = INPUT_SIDE as u32;
    (picture.width() == side && picture.height() == side).then(|| NetworkInput {
        pixels: picture.pixels().to_vec(),
        crop: Rect {
            x: 0,
            y: 0,
            width: side,
            height: side,
        },
    })
}

#[cfg(test)]
mod tests {
    use burn::tensor::module::adaptive_avg_pool2d;

    use super::*;

    #[test]
    fn shrinking_is_adaptive_average_pooling() {
        let device = crate::device::cpu().device;
        let values: Vec<f32> = (0..64 * 64).map(|i| ((i * 37) % 101) as f32).collect();
        let x = Tensor::<4>::from_data(TensorData::new(values.clone(), [1, 1, 64, 64]), &device);
        for side in [64, 48, 32, 13] {
            let pooled = adaptive_avg_pool2d(x.clone(), [side, side]).into_data();
            let ours = shrink(values.clone(), 64, side);
            assert_eq!(ours.len(), side * side);
            for (ours, burns) in ours.iter().zip(pooled.iter::<f32>()) {
                assert!((ours - burns).abs() < 1e-3, "{side}: {ours} and {burns}");
            }
        }
    }
}
