//! The forward pass on the CPU, with and without the maps that explain it. Random weights: time does not depend on them.

use std::hint::black_box;
use std::time::Duration;

use burn::module::Module;
use burn::tensor::{Distribution, Tensor};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lungsight_imaging::INPUT_SIDE;
use lungsight_network::grad_cam::all_class_maps;
use lungsight_network::{NetworkConfig, device};

fn forward(criterion: &mut Criterion) {
    let device = device::cpu().device;
    let network = NetworkConfig::new().init(&device).valid();
    let mut group = criterion.benchmark_group("network on Flex, 256×256");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(15));
    for batch in [1, 8] {
        let shape = [batch, 1, INPUT_SIDE, INPUT_SIDE];
        let x = Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(BenchmarkId::new("logits", batch), |bencher| {
            bencher.iter(|| black_box(network.forward(x.clone()).logits.into_data()));
        });
        group.bench_function(BenchmarkId::new("logits and heatmaps", batch), |bencher| {
            bencher.iter(|| {
                let features = network.forward(x.clone());
                let maps = all_class_maps(&features.levels, &network.head.weights());
                let maps: Vec<_> = maps.into_iter().map(Tensor::into_data).collect();
                black_box((features.logits.into_data(), maps))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, forward);
criterion_main!(benches);
