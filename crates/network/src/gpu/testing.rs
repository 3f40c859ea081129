//! What the tests of the kernels share.

use burn::tensor::{Device, DeviceType, Distribution, Tensor};

/// Any adapter, a software one too, which the real product never takes; the tests are passed over without one, unless
/// `LUNGSIGHT_TEST_GPU` says that there is one.
pub(super) fn adapter() -> Option<Device> {
    let listed = std::panic::catch_unwind(|| Device::enumerate(DeviceType::Wgpu).into_vec());
    let found = listed.unwrap_or_default().into_iter().next();
    if found.is_none() {
        let promised = std::env::var_os("LUNGSIGHT_TEST_GPU").is_some();
        assert!(!promised, "wgpu finds no adapter");
        println!("skipped: wgpu finds no adapter");
    }
    found
}

pub(super) fn noise(shape: [usize; 4]) -> Tensor<4> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex())
}

/// Channels last.
pub(super) fn last(x: Tensor<4>) -> Tensor<4> {
    x.permute([0, 2, 3, 1])
}

pub(super) fn assert_near(found: Tensor<4>, expected: Tensor<4>, what: &str) {
    assert_eq!(found.dims(), expected.dims(), "{what}");
    let read = |x: Tensor<4>| x.try_into_vec_as::<f32>().expect("numbers");
    for (found, expected) in read(found).into_iter().zip(read(expected)) {
        assert!(
            (found - expected).abs() < 1e-4,
            "{what}: {found}, not {expected}"
        );
    }
}
