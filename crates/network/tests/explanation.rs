//! The closed form of Grad-CAM against automatic differentiation, and against the logit it explains.

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor};
use lungsight_network::grad_cam::{all_class_maps, class_maps};
use lungsight_network::{Network, NetworkConfig};

const WIDTH: usize = 8;
const CLASSES: usize = 3;

fn network(device: &Device) -> Network {
    device.seed(11);
    NetworkConfig::new()
        .with_pyramid_width(WIDTH)
        .init(device)
        .valid()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.try_into_vec_as::<f32>().expect("values")
}

fn assert_close(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    let largest = b.iter().map(|v| v.abs()).fold(1e-6, f32::max);
    for (index, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= 1e-5 * largest, "{index}: {a} and {b}");
    }
}

/// Equations 6 and 7 as written: gradients by autodiff, their mean per channel, the weighted sum.
#[test]
fn closed_form_equals_autodiff_at_every_level_and_class() {
    let device = Device::flex();
    let network = network(&device);
    let x = Tensor::<4>::random([2, 1, 64, 64], Distribution::Normal(0.0, 1.0), &device);
    let features = network.forward(x);

    for class in 0..CLASSES {
        let levels = features
            .levels
            .clone()
            .map(|level| level.autodiff().require_grad());
        let logits = network.head.forward(network.head.pool(&levels));
        let gradients = logits.narrow(1, class, 1).sum().backward();
        for (index, level) in levels.iter().enumerate() {
            let gradient = level.grad(&gradients).expect("a gradient");
            let [batch, channels, height, width] = gradient.dims();
            let weights = gradient.mean_dim(3).mean_dim(2); // equation 6
            let by_autodiff = (features.levels[index].clone() * weights)
                .sum_dim(1) // equation 7, before the ReLU
                .reshape([batch, height * width]);

            let closed = class_maps(&features.levels[index], index, &network.head.weights());
            let closed = closed
                .narrow(1, class, 1)
                .reshape([batch, height * width])
                .div_scalar((height * width) as f32); // equation 8
            assert_eq!(channels, WIDTH);
            assert_close(&values(closed), &values(by_autodiff));
        }
    }
}

/// The maps say where a logit comes from: their means over the pixels add up to it, but for the bias.
#[test]
fn means_of_the_maps_add_up_to_the_logit() {
    let device = Device::flex();
    let network = network(&device);
    let x = Tensor::<4>::random([3, 1, 64, 64], Distribution::Normal(0.0, 1.0), &device);
    let features = network.forward(x);
    let zero = features.levels.clone().map(|level| level.mul_scalar(0.0));
    let bias = network.head.forward(network.head.pool(&zero));
    let summed = all_class_maps(&features.levels, &network.head.weights())
        .into_iter()
        .map(|map| map.mean_dim(3).mean_dim(2).reshape([3, CLASSES]))
        .reduce(|a, b| a + b)
        .expect("three levels");
    assert_close(&values(summed), &values(features.logits - bias));
}
