//! A running average of the weights: flatter minima, steadier figures (Izmailov et al. 2018, arXiv 1803.05407; as an
//! exponential average, Tarvainen and Valpola 2017, arXiv 1703.01780).

use std::path::Path;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;
use lungsight_network::Network;
use lungsight_network::checkpoint::{Precision, from_bytes, to_bytes};
use safetensors::SafeTensors;

/// The averaged network (EMA of the weights), batch-norm statistics included, where the network itself is: a GPU is not waited for.
#[derive(Debug, Default)]
pub struct Average {
    network: Option<Network>,
    folded: usize,
}

/// How much of the average stays when new weights are folded in; less in the beginning.
pub const KEPT: f32 = 0.9;

impl Average {
    /// Folds the network's present weights in.
    pub fn fold(&mut self, network: &Network) {
        let new = network.valid();
        let kept = KEPT.min(self.folded as f32 / (self.folded + 2) as f32);
        self.network = Some(match self.network.take() {
            None => new,
            Some(average) => {
                let mut tensors = Tensors::default();
                new.visit(&mut tensors);
                let mut blend = Blend {
                    kept,
                    new: tensors.0.into_iter(),
                };
                average.map(&mut blend)
            }
        });
        self.folded += 1;
    }

    /// As a safetensors file of the network.
    ///
    /// # Errors
    /// When nothing has been folded in, or a tensor can't be read from the device.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        self.naming("folded", self.folded)
    }

    /// As [`to_bytes`](Self::to_bytes), naming the epoch after which it was so, counted from 1, instead of what going on needs.
    ///
    /// # Errors
    /// As there.
    pub fn to_bytes_of_epoch(&self, epoch: usize) -> Result<Vec<u8>, String> {
        self.naming(EPOCH, epoch)
    }

    /// With one number beside the tensors: several would be written in any order.
    fn naming(&self, name: &str, number: usize) -> Result<Vec<u8>, String> {
        let bytes = to_bytes(self.network()?, Precision::Full)?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|reason| reason.to_string())?;
        let metadata = [(name.to_owned(), number.to_string())].into();
        safetensors::serialize(tensors.tensors(), Some(metadata))
            .map_err(|reason| reason.to_string())
    }

    /// From [`Average::to_bytes`]; `pattern` is a network of the same build, on the device to use.
    ///
    /// # Errors
    /// When the file is truncated or holds something else.
    pub fn from_bytes(bytes: Vec<u8>, pattern: &Network) -> Result<Self, String> {
        let folded = number(&bytes, "folded")?.ok_or("no count of folded weights")?;
        // Without the gradients, and with batch-norm statistics of its own.
        let mut network = pattern.valid();
        from_bytes(&mut network, bytes, Path::new("average")).map_err(|e| e.to_string())?;
        Ok(Self {
            network: Some(network),
            folded,
        })
    }

    /// The average.
    ///
    /// # Errors
    /// When nothing has been folded in.
    pub fn network(&self) -> Result<&Network, String> {
        self.network
            .as_ref()
            .ok_or_else(|| "no weights have been averaged".to_owned())
    }
}

/// The name of the number of the epoch in a file of weights.
const EPOCH: &str = "epoch";

/// The epoch that a file of [`Average::to_bytes_of_epoch`] names; `None` of one from before they did.
///
/// # Errors
/// When it is no safetensors file.
pub fn epoch_of(bytes: &[u8]) -> Result<Option<usize>, String> {
    number(bytes, EPOCH)
}

fn number(bytes: &[u8], name: &str) -> Result<Option<usize>, String> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| e.to_string())?;
    let names = header.metadata().as_ref();
    Ok(names.and_then(|names| names.get(name)?.parse().ok()))
}

/// Whether two networks have the same stem and stage 1, in half precision, as one has that went on from the other's file with both
/// frozen.
///
/// # Errors
/// When a network cannot be written.
pub fn same_stage1(one: &Network, other: &Network) -> Result<bool, String> {
    const EARLY: [&str; 3] = ["backbone.conv1.", "backbone.bn1.", "backbone.layer1."];
    let [one, other] = [one, other].map(|network| to_bytes(network, Precision::Half));
    let (one, other) = (one?, other?);
    let read = |bytes| SafeTensors::deserialize(bytes).map_err(|reason| reason.to_string());
    let (one, other) = (read(&one)?, read(&other)?);
    let mut early = one
        .iter()
        .filter(|(name, _)| EARLY.iter().any(|part| name.starts_with(part)));
    Ok(early.all(|(name, tensor)| {
        other
            .tensor(name)
            .is_ok_and(|same| same.data() == tensor.data())
    }))
}

/// Half of one network and half of another of the same build: where one was made from the other, their mean keeps more of what
/// both are good at than either (Wortsman et al. 2022, arXiv 2109.01903). Batch-norm statistics are averaged too, which suits
/// neither: they are to be estimated anew ([`crate::statistics`]).
pub fn mean(one: Network, other: &Network) -> Network {
    let mut tensors = Tensors::default();
    other.visit(&mut tensors);
    let mut blend = Blend {
        kept: 0.5,
        new: tensors.0.into_iter(),
    };
    one.map(&mut blend)
}

/// A network's tensors in the order in which it shows them, flat.
#[derive(Default)]
struct Tensors(Vec<Tensor<1>>);

impl ModuleVisitor for Tensors {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.0.push(parameter.val().reshape([-1]));
    }
}

/// Moves each tensor towards the next of the `new` ones.
struct Blend<I> {
    kept: f32,
    new: I,
}

impl<I: Iterator<Item = Tensor<1>>> ModuleMapper for Blend<I> {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(new) = self.new.next() else {
            return parameter;
        };
        let kept = self.kept;
        parameter.map(|average| {
            let new = new.reshape(average.dims());
            average.mul_scalar(kept) + new.mul_scalar(1.0 - kept)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lungsight_network::{NetworkConfig, device};

    fn network(seed: u64) -> Network {
        let device = device::cpu().device;
        device.seed(seed);
        NetworkConfig::new().with_pyramid_width(4).init(&device)
    }

    fn bytes(network: &Network) -> Vec<u8> {
        to_bytes(network, Precision::Full).expect("bytes")
    }

    #[test]
    fn a_stage_1_is_the_same_or_another() {
        let (one, other) = (network(1).valid(), network(2).valid());
        assert_eq!(same_stage1(&one, &one.clone()), Ok(true));
        assert_eq!(same_stage1(&one, &other), Ok(false));
    }

    #[test]
    fn the_mean_lies_between_two_networks() {
        let (one, other) = (network(1).valid(), network(2).valid());
        let same = mean(one.clone(), &one);
        assert_eq!(bytes(&same), bytes(&one));
        let between = mean(one.clone(), &other);
        let values = |network: &Network| {
            let mut tensors = Tensors::default();
            network.visit(&mut tensors);
            let of = |tensor: Tensor<1>| tensor.into_data().try_into_vec::<f32>().expect("floats");
            tensors.0.into_iter().flat_map(of).collect::<Vec<_>>()
        };
        let (one, other, between) = (values(&one), values(&other), values(&between));
        assert!(one != other);
        let expected = one
            .iter()
            .zip(&other)
            .map(|(one, other)| (one + other) / 2.0);
        assert!(
            expected
                .zip(between)
                .all(|(expected, mean)| (expected - mean).abs() < 1e-6),
        );
    }

    #[test]
    fn the_average_of_one_network_is_that_network_and_survives_the_disk() {
        let network = network(1);
        let mut average = Average::default();
        average.fold(&network);
        assert_eq!(bytes(average.network().expect("one")), bytes(&network));
        let file = average.to_bytes().expect("bytes");
        let read = Average::from_bytes(file.clone(), &network).expect("reads");
        assert_eq!(read.to_bytes().expect("bytes"), file);
        assert!(Average::from_bytes(file[..file.len() / 2].to_vec(), &network).is_err());
    }

    #[test]
    fn a_second_network_weighs_two_thirds_and_the_first_stays_as_it_was() {
        let (first, second) = (network(1), network(2));
        let before = bytes(&first);
        let mut average = Average::default();
        average.fold(&first);
        average.fold(&second);
        assert_eq!(bytes(&first), before);
        let values = |network: &Network| -> Vec<f32> {
            let mut tensors = Tensors::default();
            network.visit(&mut tensors);
            let read = |tensor: Tensor<1>| tensor.into_data().iter::<f32>().collect::<Vec<_>>();
            tensors.0.into_iter().flat_map(read).collect()
        };
        let blended = values(average.network().expect("two"));
        let pairs = values(&first).into_iter().zip(values(&second));
        let mut apart = 0.0_f32;
        for (blended, (one, other)) in blended.into_iter().zip(pairs) {
            apart = apart.max((one - other).abs());
            let expected = one / 3.0 + other * (2.0 / 3.0);
            assert!((blended - expected).abs() < 1e-5, "{blended} {expected}");
        }
        assert!(apart > 0.01, "one network twice");
    }
}
