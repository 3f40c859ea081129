//! From prepared slices to the network's input tensor. The only place where grey levels are normalised.

use burn::tensor::{Device, Tensor, TensorData};
use lungsight_imaging::{INPUT_SIDE, NetworkInput, Rect, Slice};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// `x = (grey / 255 − mean) / std`, where what is outside the lungs (0) counts as the grey level `outside`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Normalisation {
    /// Of grey levels in 0..=1.
    pub mean: f32,
    /// Of grey levels in 0..=1.
    pub std: f32,
    /// The grey level that stands for what is outside the lungs: 0 is black, 255 as dense as what is densest in them, so that a
    /// consolidation looks the same whether the mask takes it in or cuts it away.
    #[serde(default)]
    pub outside: u8,
}

/// ImageNet's mean and standard deviation (torchvision's transforms), averaged over red, green and blue: the backbone
/// starts from ImageNet, so that its first batch norm meets the range it was trained on.
pub const IMAGENET_GREY: Normalisation = Normalisation {
    mean: 0.449,
    std: 0.226,
    outside: 0,
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
    let mut values = vec![0.0; inputs.len() * side * side];
    let planes = values.par_chunks_exact_mut(side * side).zip(inputs);
    planes.for_each(|(plane, pixels)| network_values(pixels, by, plane, side));
    values
}

/// Four values of a plane, two by two, side by side: what the stem sees at once on a GPU.
///
/// # Shapes
/// `[planes, height, side]`, both even → `[planes, height / 2, side / 2, 4]`
#[cfg(feature = "wgpu")]
pub(crate) fn by_four(values: &[f32], side: usize) -> Vec<f32> {
    let mut fours = vec![0.0; values.len()];
    let rows = fours
        .par_chunks_exact_mut(2 * side)
        .zip(values.par_chunks_exact(2 * side));
    rows.for_each(|(fours, rows)| {
        let (upper, lower) = rows.split_at(side);
        let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
        for (four, (upper, lower)) in fours.chunks_exact_mut(4).zip(pairs) {
            four.copy_from_slice(&[upper[0], upper[1], lower[0], lower[1]]);
        }
    });
    fours
}

/// What the network gets of one prepared input: normalised, and shrunk to `side`² pixels.
fn network_values(pixels: &[u8], by: Normalisation, plane: &mut [f32], side: usize) {
    assert_eq!(pixels.len(), INPUT_SIDE * INPUT_SIDE, "an input's pixels");
    let normalised = |&grey: &u8| {
        let grey = if grey == 0 { by.outside } else { grey };
        (f32::from(grey) / 255.0 - by.mean) / by.std
    };
    if side == INPUT_SIDE {
        for (value, grey) in plane.iter_mut().zip(pixels) {
            *value = normalised(grey);
        }
    } else {
        let values: Vec<f32> = pixels.iter().map(normalised).collect();
        shrink(&values, INPUT_SIDE, plane, side);
    }
}

/// Averages over areas, as PyTorch's adaptive average pooling does: pixel `i` is the mean of those from ⌊i·from/to⌋ up to
/// ⌈(i+1)·from/to⌉.
fn shrink(values: &[f32], from: usize, shrunk: &mut [f32], to: usize) {
    let span = |i: usize| i * from / to..((i + 1) * from).div_ceil(to);
    for (index, mean) in shrunk.iter_mut().enumerate() {
        let (rows, columns) = (span(index / to), span(index % to));
        let count = (rows.len() * columns.len()) as f32;
        let sum: f32 = rows
            .map(|row| values[row * from..][columns.clone()].iter().sum::<f32>())
            .sum();
        *mean = sum / count;
    }
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
    fn what_is_outside_looks_as_dense_as_is_asked_for_and_dark_lung_stays_dark() {
        let mut pixels = vec![0; INPUT_SIDE * INPUT_SIDE];
        (pixels[1], pixels[2]) = (1, 255);
        for outside in [0, 255] {
            let by = Normalisation {
                outside,
                ..IMAGENET_GREY
            };
            let values = stacked(&[&pixels], by, INPUT_SIDE);
            let expected =
                [outside, 1, 255].map(|grey| (f32::from(grey) / 255.0 - by.mean) / by.std);
            assert_eq!(values[..3], expected);
        }
    }

    #[test]
    fn shrinking_is_adaptive_average_pooling() {
        let device = crate::device::cpu().device;
        let values: Vec<f32> = (0..64 * 64).map(|i| ((i * 37) % 101) as f32).collect();
        let x = Tensor::<4>::from_data(TensorData::new(values.clone(), [1, 1, 64, 64]), &device);
        for side in [64, 48, 32, 13] {
            let pooled = adaptive_avg_pool2d(x.clone(), [side, side]).into_data();
            let mut ours = vec![0.0; side * side];
            shrink(&values, 64, &mut ours, side);
            for (ours, burns) in ours.iter().zip(pooled.iter::<f32>()) {
                assert!((ours - burns).abs() < 1e-3, "{side}: {ours} and {burns}");
            }
        }
    }
}
