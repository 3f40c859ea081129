//! The wgpu path against the CPU, on software Vulkan where the machine has it: shaders, not speed.

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor};

use super::GpuNetwork;
use super::testing::adapter;
use crate::checkpoint::{Precision, from_bytes, to_bytes};
use crate::grad_cam::all_class_maps;
use crate::model::NetworkConfig;

#[test]
fn wgpu_gives_the_logits_of_the_cpu() {
    let Some(gpu) = adapter() else { return };
    let cpu = Device::flex();
    let config = NetworkConfig::new().with_pyramid_width(32);
    cpu.seed(5);
    let on_cpu = config.init(&cpu).valid();
    let bytes = to_bytes(&on_cpu, Precision::Full).expect("bytes");
    let mut on_gpu = config.init(&gpu);
    from_bytes(&mut on_gpu, bytes, std::path::Path::new("memory")).expect("loads");
    let on_gpu = on_gpu.valid();

    let x = Tensor::<4>::random([2, 1, 64, 64], Distribution::Normal(0.0, 1.0), &cpu);
    let data = x.clone().into_data();
    let expected = read(on_cpu.forward(x).logits);
    let largest = expected.iter().map(|v| v.abs()).fold(1.0, f32::max);
    for network in [&on_gpu, &on_gpu.folded()] {
        let x = Tensor::from_data(data.clone(), &gpu);
        let began = std::time::Instant::now();
        let given = read(network.forward(x).logits);
        println!("{:.2} s", began.elapsed().as_secs_f64());
        for (a, b) in given.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-3 * largest, "{given:?} and {expected:?}");
        }
    }
}

#[test]
fn our_kernel_gives_what_burn_gives_alone_and_in_batches() {
    let Some(gpu) = adapter() else { return };
    let cpu = Device::flex();
    cpu.seed(6);
    // 36 outputs of the laterals: tiles that are not full. 264: more fours than a workgroup has units.
    for (width, batch, side) in [(36, 1, 64), (36, 3, 96), (264, 1, 32)] {
        let config = NetworkConfig::new().with_pyramid_width(width);
        let on_cpu = config.init(&cpu).valid();
        let on_gpu = GpuNetwork::new(&on_cpu.clone().to_device(&gpu)).expect("a network");
        let shape = [batch, 1, side, side];
        let x = Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &cpu);
        let expected = on_cpu.forward(x.clone());
        let began = std::time::Instant::now();
        let found = on_gpu.evidence(&read(x), side).expect("evidence");
        println!("{:.2} s", began.elapsed().as_secs_f64());
        assert_eq!(found.len(), batch);
        let maps = all_class_maps(&expected.levels, &on_cpu.head.weights());
        for (slice, found) in found.iter().enumerate() {
            let one = slice..slice + 1;
            near(&found.logits, expected.logits.clone().slice([one.clone()]));
            near(&found.pooled, expected.pooled.clone().slice([one.clone()]));
            for (class, levels) in found.maps.iter().enumerate() {
                for (found, expected) in levels.iter().zip(&maps) {
                    let of_class = [one.clone(), class..class + 1];
                    near(&found.values, expected.clone().slice(of_class));
                }
            }
        }
    }
}

#[test]
fn networks_that_our_kernel_has_not_are_refused() {
    let Some(gpu) = adapter() else { return };
    for config in [
        NetworkConfig::new().with_pyramid_width(30),
        NetworkConfig::new().with_levels(1),
    ] {
        assert!(
            GpuNetwork::new(&config.init(&gpu).valid()).is_err(),
            "{config:?}"
        );
    }
}

fn near<const D: usize>(found: &[f32], expected: Tensor<D>) {
    let expected = read(expected);
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().map(|v| v.abs()).fold(1e-3, f32::max);
    for (index, (a, b)) in found.iter().zip(&expected).enumerate() {
        assert!((a - b).abs() < 1e-4 * largest, "{index}: {a} and {b}");
    }
}

fn read<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.try_into_vec_as::<f32>().expect("numbers")
}
