//! Inputs → classes with heatmaps, on a device that has proved itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use lungsight_imaging::{Class, NetworkInput, Probabilities};
use rayon::prelude::*;

use crate::cpu::CpuNetwork;
use crate::device::{self, DeviceChoice, NamedDevice};
use crate::error::{LoadError, NetworkError};
use crate::feature_maps::{Layer, feature_maps};
use crate::grad_cam::{Heat, LevelMap, LevelMaps, shown};
use crate::input::to_tensor;
use crate::manifest::Manifest;
use crate::model::{Network, Part};
use crate::ready::{Ready, Way};
use crate::typicality::{Inconclusive, Typical};
use crate::weights_folder::WeightsFolder;

/// Largest difference of a logit from its reference that a device may show.
pub const SELF_TEST_TOLERANCE: f32 = 1e-3;

/// The result for one slice.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    /// In the order of `Class::ALL`, before the temperature.
    pub logits: [f32; 3],
    /// Softmax of logits / temperature.
    pub probabilities: Probabilities,
    /// The most likely class.
    pub predicted: Class,
    /// Why the most likely class should not be given as the result.
    pub inconclusive: Option<Inconclusive>,
    /// Grad-CAM for every class, in the order of `Class::ALL`, at the pyramid's finest level, smoothed, over the input's
    /// crop.
    pub heats: [Heat; 3],
    /// What `heats` are made from, in the order of `Class::ALL`: regions are explained with it (see [`crate::region`]).
    pub maps: [LevelMaps; 3],
}

/// What lies behind a [`Classification`], for evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// In the order of `Class::ALL`, before the temperature.
    pub logits: [f32; 3],
    /// Pooled features, the head's input.
    pub pooled: Vec<f32>,
    /// Grad-CAM before fusion, in the order of `Class::ALL`.
    pub maps: [LevelMaps; 3],
}

/// The network with its weights on a device. One thread owns it.
#[derive(Debug)]
pub struct Classifier {
    network: Network,
    /// The same weights made ready for what computes.
    ready: Ready,
    manifest: Manifest,
    device: NamedDevice,
    device_note: Option<String>,
    typical: Option<Typical>,
}

impl Classifier {
    /// Reads `manifest.json` and the weights from a folder, picks the device and tests it on the reference slices.
    ///
    /// # Errors
    /// When the folder is incomplete or inconsistent, when a GPU is demanded and none works, or when the device does not
    /// reproduce the reference logits. With [`DeviceChoice::Auto`] a GPU that fails is left for the CPU, and
    /// [`Classifier::device_note`] says why.
    pub fn load(weights: &Path, choice: DeviceChoice) -> Result<Self, LoadError> {
        let folder = WeightsFolder::read(weights)?;
        let on_gpu = |gpu| Self::on_gpu(&folder, gpu);
        let on_cpu = || {
            let name = format!("cpu: {}", CpuNetwork::kernel_name());
            let device = device::cpu().device;
            Self::tested(&folder, NamedDevice { device, name }, Way::Cpu)
        };
        match choice {
            DeviceChoice::Cpu => on_cpu(),
            DeviceChoice::Gpu => device::gpu().map_err(LoadError::NoGpu).and_then(on_gpu),
            DeviceChoice::Auto => {
                let reason = match device::gpu() {
                    Err(none) => none,
                    Ok(gpu) => match on_gpu(gpu) {
                        Ok(classifier) => return Ok(classifier),
                        Err(failed) => failed.to_string(),
                    },
                };
                let mut classifier = on_cpu()?;
                classifier.device_note = Some(reason);
                Ok(classifier)
            }
        }
    }

    /// With our convolutions where they are right, else with Burn's, which take several times as long: the device's name says
    /// so.
    fn on_gpu(folder: &WeightsFolder, gpu: NamedDevice) -> Result<Self, LoadError> {
        #[cfg(feature = "wgpu")]
        let gpu = match Self::tested(folder, gpu.clone(), Way::Gpu) {
            Ok(classifier) => return Ok(classifier),
            Err(reason) => {
                tracing::warn!(%reason, "the GPU computes with Burn's convolutions instead of ours");
                NamedDevice {
                    name: format!("{} (Burn's convolutions)", gpu.name),
                    ..gpu
                }
            }
        };
        Self::tested(folder, gpu, Way::Burn)
    }

    /// Loads onto `device` and holds it to the reference logits; a device that panics has failed too.
    fn tested(folder: &WeightsFolder, device: NamedDevice, way: Way) -> Result<Self, LoadError> {
        let name = device.name.clone();
        let attempt = AssertUnwindSafe(|| {
            let network = folder.network(&device.device)?;
            let ready = Ready::new(&network, way).map_err(|e| LoadError::SelfTest {
                device: name.clone(),
                reason: e.to_string(),
            })?;
            let classifier = Self {
                network,
                ready,
                manifest: folder.manifest.clone(),
                device,
                device_note: None,
                typical: folder.typical.clone(),
            };
            classifier.self_test(&folder.reference)?;
            Ok(classifier)
        });
        catch_unwind(attempt).unwrap_or_else(|_| {
            Err(LoadError::SelfTest {
                device: name,
                reason: "the device gave up".into(),
            })
        })
    }

    fn self_test(&self, reference: &[NetworkInput]) -> Result<(), LoadError> {
        let failed = |reason: String| LoadError::SelfTest {
            device: self.device.name.clone(),
            reason,
        };
        let different = reference.len();
        let head = self
            .network
            .head
            .rows()
            .map_err(|e| failed(e.to_string()))?;
        for &size in self.ready.batches_to_prove() {
            // Whole batches of the size in question: the reference slices, over and over, each time in another order, so that what
            // mixes up slices at whatever distance shows.
            let repeats = different.div_ceil(size).max(1) * size;
            let order =
                |at: usize| (at + at / different + at / (different * different)) % different;
            let indices: Vec<usize> = (0..repeats).map(order).collect();
            for batch in indices.chunks(size) {
                let inputs: Vec<NetworkInput> =
                    batch.iter().map(|&i| reference[i].clone()).collect();
                let results = self.evidence(&inputs).map_err(|e| failed(e.to_string()))?;
                for (&index, result) in batch.iter().zip(results) {
                    let expected = self.manifest.reference[index].logits;
                    // The maps are computed apart from the logits, and must come to the same.
                    for (what, logits) in [
                        ("logits", result.logits),
                        ("maps that come to", logits_of(&result.maps, head.bias)),
                    ] {
                        if !is_near(logits, expected) {
                            let picture = &self.manifest.reference[index].picture;
                            return Err(failed(format!(
                                "{picture} in a batch of {size}: {what} {logits:?}, expected {expected:?}"
                            )));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Such as `cpu: x86_64-f32-avx512` or `gpu: NVIDIA GeForce RTX 3080`.
    pub fn device(&self) -> &str {
        &self.device.name
    }

    /// Why the CPU computes although a GPU would have been taken.
    pub fn device_note(&self) -> Option<&str> {
        self.device_note.as_deref()
    }

    /// Name and start of the checksum of the weights.
    pub fn model(&self) -> String {
        self.manifest.title()
    }

    /// Slices that the device is best given at once.
    pub fn usual_batch(&self) -> usize {
        self.ready.usual_batch()
    }

    /// What the weights are.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The network's parts, for a reader.
    pub fn parts(&self) -> Vec<Part> {
        self.manifest
            .network_config()
            .parts(self.manifest.input_side)
    }

    /// Classifies a batch; results in the order of the inputs.
    ///
    /// # Errors
    /// When the device fails, or gives something that is no number.
    pub fn classify(&self, inputs: &[NetworkInput]) -> Result<Vec<Classification>, NetworkError> {
        if inputs.is_empty() {
            return Ok(Vec::new());
        }
        let evidence = self.evidence(inputs)?;
        evidence.par_iter().map(|of| self.conclude(of)).collect()
    }

    /// Probabilities, class and heatmap from what the network gave.
    ///
    /// # Errors
    /// When a logit is no number.
    pub fn conclude(&self, evidence: &Evidence) -> Result<Classification, NetworkError> {
        let logits = evidence.logits;
        if !logits.iter().all(|logit| logit.is_finite()) {
            return Err(NetworkError::NotFinite);
        }
        let scaled = logits.map(|logit| logit / self.manifest.temperature);
        let probabilities = Probabilities::from_logits(scaled);
        let predicted = probabilities.most_likely();
        Ok(Classification {
            logits,
            probabilities,
            predicted,
            inconclusive: self.inconclusive(&evidence.pooled, probabilities),
            heats: evidence.maps.each_ref().map(shown),
            maps: evidence.maps.clone(),
        })
    }

    fn inconclusive(&self, pooled: &[f32], probabilities: Probabilities) -> Option<Inconclusive> {
        let (limits, typical) = self.manifest.limits.as_ref().zip(self.typical.as_ref())?;
        let likely = probabilities.of(probabilities.most_likely());
        if typical.distance(pooled) > limits.farthest {
            Some(Inconclusive::Unlike)
        } else if likely < limits.least_probability {
            Some(Inconclusive::TooClose)
        } else {
            None
        }
    }

    /// Logits, pooled features and the levels' maps for every class; results in the order of the inputs.
    ///
    /// # Errors
    /// When the device fails.
    pub fn evidence(&self, inputs: &[NetworkInput]) -> Result<Vec<Evidence>, NetworkError> {
        self.ready
            .evidence(inputs, &self.manifest, &self.device.device)
    }

    /// The output of every convolution for one input, as Burn computes the network unfolded. Nothing tests that at the start: it is held to
    /// the logits that the slice has otherwise.
    ///
    /// # Errors
    /// When the device fails, or gives something else than it should.
    pub fn layers(&self, input: &NetworkInput) -> Result<Vec<Layer>, NetworkError> {
        let pixels = std::iter::once(input.pixels.as_slice());
        let Manifest {
            normalisation,
            input_side,
            ..
        } = self.manifest;
        let x = to_tensor(pixels, normalisation, input_side, &self.device.device);
        let (layers, logits) = feature_maps(&self.network, x)?;
        let evidence = self.evidence(std::slice::from_ref(input))?;
        if evidence.iter().all(|of| is_near(logits, of.logits)) {
            Ok(layers)
        } else {
            Err(NetworkError::Device(format!(
                "the layers come to logits {logits:?}, not what the slice has"
            )))
        }
    }
}

/// Whether logits are those that are expected, within [`SELF_TEST_TOLERANCE`]; what is no number is not.
fn is_near(logits: [f32; 3], expected: [f32; 3]) -> bool {
    let mut pairs = logits.into_iter().zip(expected);
    pairs.all(|(logit, expected)| (logit - expected).abs() < SELF_TEST_TOLERANCE)
}

/// The logits that the classes' maps come to: the sum of each class's means over the levels, and its bias.
fn logits_of(maps: &[LevelMaps; 3], bias: [f32; 3]) -> [f32; 3] {
    let mean = |map: &LevelMap| map.values.iter().sum::<f32>() / map.values.len().max(1) as f32;
    std::array::from_fn(|class| bias[class] + maps[class].iter().map(mean).sum::<f32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shipped weights on the CPU, and their reference slices.
    fn shipped() -> (Classifier, Vec<NetworkInput>) {
        let weights = Path::new("../../weights");
        let folder = WeightsFolder::read(weights).expect("shipped weights");
        let classifier = Classifier::load(weights, DeviceChoice::Cpu).expect("shipped weights");
        (classifier, folder.reference)
    }

    /// The shipped weights on the CPU, and their evidence of the first reference slice.
    fn shipped_with_evidence() -> (Classifier, Evidence) {
        let (classifier, reference) = shipped();
        let of = classifier
            .evidence(&reference[..1])
            .expect("evidence")
            .remove(0);
        (classifier, of)
    }

    /// What is concluded from a slice's features and these logits, where slices may lie so far out and a class needs 0.7.
    fn concluded(
        classifier: &mut Classifier,
        of: &Evidence,
        farthest: f32,
        logits: [f32; 3],
    ) -> Result<Classification, NetworkError> {
        let limits = classifier.manifest.limits.as_mut().expect("limits");
        limits.farthest = farthest;
        limits.least_probability = 0.7;
        classifier.conclude(&Evidence {
            logits,
            ..of.clone()
        })
    }

    #[test]
    fn unlike_unlikely_and_broken_slices_get_no_class() {
        let (mut classifier, of) = shipped_with_evidence();
        let typical = classifier.typical.as_ref().expect("typical features");
        let far = typical.distance(&of.pooled);
        assert!(far > 0.0);
        let (within, beyond) = (far * 1.01, far * 0.99);
        for (farthest, logits, expected) in [
            (within, [0.0, 0.0, 9.0], None),
            (within, [0.0, 0.0, 0.1], Some(Inconclusive::TooClose)),
            (beyond, [0.0, 0.0, 9.0], Some(Inconclusive::Unlike)),
            (beyond, [0.0, 0.0, 0.1], Some(Inconclusive::Unlike)),
        ] {
            let result = concluded(&mut classifier, &of, farthest, logits).expect("numbers");
            assert_eq!(result.inconclusive, expected, "{farthest} {logits:?}");
            assert_eq!(result.predicted, Class::Covid);
        }
        for broken in [f32::NAN, f32::INFINITY] {
            let result = concluded(&mut classifier, &of, within, [0.0, broken, 9.0]);
            assert!(
                matches!(result, Err(NetworkError::NotFinite)),
                "{broken}: {result:?}"
            );
        }
    }

    #[test]
    fn the_temperature_divides_the_logits_before_a_class_is_held_to_its_limit() {
        let (mut classifier, of) = shipped_with_evidence();
        let logits = [0.0, 0.0, 2.0];
        for (temperature, expected) in [(1.0, None), (2.0, Some(Inconclusive::TooClose))] {
            classifier.manifest.temperature = temperature;
            let result = concluded(&mut classifier, &of, f32::INFINITY, logits).expect("numbers");
            // e^2 in e^2 + 2 is 0.79, and e^1 in e^1 + 2 is 0.58.
            let softmax = Probabilities::from_logits([0.0, 0.0, 2.0 / temperature]);
            assert_eq!(result.probabilities, softmax);
            assert_eq!(result.inconclusive, expected, "{temperature}");
            assert_eq!(result.logits, logits);
        }
    }

    #[test]
    fn a_device_that_misses_one_reference_logit_fails_the_self_test() {
        let (mut classifier, reference) = shipped();
        assert!(classifier.self_test(&reference).is_ok());
        let last = reference.len() - 1;
        let right = classifier.manifest.reference[last].logits;
        for missed in [right[2] + 0.01, f32::NAN] {
            classifier.manifest.reference[last].logits[2] = missed;
            let error = classifier
                .self_test(&reference)
                .expect_err("another logit is expected");
            let LoadError::SelfTest { reason, .. } = &error else {
                panic!("{error}")
            };
            let picture = &classifier.manifest.reference[last].picture;
            assert!(reason.contains(picture.as_str()), "{reason}");
        }
    }
}
