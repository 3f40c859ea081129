//! Convolutions and linear layers compute in the precision of what comes in, batch norm always in full (Micikevicius et al.
//! 2018, arXiv 1710.03740): the weights stay in full precision, and gradients reach them in full.

use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Tensor};

/// `layer` of `x`, in the precision of `x`.
pub(super) fn convolve(layer: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    let (weight, precision) = (layer.weight.val(), x.dtype());
    if weight.dtype() == precision {
        return layer.forward(x);
    }
    // As all of this network's are padded: half a kernel on every side.
    let padding = layer.kernel_size.map(|size| size / 2);
    let options = ConvOptions::new(layer.stride, padding, layer.dilation, layer.groups);
    let bias = layer.bias.as_ref();
    let bias = bias.map(|bias| bias.val().cast(precision));
    conv2d(x, weight.cast(precision), bias, options)
}

/// `layer` of `x`, computed in full precision and given back in that of `x`; `x` where there is none.
pub(super) fn normalise(layer: Option<&BatchNorm>, x: Tensor<4>) -> Tensor<4> {
    match (layer, x.dtype()) {
        (None, _) => x,
        (Some(layer), DType::F32) => layer.forward(x),
        (Some(layer), precision) => layer.forward(full(x)).cast(precision),
    }
}

/// `x` in full precision.
pub(super) fn full(x: Tensor<4>) -> Tensor<4> {
    match x.dtype() {
        DType::F32 => x,
        _ => x.cast(DType::F32),
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;
    use crate::NetworkConfig;
    use crate::device;

    #[test]
    fn two_bytes_a_number_give_almost_the_same_logits() {
        let device = device::cpu().device;
        let network = NetworkConfig::new().with_pyramid_width(8).init(&device);
        let x = Tensor::<4>::random([2, 1, 64, 64], Distribution::Default, &device);
        let full = network.forward(x.clone()).logits;
        let short = network.forward(x.cast(DType::BF16)).logits;
        assert_eq!(short.dtype(), DType::F32);
        let largest = |x: Tensor<2>| x.abs().max().into_scalar::<f32>();
        let off = largest(short - full.clone());
        assert!(off > 0.0, "computed in full precision all the same");
        assert!(off < 0.05 * (1.0 + largest(full)), "{off}");
    }
}
