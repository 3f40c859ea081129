//! Networks that have learned already: what they make of a sight is taught beside its label. Their probabilities tell more
//! than the one class of a label, such as which slices are hard (Hinton et al. 2015, arXiv 1503.02531).

use burn::module::Module;
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};
use lungsight_network::input::{Normalisation, to_tensor};
use lungsight_network::manifest::Manifest;
use lungsight_network::{Network, read_network};

use crate::augment::Look;
use crate::say::say;
use crate::settings::Settings;
use crate::sights::Sight;
use crate::split::Split;

/// All that teach a run.
#[derive(Debug, Default)]
pub(crate) struct Teachers(Vec<Teacher>);

/// One of them; it learns nothing itself.
#[derive(Debug)]
struct Teacher {
    network: Network,
    side: usize,
    normalisation: Normalisation,
    temperature: f32,
}

impl Teachers {
    /// Those of the settings, on a device; none where there are none.
    ///
    /// # Errors
    /// Names the weights folder that can't be read, has other classes or learned from another split.
    pub fn read(settings: &Settings, device: &Device) -> Result<Self, String> {
        if !settings.teachers.is_empty() && settings.look != Look::Masked {
            return Err(
                "--teacher: weights folders know lungs alone; --look must be masked".into(),
            );
        }
        let mut teachers = Self::default();
        for folder in &settings.teachers {
            let (manifest, network) = read_network(folder, device).map_err(|e| e.to_string())?;
            Split::of_weights(&settings.split, &manifest)?;
            say(format_args!("taught by {}", manifest.title()));
            teachers.add(&manifest, &network);
        }
        Ok(teachers)
    }

    /// One more.
    pub fn add(&mut self, manifest: &Manifest, network: &Network) {
        self.0.push(Teacher {
            network: network.valid().folded(),
            side: manifest.input_side,
            normalisation: manifest.normalisation,
            temperature: manifest.temperature,
        });
    }

    /// The mean of their probabilities for every sight, in full precision, which no gradient follows; `None` without any.
    ///
    /// # Shapes
    /// `n` sights → `[n, classes]`
    pub fn opinion(&self, sights: &[Sight], device: &Device) -> Option<Tensor<2>> {
        let (first, others) = self.0.split_first()?;
        let opinion = |teacher: &Teacher, x: Tensor<4>| {
            let logits = teacher.network.forward(x).logits;
            softmax(logits.div_scalar(teacher.temperature), 1)
        };
        let mut x = first.see(sights, device);
        let mut sum = opinion(first, x.clone());
        let mut before = first;
        for teacher in others {
            // Most see the same.
            if !teacher.sees_as(before) {
                x = teacher.see(sights, device);
            }
            sum = sum + opinion(teacher, x.clone());
            before = teacher;
        }
        Some(sum.div_scalar(self.0.len() as f32))
    }
}

impl Teacher {
    fn see(&self, sights: &[Sight], device: &Device) -> Tensor<4> {
        let inputs = sights.iter().map(|sight| sight.input.as_slice());
        to_tensor(inputs, self.normalisation, self.side, device)
    }

    fn sees_as(&self, other: &Self) -> bool {
        (self.side, self.normalisation) == (other.side, other.normalisation)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use lungsight_imaging::{Class, INPUT_SIDE};
    use lungsight_network::input::IMAGENET_GREY;
    use lungsight_network::{NetworkConfig, PatientRule};

    use super::*;

    /// Of a network that sees `side`² pixels.
    pub fn manifest(side: usize, temperature: f32) -> Manifest {
        Manifest {
            name: "random".into(),
            weights: "network.safetensors".into(),
            sha256: "0".repeat(64),
            classes: Class::ALL.to_vec(),
            input_side: side,
            normalisation: IMAGENET_GREY,
            pyramid_width: 8,
            temperature,
            patient_rule: PatientRule::Mean,
            limits: None,
            commit: "unknown".into(),
            split_sha256: None,
            reference: Vec::new(),
        }
    }

    fn sight(seed: usize) -> Sight {
        let grey = |i: usize| (i * (seed + 3) / 97 % 251) as u8;
        Sight {
            input: (0..INPUT_SIDE * INPUT_SIDE).map(grey).collect(),
            target: Class::Healthy.into(),
            lesion: None,
        }
    }

    #[test]
    fn the_opinion_is_the_mean_of_what_each_thinks_at_its_own_side_and_temperature() {
        let device = lungsight_network::device::cpu().device;
        let sights = [sight(1), sight(2)];
        let values = |x: Tensor<2>| x.into_data().iter::<f32>().collect::<Vec<_>>();
        let opinion =
            |teachers: &Teachers| values(teachers.opinion(&sights, &device).expect("some teach"));
        assert!(Teachers::default().opinion(&sights, &device).is_none());

        let mut all = Teachers::default();
        let mut mean = [0.0; 6];
        for (side, temperature) in [(64, 0.5), (64, 2.0), (96, 1.0)] {
            let network = NetworkConfig::new().with_pyramid_width(8).init(&device);
            let mut alone = Teachers::default();
            alone.add(&manifest(side, temperature), &network);
            all.add(&manifest(side, temperature), &network);

            let inputs = sights.iter().map(|sight| sight.input.as_slice());
            let x = to_tensor(inputs, IMAGENET_GREY, side, &device);
            let logits = values(network.valid().forward(x).logits);
            let exps: Vec<f32> = logits.iter().map(|l| (l / temperature).exp()).collect();
            for (i, found) in opinion(&alone).into_iter().enumerate() {
                let sum: f32 = exps[i / 3 * 3..][..3].iter().sum();
                let expected = exps[i] / sum;
                assert!((found - expected).abs() < 1e-3, "{found} and {expected}");
                mean[i] += expected / 3.0;
            }
        }
        for (found, expected) in opinion(&all).into_iter().zip(mean) {
            assert!((found - expected).abs() < 1e-3, "{found} and {expected}");
        }
    }
}
