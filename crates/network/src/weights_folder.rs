//! What a weights folder holds, read and checked before any device is asked.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use lungsight_imaging::{Limits, NetworkInput, decode};

use crate::checkpoint::{self, sha256};
use crate::error::LoadError;
use crate::input::from_picture;
use crate::manifest::{MANIFEST, Manifest};
use crate::model::Network;
use crate::typicality::Typical;

/// A weights folder in memory.
pub(crate) struct WeightsFolder {
    pub manifest: Manifest,
    path: PathBuf,
    weights: Vec<u8>,
    /// The inputs whose logits the manifest states, in its order.
    pub reference: Vec<NetworkInput>,
    pub typical: Option<Typical>,
}

impl WeightsFolder {
    /// # Errors
    /// When the folder is incomplete or inconsistent.
    pub fn read(folder: &Path) -> Result<Self, LoadError> {
        let manifest = Manifest::read(&folder.join(MANIFEST))?;
        let path = folder.join(&manifest.weights);
        let weights = checked(&path, &manifest.sha256)?;
        let typical = match &manifest.limits {
            None => None,
            Some(limits) => {
                let path = folder.join(&limits.typical);
                let typical = Typical::from_bytes(&checked(&path, &limits.sha256)?, &path)?;
                let expected = manifest.network_config().feature_size();
                if typical.size() != expected {
                    let reason = format!(
                        "{:?} features and classes, expected {expected:?}",
                        typical.size()
                    );
                    return Err(LoadError::Weights { path, reason });
                }
                Some(typical)
            }
        };
        let reference = reference(folder, &manifest)?;
        Ok(Self {
            manifest,
            path,
            weights,
            reference,
            typical,
        })
    }

    /// The network with these weights on a device.
    ///
    /// # Errors
    /// When the weights are not those of the network that the manifest describes.
    pub fn network(&self, device: &Device) -> Result<Network, LoadError> {
        let mut network = self.manifest.network_config().init(device);
        checkpoint::from_bytes(&mut network, self.weights.clone(), &self.path)?;
        Ok(network)
    }
}

/// The network of a weights folder as it is, untested, to go on training from.
///
/// # Errors
/// When the folder is incomplete or inconsistent.
pub fn read_network(folder: &Path, device: &Device) -> Result<(Manifest, Network), LoadError> {
    let folder = WeightsFolder::read(folder)?;
    let network = folder.network(device)?;
    Ok((folder.manifest, network))
}

/// A file of the folder, refused if its checksum is another.
fn checked(path: &Path, expected: &str) -> Result<Vec<u8>, LoadError> {
    let bytes = read_file(path)?;
    let found = sha256(&bytes);
    if found == expected {
        Ok(bytes)
    } else {
        Err(LoadError::Sha256 {
            path: path.to_owned(),
            expected: expected.to_owned(),
            found,
        })
    }
}

fn reference(folder: &Path, manifest: &Manifest) -> Result<Vec<NetworkInput>, LoadError> {
    let path = folder.join(MANIFEST);
    let wrong = |reason: String| LoadError::Manifest {
        path: path.clone(),
        reason,
    };
    if manifest.reference.is_empty() {
        return Err(wrong(
            "no reference slices: the self-test needs some".into(),
        ));
    }
    manifest
        .reference
        .iter()
        .map(|reference| {
            let bytes = read_file(&folder.join(&reference.picture))?;
            let slice = decode(&bytes, &Limits::default())
                .map_err(|e| wrong(format!("{}: {e}", reference.picture)))?;
            from_picture(&slice)
                .ok_or_else(|| wrong(format!("{}: not of the input's size", reference.picture)))
        })
        .collect()
}

fn read_file(path: &Path) -> Result<Vec<u8>, LoadError> {
    std::fs::read(path).map_err(|reason| LoadError::Read {
        path: path.to_owned(),
        reason,
    })
}
