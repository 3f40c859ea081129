//! The closed form of Grad-CAM against automatic differentiation, and against the logit it explains.

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor};
use lungsight_imaging::{Mask, Rect};
use lungsight_network::grad_cam::{LevelMap, LevelMaps, all_class_maps, class_maps};
use lungsight_network::{Network, NetworkConfig, explain_region};

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

/// Regions that lie side by side, on each level, add up to the logit, but for the bias.
#[test]
fn regions_side_by_side_add_up_to_the_logit() {
    let device = Device::flex();
    let network = network(&device);
    let x = Tensor::<4>::random([1, 1, 64, 64], Distribution::Normal(0.0, 1.0), &device);
    let features = network.forward(x);
    let zero = features.levels.clone().map(|level| level.mul_scalar(0.0));
    let bias = values(network.head.forward(network.head.pool(&zero)));
    let all = all_class_maps(&features.levels, &network.head.weights());
    let logits = values(features.logits);

    let lungs = Mask::new(512, 512, vec![1; 512 * 512]).expect("fits");
    let crop = Rect {
        x: 40,
        y: -10,
        width: 380,
        height: 380,
    };
    for class in 0..CLASSES {
        let maps: LevelMaps = std::array::from_fn(|level| {
            let side = all[level].dims()[3];
            LevelMap {
                side,
                values: values(all[level].clone().narrow(1, class, 1)),
            }
        });
        let mut summed = bias[class];
        // Widths and heights that part the crop, across cells, into regions of a size for the level.
        let parts: [(u8, &[u32], &[u32]); 3] = [
            (2, &[101, 129, 150], &[119, 118, 143]),
            (3, &[107, 273], &[380]),
            (4, &[380], &[380]),
        ];
        for (level, widths, heights) in parts {
            let (mut whole, mut sum, mut y) = (0.0, 0.0, crop.y);
            for &height in heights {
                let mut x = crop.x;
                for &width in widths {
                    let region = Rect {
                        x,
                        y,
                        width,
                        height,
                    };
                    let evidence = explain_region(&maps, crop, &lungs, region).expect("inside");
                    assert_eq!(evidence.level, level, "{region:?}");
                    sum += evidence.contribution;
                    whole = evidence.level_contribution;
                    x += width as i32;
                }
                y += height as i32;
            }
            assert!((sum - whole).abs() < 1e-4, "level {level}: {sum}, {whole}");
            summed += sum;
        }
        let logit = logits[class];
        assert!((summed - logit).abs() < 1e-3, "{summed} and {logit}");
    }
}
