//! Sizes on the way through the network, and every convolution's output.

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor};
use lungsight_network::feature_maps::feature_maps;
use lungsight_network::{Network, NetworkConfig};

#[test]
fn every_convolution_is_shown_with_its_size() {
    let device = Device::flex();
    let network = NetworkConfig::new().init(&device).valid();
    let x = Tensor::<4>::random([1, 1, 256, 256], Distribution::Normal(0.0, 1.0), &device);
    let layers = feature_maps(&network, x).expect("layers").0;

    // Stem, four stages of two blocks of two convolutions, three projections, three laterals.
    assert_eq!(layers.len(), 1 + 16 + 3 + 3);
    let size = |name: &str| {
        let layer = layers.iter().find(|layer| layer.name == name).expect(name);
        assert_eq!(
            layer.values.len(),
            layer.channels * layer.height * layer.width
        );
        assert!(layer.values.iter().all(|v| v.is_finite()));
        (layer.channels, layer.height, layer.width)
    };
    assert_eq!(size("conv1"), (64, 128, 128));
    assert_eq!(size("layer1.1.conv2"), (64, 64, 64));
    assert_eq!(size("layer2.0.downsample"), (128, 32, 32));
    assert_eq!(size("layer3.0.conv1"), (256, 16, 16));
    assert_eq!(size("layer4.1.conv2"), (512, 8, 8));
    assert_eq!(size("lateral2"), (128, 32, 32));
    assert_eq!(size("lateral4"), (128, 8, 8));
}

#[test]
fn a_batch_gives_what_its_slices_give_alone() {
    let device = Device::flex();
    let network = NetworkConfig::new().init(&device).valid();
    let x = Tensor::<4>::random([3, 1, 64, 64], Distribution::Normal(0.0, 1.0), &device);
    let values = |x: Tensor<4>| {
        network
            .forward(x)
            .logits
            .try_into_vec_as::<f32>()
            .expect("logits")
    };
    let together = values(x.clone());
    let alone: Vec<f32> = (0..3)
        .flat_map(|i| values(x.clone().narrow(0, i, 1)))
        .collect();
    for (a, b) in together.iter().zip(&alone) {
        assert!((a - b).abs() < 1e-4, "{together:?} and {alone:?}");
    }
}

#[test]
fn behind_the_trunk_of_another_network_only_what_follows_is_its_own() {
    let device = Device::flex();
    let init = || NetworkConfig::new().init(&device).valid();
    let (own, other) = (init(), init());
    let x = Tensor::<4>::random([1, 1, 64, 64], Distribution::Normal(0.0, 1.0), &device);
    let layers = |network: &Network| feature_maps(network, x.clone()).expect("layers").0;
    let joined = layers(&own.behind(other.clone()));
    for (joined, other) in joined.iter().zip(layers(&other)) {
        let is_own = ["layer4", "lateral"]
            .iter()
            .any(|part| joined.name.starts_with(part));
        assert_eq!(joined.values != other.values, is_own, "{}", joined.name);
    }
}
