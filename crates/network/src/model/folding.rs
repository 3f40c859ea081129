//! Batch norms folded into the convolutions before them, for a network that learns no more: half of what a GPU is asked for
//! are their steps.

use burn::module::Param;
use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;

/// A convolution and the batch norm behind it as one: weights times γ / √(variance + ε), bias β − mean · that.
pub(super) fn fold(convolution: &Conv2d, norm: Option<&BatchNorm>) -> Conv2d {
    let mut folded = convolution.clone();
    let Some(norm) = norm else {
        return folded;
    };
    let spread = (norm.running_var.value() + norm.epsilon).sqrt();
    let scale = norm.gamma.val() / spread;
    let mean = norm.running_mean.value();
    let centre = match &convolution.bias {
        None => mean,
        Some(bias) => mean - bias.val(),
    };
    let bias = norm.beta.val() - centre * scale.clone();
    let [channels] = scale.dims();
    let weight = convolution.weight.val() * scale.reshape([channels, 1, 1, 1]);
    folded.weight = Param::from_tensor(weight);
    folded.bias = Some(Param::from_tensor(bias));
    folded
}

#[cfg(test)]
mod tests {
    use burn::module::Module;
    use burn::tensor::{Distribution, Tensor};

    use crate::NetworkConfig;
    use crate::device;

    #[test]
    fn a_folded_network_gives_the_same_logits_and_levels() {
        let device = device::cpu().device;
        device.seed(3);
        let noise =
            |side| Tensor::<4>::random([2, 1, side, side], Distribution::Normal(0.5, 1.0), &device);
        let network = NetworkConfig::new().with_pyramid_width(8).init(&device);
        // A pass with gradients moves the running statistics away from 0 and 1.
        let _ = network.forward(noise(64).autodiff());
        let network = network.valid();
        let folded = network.folded();
        assert!(folded.backbone.bn1.is_none());
        let x = noise(64);
        let (plain, folded) = (network.forward(x.clone()), folded.forward(x));
        let close = |off: f32, largest: f32| off < 1e-4 * (1.0 + largest);
        let largest = |x: Tensor<2>| x.abs().max().into_scalar::<f32>();
        let off = largest(plain.logits.clone() - folded.logits);
        assert!(close(off, largest(plain.logits)), "{off}");
        for (plain, folded) in plain.levels.into_iter().zip(folded.levels) {
            let off = (plain.clone() - folded).abs().max().into_scalar::<f32>();
            assert!(close(off, plain.abs().max().into_scalar::<f32>()), "{off}");
        }
    }
}
