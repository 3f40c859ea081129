//! The seam to the network: the server knows this trait, and tests need neither weights nor Burn.

use std::path::Path;

use lungsight_app::network::{NetworkPart, NetworkPartKind};
use lungsight_imaging::NetworkInput;
use lungsight_network::manifest::MANIFEST;
use lungsight_network::model::{Part, PartKind};
use lungsight_network::{
    Classification, Classifier, Layer, LoadError, Manifest, NetworkError, PatientRule,
};

use crate::config::ChosenDevice;

/// What the server asks of a network. One thread owns it: see [`inference`](crate::inference).
pub trait Engine {
    /// What runs where, in words.
    fn info(&self) -> EngineInfo;

    /// Classifies slices, one result per input in the same order.
    ///
    /// # Errors
    /// When the network cannot be run; the whole batch is lost then.
    fn classify(&self, inputs: &[NetworkInput]) -> Result<Vec<Classification>, EngineError>;

    /// The output of every convolution for one slice.
    ///
    /// # Errors
    /// When the network cannot be run.
    fn layers(&self, input: &NetworkInput) -> Result<Vec<Layer>, EngineError>;
}

/// What runs where, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineInfo {
    /// The device that runs the network, e.g. `cpu: x86_64-f32-avx512`.
    pub device: String,
    /// Why `auto` did not take the GPU, if it did not.
    pub device_note: Option<String>,
    /// The weights: name and the start of their SHA-256.
    pub model: String,
    /// The network's parts, for the page that explains it.
    pub network: Vec<NetworkPart>,
    /// How a patient's slices are combined.
    pub patient_rule: PatientRule,
    /// The probability that a patient's most likely class must have.
    pub least_probability: f32,
    /// Slices that the device is best given at once.
    pub usual_batch: usize,
}

/// Why an engine did not answer. The reason is for the log; a user is told that the network failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct EngineError(pub String);

impl From<NetworkError> for EngineError {
    fn from(error: NetworkError) -> Self {
        Self(error.to_string())
    }
}

impl From<LoadError> for EngineError {
    fn from(error: LoadError) -> Self {
        Self(error.to_string())
    }
}

impl Engine for Classifier {
    fn info(&self) -> EngineInfo {
        EngineInfo {
            device: self.device().to_owned(),
            device_note: self.device_note().map(str::to_owned),
            model: self.model().to_owned(),
            network: self.parts().into_iter().map(shown).collect(),
            patient_rule: self.manifest().patient_rule,
            least_probability: least_probability(self.manifest()),
            usual_batch: self.usual_batch(),
        }
    }

    fn classify(&self, inputs: &[NetworkInput]) -> Result<Vec<Classification>, EngineError> {
        Ok(Classifier::classify(self, inputs)?)
    }

    fn layers(&self, input: &NetworkInput) -> Result<Vec<Layer>, EngineError> {
        Ok(Classifier::layers(self, input)?)
    }
}

fn shown(part: Part) -> NetworkPart {
    NetworkPart {
        kind: match part.kind {
            PartKind::Input => NetworkPartKind::Input,
            PartKind::Stem => NetworkPartKind::Stem,
            PartKind::Stage(stage) => NetworkPartKind::Stage(stage),
            PartKind::Level(stage) => NetworkPartKind::Level(stage),
            PartKind::Head => NetworkPartKind::Head,
        },
        channels: part.channels,
        side: part.side,
        convolutions: part.convolutions,
        parameters: part.parameters,
    }
}

/// Loads the weights, picks the device and runs the self-test.
///
/// # Errors
/// When the weights are missing, damaged or of another network, or when no device passes the self-test.
pub fn load(
    weights: &Path,
    device: impl Into<ChosenDevice>,
) -> Result<Box<dyn Engine>, EngineError> {
    match device.into() {
        ChosenDevice::Of(device) => Ok(Box::new(Classifier::load(weights, device)?)),
        ChosenDevice::None => Err(EngineError(
            "there is no network without a device".to_owned(),
        )),
    }
}

/// What stands in for the network of a server without a device: it knows the manifest and nothing else.
///
/// # Errors
/// When the manifest is missing or none.
pub fn absent(weights: &Path) -> Result<Box<dyn Engine>, EngineError> {
    let manifest = Manifest::read(&weights.join(MANIFEST))?;
    let parts = manifest.network_config().parts(manifest.input_side);
    Ok(Box::new(Absent(EngineInfo {
        device: "none here: others compute".to_owned(),
        device_note: None,
        model: manifest.title(),
        network: parts.into_iter().map(shown).collect(),
        patient_rule: manifest.patient_rule,
        least_probability: least_probability(&manifest),
        usual_batch: 1,
    })))
}

struct Absent(EngineInfo);

impl Absent {
    fn refusal() -> EngineError {
        EngineError("there is no network here".to_owned())
    }
}

impl Engine for Absent {
    fn info(&self) -> EngineInfo {
        self.0.clone()
    }

    fn classify(&self, _: &[NetworkInput]) -> Result<Vec<Classification>, EngineError> {
        Err(Self::refusal())
    }

    fn layers(&self, _: &NetworkInput) -> Result<Vec<Layer>, EngineError> {
        Err(Self::refusal())
    }
}

fn least_probability(manifest: &Manifest) -> f32 {
    let limits = manifest.limits.as_ref();
    limits.map_or(0.0, |limits| limits.least_probability)
}
