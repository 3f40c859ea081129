//! From prepared slices to the network's input tensor. The only place where grey levels are normalised.

use burn::tensor::{Device, Tensor, TensorData};
use lungsight_imaging::{INPUT_SIDE, NetworkInput, Rect, Slice};
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

/// Stacks prepared inputs, each `INPUT_SIDE²` grey levels, row-major, into one batch.
///
/// # Shapes
/// `n` inputs → `[n, 1, INPUT_SIDE, INPUT_SIDE]`
pub fn to_tensor<'a>(
    inputs: impl ExactSizeIterator<Item = &'a [u8]>,
    normalisation: Normalisation,
    device: &Device,
) -> Tensor<4> {
    let count = inputs.len();
    let values: Vec<f32> = inputs
        .flat_map(|pixels| normalise(pixels, normalisation))
        .collect();
    Tensor::from_data(
        TensorData::new(values, [count, 1, INPUT_SIDE, INPUT_SIDE]),
        device,
    )
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

/// Normalised values of 8-bit grey levels.
pub(crate) fn normalise(pixels: &[u8], by: Normalisation) -> impl Iterator<Item = f32> + '_ {
    pixels
        .iter()
        .map(move |&grey| (f32::from(grey) / 255.0 - by.mean) / by.std)
}
