//! The forward pass on the CPU, with and without the maps that explain it, beside Burn's own backend. Random weights: time
//! does not depend on them.

use std::hint::black_box;
use std::time::Duration;

use burn::module::Module;
use burn::tensor::{Distribution, Tensor};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lungsight_imaging::INPUT_SIDE;
use lungsight_network::grad_cam::shown;
use lungsight_network::{CpuNetwork, NetworkConfig, device};

fn forward(criterion: &mut Criterion) {
    let device = device::cpu().device;
    let network = NetworkConfig::new().init(&device).valid();
    let on_cpu = CpuNetwork::new(&network).expect("weights");
    let mut group = criterion.benchmark_group("network, 256×256");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(10));
    for batch in [1, 8, 32] {
        let shape = [batch, 1, INPUT_SIDE, INPUT_SIDE];
        let x = Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let values = x.to_data().try_into_vec::<f32>().expect("values");
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(BenchmarkId::new("logits", batch), |bencher| {
            bencher.iter(|| black_box(on_cpu.forward(values.clone(), INPUT_SIDE)));
        });
        group.bench_function(BenchmarkId::new("logits and heatmaps", batch), |bencher| {
            bencher.iter(|| {
                let features = on_cpu.forward(values.clone(), INPUT_SIDE);
                for slice in 0..batch {
                    for levels in &on_cpu.evidence(&features, slice).maps {
                        black_box(shown(levels));
                    }
                }
            });
        });
        if batch == 1 {
            group.bench_function(BenchmarkId::new("logits on Flex", batch), |bencher| {
                bencher.iter(|| black_box(network.forward(x.clone()).logits.into_data()));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, forward);
criterion_main!(benches);
