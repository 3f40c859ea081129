//! The network of Lungsight: ResNet-18 with a feature pyramid, in Burn, with explanations.
//!
//! One [`classifier::Classifier`] goes all the way: inputs → logits and class maps → probabilities and heatmap. It computes with
//! [`cpu`] or [`gpu`], made from the same weights; Burn's own [`model`] (backbone, pyramid, head) is what learns, what the pictures after
//! every convolution come from, and what computes where neither can. [`grad_cam`] and [`region`] explain.

#![recursion_limit = "256"]

pub mod checkpoint;
pub mod classifier;
pub mod cpu;
pub mod device;
mod error;
pub mod feature_maps;
#[cfg(feature = "wgpu")]
pub mod gpu;
pub mod grad_cam;
pub mod imagenet;
pub mod input;
pub mod manifest;
pub mod model;
pub mod patient;
mod ready;
pub mod region;
pub mod typicality;
mod weights_folder;

pub use classifier::{Classification, Classifier};
pub use cpu::CpuNetwork;
pub use device::DeviceChoice;
pub use error::{LoadError, NetworkError};
pub use feature_maps::Layer;
pub use grad_cam::Heat;
pub use manifest::Manifest;
pub use model::{Network, NetworkConfig};
pub use patient::PatientRule;
pub use region::{RegionEvidence, explain_region, pyramid_level};
pub use typicality::Inconclusive;
pub use weights_folder::read_network;
