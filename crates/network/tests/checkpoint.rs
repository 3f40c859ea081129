//! Weights to bytes and back; files that are not weights.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor};
use lungsight_network::checkpoint::{Precision, from_bytes, to_bytes};
use lungsight_network::{LoadError, Network, NetworkConfig};

fn logits(network: &Network, x: &Tensor<4>) -> Vec<f32> {
    let logits = network.clone().valid().forward(x.clone()).logits;
    logits.try_into_vec_as::<f32>().expect("logits")
}

fn config() -> NetworkConfig {
    NetworkConfig::new().with_pyramid_width(16)
}

#[test]
fn full_precision_is_exact_and_half_is_close_and_small() {
    let device = Device::flex();
    let network = config().init(&device);
    let x = Tensor::<4>::random([2, 1, 64, 64], Distribution::Normal(0.0, 1.0), &device);
    let expected = logits(&network, &x);
    let largest = expected.iter().map(|v| v.abs()).fold(0.0, f32::max);
    for (precision, tolerance, megabytes) in
        [(Precision::Full, 0.0, 48), (Precision::Half, 2e-2, 24)]
    {
        let bytes = to_bytes(&network, precision).expect("bytes");
        assert!(
            bytes.len() < megabytes << 20,
            "{precision:?}: {} bytes",
            bytes.len()
        );
        assert_eq!(
            to_bytes(&network, precision).expect("bytes"),
            bytes,
            "the same weights, the same bytes"
        );
        let mut other = config().init(&device);
        assert_ne!(logits(&other, &x), expected);
        from_bytes(&mut other, bytes, Path::new("x")).expect("loads");
        for (a, b) in logits(&other, &x).iter().zip(&expected) {
            assert!(
                (a - b).abs() <= tolerance * largest,
                "{precision:?}: {a} and {b}"
            );
        }
    }
}

#[test]
fn other_files_are_refused_with_the_reason() {
    let device = Device::flex();
    let whole = to_bytes(&config().init(&device), Precision::Half).expect("bytes");
    let other_width = NetworkConfig::new().with_pyramid_width(32).init(&device);
    let other_width = to_bytes(&other_width, Precision::Half).expect("bytes");
    let mut forged = whole.clone();
    forged[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    for (what, bytes) in [
        ("empty", Vec::new()),
        ("text", b"these are no weights".to_vec()),
        ("truncated", whole[..whole.len() / 2].to_vec()),
        ("forged length", forged),
        ("other width", other_width),
    ] {
        let mut network = config().init(&device);
        let result = from_bytes(&mut network, bytes, Path::new("weights/x.safetensors"));
        let Err(error @ LoadError::Weights { .. }) = result else {
            panic!("{what}: {result:?}");
        };
        assert!(
            error.to_string().contains("x.safetensors"),
            "{what}: {error}"
        );
    }
}
