//! Running statistics of batch norms, estimated anew. Those of two networks say nothing of their mean's feature maps: averaged
//! with the weights they are off (Izmailov et al. 2018, arXiv 1803.05407; Jordan et al. 2022, arXiv 2211.08403).

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use lungsight_network::Network;
use lungsight_network::input::to_tensor;
use lungsight_network::model::ConvolutionName;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::augment::plain;
use crate::manifest::Row;
use crate::prepare::{Prepared, progress};
use crate::settings::{Frozen, Settings};
use crate::sights::sampler;
use crate::step::stage1;
use crate::targets::Teaching;

/// Batches of training slices that they are estimated by.
pub const BATCHES: usize = 94;

/// By slices of the training part as they are, drawn as the run drew them. What is `frozen` keeps its statistics.
pub(crate) fn by_training_slices(
    network: Network,
    training: &[Prepared],
    settings: &Settings,
    frozen: Frozen,
    device: &Device,
) -> Network {
    let rows: Vec<Row> = training.iter().map(|slice| slice.row.clone()).collect();
    let teaching = Teaching::of(&rows, settings.hide_tied);
    let sampler = sampler(training, &rows, &teaching, settings.balance_names);
    let mut rng = StdRng::seed_from_u64(settings.seed);
    let picks = sampler.epoch(BATCHES * settings.batch, &mut rng);
    let bar = progress(BATCHES as u64, "estimating the batch norms' statistics");
    let batches = picks.chunks(settings.batch).map(|picks| {
        bar.inc(1);
        let inputs = picks
            .iter()
            .map(|&pick| plain(&training[pick], settings.look));
        let side = settings.schedule.last_side();
        to_tensor(inputs, settings.normalisation(), side, device)
    });
    let network = estimated(network, batches, frozen, device);
    bar.finish_and_clear();
    network
}

/// Mean and variance of every channel before a batch norm, summed over batches.
struct Sums {
    convolution: ConvolutionName,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

/// The same network with the means over `batches` (each weighs 1/n) of what every batch norm meets in training, where it goes by
/// its batch's own statistics. Those of what is frozen stay.
fn estimated(
    mut network: Network,
    batches: impl Iterator<Item = Tensor<4>>,
    frozen: Frozen,
    device: &Device,
) -> Network {
    let learning = network.clone().train();
    let mut sums: Vec<Sums> = Vec::new();
    let mut count = 0usize;
    for x in batches {
        count += 1;
        let mut observe = |convolution: ConvolutionName, output: &Tensor<4>| {
            // Nothing is normalised behind these.
            if matches!(convolution, ConvolutionName::Lateral(_)) {
                return;
            }
            let [mean, variance] = moments(output.clone());
            match sums.iter_mut().find(|sums| sums.convolution == convolution) {
                Some(sums) => {
                    add(&mut sums.mean, &mean);
                    add(&mut sums.variance, &variance);
                }
                None => sums.push(Sums {
                    convolution,
                    mean,
                    variance,
                }),
            }
        };
        let stage1 = stage1(&learning, &network, x, frozen, &mut observe);
        let features = learning.forward_after_stage1(stage1, &mut observe);
        // No gradient is wanted; without it what it would need is kept of every batch, gigabytes of each.
        drop(features.logits.sum().backward());
    }
    for Sums {
        convolution,
        mean,
        variance,
    } in sums
    {
        let [mean, variance] = [mean, variance].map(|sum| {
            let means: Vec<f32> = sum.iter().map(|sum| (sum / count as f64) as f32).collect();
            let channels = means.len();
            Tensor::<1>::from_data(TensorData::new(means, [channels]), device)
        });
        network.set_statistics(convolution, mean, variance);
    }
    network
}

/// Mean and variance of every channel; as Burn has it, without Bessel's correction.
fn moments(output: Tensor<4>) -> [Vec<f64>; 2] {
    let output = output.without_autodiff();
    let [batch, channels, height, width] = output.dims();
    let flat: Tensor<2> = output
        .swap_dims(0, 1)
        .reshape([channels, batch * height * width]);
    let (variance, mean) = flat.var_mean_bias(1);
    [mean, variance].map(|tensor| {
        let values = tensor.into_data();
        values.iter::<f32>().map(f64::from).collect()
    })
}

fn add(sums: &mut [f64], values: &[f64]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;
    use lungsight_network::checkpoint::{Precision, to_bytes};
    use lungsight_network::{NetworkConfig, device};
    use safetensors::SafeTensors;

    use super::*;

    fn network(device: &Device) -> Network {
        device.seed(7);
        let config = NetworkConfig::new().with_pyramid_width(4).with_dropout(0.0);
        config.init(device).valid()
    }

    fn noise(device: &Device) -> Tensor<4> {
        Tensor::random([6, 1, 64, 64], Distribution::Normal(0.5, 1.0), device)
    }

    fn furthest(one: Tensor<2>, other: Tensor<2>) -> f32 {
        (one - other).abs().max().into_scalar::<f32>()
    }

    #[test]
    fn by_one_batch_it_is_served_what_it_learns_from() {
        let device = device::cpu().device;
        let network = network(&device);
        let x = noise(&device);
        let learning = network.clone().train();
        let learned = learning.forward(x.clone().autodiff()).logits;
        let learned = learned.without_autodiff();
        let before = network.forward(x.clone()).logits;
        let batches = std::iter::once(x.clone());
        let estimated = estimated(network, batches, Frozen::None, &device);
        let after = estimated.forward(x).logits;
        assert!(furthest(before, learned.clone()) > 0.01, "it was off");
        let off = furthest(after, learned);
        assert!(off < 1e-3, "{off}");
    }

    #[test]
    fn every_batch_weighs_as_much() {
        let device = device::cpu().device;
        let network = network(&device);
        let x = noise(&device);
        let once = std::iter::once(x.clone());
        let [one, three] = [
            estimated(network.clone(), once, Frozen::None, &device),
            estimated(
                network,
                std::iter::repeat_n(x.clone(), 3),
                Frozen::None,
                &device,
            ),
        ];
        let off = furthest(one.forward(x.clone()).logits, three.forward(x).logits);
        assert!(off < 1e-4, "{off}");
    }

    #[test]
    fn what_is_frozen_keeps_its_statistics() {
        let device = device::cpu().device;
        let network = network(&device);
        let before = to_bytes(&network, Precision::Full).expect("bytes");
        let batches = std::iter::once(noise(&device));
        let after = estimated(network, batches, Frozen::Stage1, &device);
        let after = to_bytes(&after, Precision::Full).expect("bytes");
        let [before, after] =
            [&before, &after].map(|bytes| SafeTensors::deserialize(bytes).expect("tensors"));
        let mut changed = 0;
        for (name, tensor) in before.tensors() {
            let same = after.tensor(&name).expect("the same names").data() == tensor.data();
            let moves = name.contains("running")
                && ["layer2", "layer3", "layer4"]
                    .iter()
                    .any(|stage| name.contains(stage));
            assert_eq!(same, !moves, "{name}");
            changed += usize::from(!same);
        }
        assert_eq!(changed, 2 * 15, "five batch norms in each of three stages");
    }
}
