//! Weights on disk: safetensors, in full precision while training and with half-precision convolutions to ship.

use std::path::Path;

use burn::store::{FloatCastAdapter, HalfPrecisionAdapter, ModuleSnapshot, SafetensorsStore};
use burn::tensor::DType;
use sha2::{Digest, Sha256};

use crate::error::LoadError;
use crate::model::Network;

/// How many bytes a weight takes on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Four bytes: training goes on from it.
    Full,
    /// Two bytes for convolutions and the linear layer; batch-norm statistics stay whole, as variances underflow.
    Half,
}

/// The network as a safetensors file; the same weights give the same bytes.
///
/// # Errors
/// When a tensor can't be read from the device; the text says which.
pub fn to_bytes(network: &Network, precision: Precision) -> Result<Vec<u8>, String> {
    let mut store = SafetensorsStore::from_bytes(None);
    if precision == Precision::Half {
        store = store.with_to_adapter(HalfPrecisionAdapter::new());
    }
    network
        .save_into(&mut store)
        .and_then(|()| store.get_bytes())
        .map_err(|reason| reason.to_string())
        .and_then(|bytes| in_order(&bytes).map_err(|reason| reason.to_string()))
}

/// Burn writes tensors in any order; safetensors itself sorts them.
fn in_order(bytes: &[u8]) -> Result<Vec<u8>, safetensors::SafeTensorError> {
    let tensors = safetensors::SafeTensors::deserialize(bytes)?;
    safetensors::serialize(tensors.tensors(), None)
}

/// Fills `network` from a safetensors file of either precision. Every tensor must be there, and no other.
///
/// # Errors
/// [`LoadError::Weights`] names what is missing, surplus or of another shape.
pub fn from_bytes(network: &mut Network, bytes: Vec<u8>, path: &Path) -> Result<(), LoadError> {
    let wrong = |reason: String| LoadError::Weights {
        path: path.to_owned(),
        reason,
    };
    // Deserialised once before Burn sees it: a truncated or forged file is refused with a reason here.
    safetensors::SafeTensors::deserialize(&bytes).map_err(|reason| wrong(reason.to_string()))?;
    let mut store = SafetensorsStore::from_bytes(Some(bytes))
        .with_from_adapter(FloatCastAdapter::to(DType::F32));
    let applied = network
        .load_from(&mut store)
        .map_err(|reason| wrong(reason.to_string()))?;
    if let Some(surplus) = applied.unused.first() {
        return Err(wrong(format!("unknown tensor {surplus}")));
    }
    Ok(())
}

/// Writes beside `path` and renames, so that an interrupted write never harms the file that was there.
///
/// # Errors
/// The operating system's.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    std::fs::write(&beside, bytes)?;
    std::fs::rename(&beside, path)
}

/// SHA-256 of `bytes`, hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
