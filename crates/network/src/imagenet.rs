//! A start from torchvision's ResNet-18 (IMAGENET1K_V1).

use std::path::Path;

use burn::store::{ModuleSnapshot, PathFilter, PyTorchToBurnAdapter, SafetensorsStore};
use burn::tensor::{Tensor, TensorData};
use safetensors::SafeTensors;

use crate::error::LoadError;
use crate::model::Network;

/// What was taken from the file, and what keeps its random start.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// Number of tensors taken, the stem's convolution included.
    pub taken: usize,
    /// Tensors of the backbone that the file lacks.
    pub missing: Vec<String>,
}

/// Fills the backbone of `network` from a safetensors file with torchvision's names; what the file lacks stays random.
///
/// The stem's convolution has three input channels there and one here: a grey slice is the same in all three, so that
/// their sum gives the same response.
///
/// # Errors
/// When the file can't be read, or a tensor has another shape.
pub fn import(network: &mut Network, path: &Path) -> Result<Imported, LoadError> {
    let wrong = |reason: String| LoadError::Weights {
        path: path.to_owned(),
        reason,
    };
    let bytes = std::fs::read(path).map_err(|reason| LoadError::Read {
        path: path.to_owned(),
        reason,
    })?;
    let stem = grey_stem(&bytes).map_err(wrong)?;

    let mut store = SafetensorsStore::from_bytes(Some(bytes))
        .with_key_remapping(r"\.downsample\.0\.", ".downsample.conv.")
        .with_key_remapping(r"\.downsample\.1\.", ".downsample.bn.")
        .with_from_adapter(PyTorchToBurnAdapter)
        .filter(PathFilter::new().with_predicate(|path, _| path != "conv1.weight"))
        .allow_partial(true)
        .validate(true);
    let applied = network
        .backbone
        .load_from(&mut store)
        .map_err(|reason| wrong(reason.to_string()))?;

    let weight = network.backbone.stem_weight_mut();
    *weight = weight
        .clone()
        .map(|random| Tensor::from_data(stem, &random.device()));
    Ok(Imported {
        taken: applied.applied.len() + 1,
        missing: applied
            .missing
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| name != "conv1.weight")
            .collect(),
    })
}

/// The stem's weights summed over red, green and blue.
///
/// # Shapes
/// `[64, 3, 7, 7]` in the file → `[64, 1, 7, 7]`
fn grey_stem(file: &[u8]) -> Result<TensorData, String> {
    let tensors = SafeTensors::deserialize(file).map_err(|reason| reason.to_string())?;
    let stem = tensors
        .tensor("conv1.weight")
        .map_err(|reason| reason.to_string())?;
    let &[out, 3, height, width] = stem.shape() else {
        return Err(format!("conv1.weight has shape {:?}", stem.shape()));
    };
    if stem.dtype() != safetensors::Dtype::F32 {
        return Err(format!("conv1.weight is {:?}, expected F32", stem.dtype()));
    }
    let values: Vec<f32> = stem
        .data()
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    let area = height * width;
    let summed: Vec<f32> = values
        .chunks_exact(3 * area)
        .flat_map(|rgb| (0..area).map(|i| rgb[i] + rgb[area + i] + rgb[2 * area + i]))
        .collect();
    Ok(TensorData::new(summed, [out, 1, height, width]))
}
