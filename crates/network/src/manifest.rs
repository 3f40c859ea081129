//! `manifest.json`: what the weights beside it are, and what they must answer.

use std::path::Path;

use lungsight_imaging::{Class, INPUT_SIDE};
use serde::{Deserialize, Serialize};

use crate::error::LoadError;
use crate::input::Normalisation;
use crate::model::NetworkConfig;
use crate::patient::PatientRule;
use crate::typicality::Limits;

/// The manifest's file name in a weights folder.
pub const MANIFEST: &str = "manifest.json";

/// Rows and columns that a network sees at least: below, the coarsest pyramid level has a single cell.
pub const LEAST_SIDE: usize = 64;

/// Describes one set of weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Such as `lungsight-1`.
    pub name: String,
    /// The weights' file name, beside the manifest.
    pub weights: String,
    /// Of the weights file, hexadecimal.
    pub sha256: String,
    /// In the order of the logits.
    pub classes: Vec<Class>,
    /// Rows and columns that the network sees, pixels: prepared slices are shrunk to it.
    pub input_side: usize,
    /// How grey levels become numbers.
    pub normalisation: Normalisation,
    /// Channels of every pyramid level.
    pub pyramid_width: usize,
    /// Logits are divided by it before softmax (Guo et al. 2017, arXiv 1706.04599); 1 changes nothing.
    pub temperature: f32,
    /// How a patient's slices are combined.
    #[serde(default)]
    pub patient_rule: PatientRule,
    /// When to give no class; without it every slice gets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// The commit of the code that trained them.
    pub commit: String,
    /// SHA-256 of the split by patient they were trained with; whoever evaluates by another would meet training patients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_sha256: Option<String>,
    /// Inputs whose logits every device must reproduce.
    pub reference: Vec<ReferenceSlice>,
}

/// A network input with the logits it must give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReferenceSlice {
    /// An 8-bit grey PNG of the input's size, relative to the manifest.
    pub picture: String,
    /// As the CPU that exported the weights gave them.
    pub logits: [f32; 3],
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// When it can't be read, is no manifest, or describes a network that this code does not build.
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let text = std::fs::read_to_string(path).map_err(|reason| LoadError::Read {
            path: path.to_owned(),
            reason,
        })?;
        let wrong = |reason: String| LoadError::Manifest {
            path: path.to_owned(),
            reason,
        };
        let manifest: Self = serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        manifest.check().map_err(wrong)?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        if self.classes != Class::ALL {
            return Err(format!(
                "classes are {:?}, expected {:?}",
                self.classes,
                Class::ALL
            ));
        }
        if !self.input_side.is_multiple_of(32)
            || !(LEAST_SIDE..=INPUT_SIDE).contains(&self.input_side)
        {
            return Err(format!(
                "input_side is {}, expected a multiple of 32 from {LEAST_SIDE} to {INPUT_SIDE}",
                self.input_side
            ));
        }
        if !(1..=1024).contains(&self.pyramid_width) {
            return Err(format!(
                "pyramid_width {} is not in 1..=1024",
                self.pyramid_width
            ));
        }
        if !(self.temperature.is_finite() && self.temperature > 0.0) {
            return Err(format!("temperature {} is not positive", self.temperature));
        }
        if !(self.normalisation.std > 0.0 && self.normalisation.mean.is_finite()) {
            return Err("normalisation needs a finite mean and a positive std".into());
        }
        for name in [&self.weights]
            .into_iter()
            .chain(self.reference.iter().map(|r| &r.picture))
            .chain(self.limits.iter().map(|limits| &limits.typical))
        {
            let outside = Path::new(name)
                .components()
                .any(|part| !matches!(part, std::path::Component::Normal(_)));
            if name.is_empty() || outside {
                return Err(format!("{name:?} is no path below the manifest"));
            }
        }
        Ok(())
    }

    /// The network these weights belong to.
    pub fn network_config(&self) -> NetworkConfig {
        NetworkConfig::new().with_pyramid_width(self.pyramid_width)
    }

    /// Name and start of the checksum, such as `lungsight-1 1a2b3c4d`.
    pub fn title(&self) -> String {
        let short = self.sha256.get(..8).unwrap_or(&self.sha256);
        format!("{} {short}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            name: "test".into(),
            weights: "network.safetensors".into(),
            sha256: "1a2b3c4d5e6f".into(),
            classes: Class::ALL.to_vec(),
            input_side: INPUT_SIDE,
            normalisation: crate::input::IMAGENET_GREY,
            pyramid_width: 128,
            temperature: 1.0,
            patient_rule: PatientRule::Mean,
            limits: None,
            commit: "unknown".into(),
            split_sha256: None,
            reference: vec![],
        }
    }

    #[test]
    fn a_sound_manifest_passes_and_names_itself() {
        assert_eq!(manifest().check(), Ok(()));
        assert_eq!(manifest().title(), "test 1a2b3c4d");
    }

    #[test]
    fn each_unusable_field_is_named() {
        type Spoil = fn(&mut Manifest);
        let cases: [(Spoil, &str); 5] = [
            (|m| m.classes.swap(0, 2), "classes"),
            (|m| m.input_side = 250, "input_side"),
            (|m| m.pyramid_width = 0, "pyramid_width"),
            (|m| m.temperature = 0.0, "temperature"),
            (|m| m.weights = "../secret".into(), "../secret"),
        ];
        for (spoil, named) in cases {
            let mut spoiled = manifest();
            spoil(&mut spoiled);
            let reason = spoiled.check().expect_err(named);
            assert!(reason.contains(named), "{reason}");
        }
    }
}
