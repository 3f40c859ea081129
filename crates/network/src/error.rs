//! What can go wrong, in words that may be shown to a user.

use std::path::PathBuf;

/// Why weights could not be put to work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file of the weights folder could not be read.
    #[error("{path}: {reason}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        reason: std::io::Error,
    },
    /// `manifest.json` is no manifest, or describes another network.
    #[error("{path}: not a usable manifest: {reason}")]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The weights are not the ones the manifest speaks of.
    #[error("{path}: sha256 is {found}, the manifest says {expected}")]
    Sha256 {
        /// The weights file.
        path: PathBuf,
        /// From the manifest.
        expected: String,
        /// Of the file.
        found: String,
    },
    /// The weights do not fit the network.
    #[error("{path}: weights do not fit the network: {reason}")]
    Weights {
        /// The weights file.
        path: PathBuf,
        /// Missing, surplus or misshapen tensors.
        reason: String,
    },
    /// `--device gpu` was asked for and there is none that works.
    #[error("no usable GPU: {0}")]
    NoGpu(String),
    /// The device computes something else than the reference logits.
    #[error("self-test failed on {device}: {reason}")]
    SelfTest {
        /// The device's description.
        device: String,
        /// Which reference slice, and by how much.
        reason: String,
    },
}

/// Why a forward pass gave no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// The device failed (memory, driver, lost).
    #[error("the computing device failed: {0}")]
    Device(String),
    /// The network gave a value that is no number.
    #[error("the network gave no finite result")]
    NotFinite,
}
