//! Where lesions lie, learned beside the classes. Every cell of the finest pyramid level is asked by a 1×1 convolution
//! whether a lesion lies there, and held to what radiologists drew: on their own slices, on healthy ones that lesions were
//! put into, and, where the answer is "nowhere", on all healthy slices. It shapes the pyramid's features by lesions, not by
//! the look of a source, and is thrown away after training (deep supervision: Lee et al. 2015, arXiv 1409.5185).

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::log_sigmoid;
use burn::tensor::{DType, Device, Tensor};
use lungsight_network::Network;
use lungsight_network::input::{Normalisation, to_tensor};

use crate::settings::Settings;
use crate::sights::Sight;

/// Keeps a batch without lesions from dividing by nothing.
const EPSILON: f32 = 1e-3;

/// 0 stays 0, 255 becomes 1.
const SHARES: Normalisation = Normalisation {
    outside: 0,
    mean: 0.0,
    std: 1.0,
};

/// What learns: the network, and what tells lesions from sound lung as long as it does.
#[derive(Module, Debug)]
pub(crate) struct Learner {
    pub network: Network,
    places: Option<Conv2d>,
}

impl Learner {
    /// `network`, with the cells asked where the settings want it.
    pub fn of(network: Network, settings: &Settings, device: &Device) -> Self {
        let cells = Conv2dConfig::new([settings.pyramid_width, 1], [1, 1]);
        Self {
            network,
            places: (settings.locate > 0.0).then(|| cells.init(device)),
        }
    }

    /// How far the cells are from what is known: the mean over lesion and the mean over sound lung, in equal parts; `None`
    /// where nothing is asked.
    ///
    /// # Shapes
    /// `level`: `[batch, width, h, w]` → `[1]`
    pub fn places_loss(&self, level: Tensor<4>, known: &Known) -> Option<Tensor<1>> {
        let logits = self.places.as_ref()?.forward(level.cast(DType::F32));
        let [_, _, side, _] = logits.dims();
        let (lesion, sound) = known.cells(side, &logits.device());
        let mean = |values: Tensor<4>, weights: Tensor<4>| {
            (values * weights.clone()).sum() / (weights.sum() + EPSILON)
        };
        let of_lesion = mean(log_sigmoid(logits.clone()), lesion);
        let of_sound = mean(log_sigmoid(logits.neg()), sound);
        Some((of_lesion + of_sound).mul_scalar(-0.5))
    }
}

/// What is known of where lesions lie in the inputs of a batch, `INPUT_SIDE²` bytes each, 255 or 0.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Lesion.
    lesion: Vec<Vec<u8>>,
    /// Lung without one; neither where nobody has looked.
    sound: Vec<Vec<u8>>,
}

impl Known {
    /// Of the inputs of a batch.
    pub fn of(sights: &[Sight]) -> Self {
        let mut known = Self::default();
        for sight in sights {
            known.push(&sight.input, sight.lesion.as_deref());
        }
        known
    }

    fn push(&mut self, input: &[u8], lesion: Option<&[u8]>) {
        let mark = |is: bool| if is { 255 } else { 0 };
        let (ill, sound) = match lesion {
            None => (vec![0; input.len()], vec![0; input.len()]),
            Some(lesion) => input
                .iter()
                .zip(lesion)
                .map(|(&grey, &lesion)| {
                    let lung = grey > 0;
                    (mark(lung && lesion > 0), mark(lung && lesion == 0))
                })
                .unzip(),
        };
        self.lesion.push(ill);
        self.sound.push(sound);
    }

    /// Shares of every cell: `[batch, 1, side, side]`, twice.
    fn cells(&self, side: usize, device: &Device) -> (Tensor<4>, Tensor<4>) {
        let shares =
            |planes: &[Vec<u8>]| to_tensor(planes.iter().map(Vec::as_slice), SHARES, side, device);
        (shares(&self.lesion), shares(&self.sound))
    }
}

#[cfg(test)]
mod tests {
    use lungsight_imaging::INPUT_SIDE;
    use lungsight_network::{NetworkConfig, device};

    use super::*;

    const AREA: usize = INPUT_SIDE * INPUT_SIDE;

    fn left(index: usize) -> bool {
        index % INPUT_SIDE < INPUT_SIDE / 2
    }

    #[test]
    fn only_lungs_that_somebody_looked_at_count() {
        let device = device::cpu().device;
        let lungs: Vec<u8> = (0..AREA).map(|i| u8::from(left(i))).collect();
        let mut known = Known::default();
        known.push(&lungs, Some(&vec![1; AREA]));
        known.push(&lungs, Some(&vec![0; AREA]));
        known.push(&lungs, None);
        let (lesion, sound) = known.cells(2, &device);
        let values = |x: Tensor<4>| x.into_data().iter::<f32>().collect::<Vec<_>>();
        let half = [1.0, 0.0, 1.0, 0.0];
        let none = [0.0; 4];
        assert_eq!(values(lesion), [half, none, none].concat());
        assert_eq!(values(sound), [none, half, none].concat());
    }

    #[test]
    fn cells_that_are_right_lose_less() {
        let device = device::cpu().device;
        let network = NetworkConfig::new().with_pyramid_width(1).init(&device);
        let mut cells = Conv2dConfig::new([1, 1], [1, 1]).init(&device);
        let one = |value: f32| Tensor::<4>::from_data([[[[value]]]], &device);
        cells.weight = cells.weight.map(|_| one(8.0));
        cells.bias = cells.bias.map(|bias| bias.map(|b| b * 0.0 - 4.0));
        let learner = Learner {
            network,
            places: Some(cells),
        };
        let mut known = Known::default();
        let lesion: Vec<u8> = (0..AREA).map(|i| u8::from(left(i))).collect();
        known.push(&vec![1; AREA], Some(&lesion));
        let loss = |right: f32, wrong: f32| {
            let level = Tensor::<4>::from_data([[[[right, wrong], [right, wrong]]]], &device);
            let loss = learner.places_loss(level, &known).expect("is asked");
            loss.into_scalar::<f32>()
        };
        assert!(loss(1.0, 0.0) < 0.05, "{}", loss(1.0, 0.0));
        assert!(loss(0.0, 1.0) > 3.0, "{}", loss(0.0, 1.0));
    }
}
