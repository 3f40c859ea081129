//! The time of one 512×512 slice: all six steps, and the network's input.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use lungsight_imaging::{
    Finding, Limits, PhantomOptions, SegmentOptions, Slice, Step, decode, network_input, phantom,
    segment,
};

/// A real slice where `LUNGSIGHT_SLICE` names one, a phantom otherwise.
fn slice() -> Slice {
    match std::env::var_os("LUNGSIGHT_SLICE") {
        Some(path) => {
            let bytes = std::fs::read(path).expect("LUNGSIGHT_SLICE can be read");
            decode(&bytes, &Limits::default()).expect("LUNGSIGHT_SLICE can be decoded")
        }
        None => {
            let options = PhantomOptions {
                finding: Finding::PleuralConsolidation,
                ..PhantomOptions::default()
            };
            phantom(&options).slice
        }
    }
}

fn benches(criterion: &mut Criterion) {
    let slice = slice();
    let options = SegmentOptions::default();
    criterion.bench_function("segment", |bencher| {
        bencher.iter(|| segment(black_box(&slice), &options));
    });
    criterion.bench_function("segment and superimpose", |bencher| {
        bencher.iter(|| segment(black_box(&slice), &options).picture(Step::Superimpose));
    });
    let segmentation = segment(&slice, &options);
    let lungs = segmentation.lungs().expect("the slice has lungs");
    criterion.bench_function("network input", |bencher| {
        bencher.iter(|| network_input(black_box(&slice), lungs));
    });
}

criterion_group!(all, benches);
criterion_main!(all);
