//! The output of every convolution, for people to look at.

use burn::tensor::Tensor;

use crate::error::NetworkError;
use crate::model::Network;

/// The output of one convolution for one slice.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// torchvision's name, such as `layer2.0.conv1`, or `lateral2` for the pyramid.
    pub name: String,
    /// Number of feature maps.
    pub channels: usize,
    /// Rows of each.
    pub height: usize,
    /// Columns of each.
    pub width: usize,
    /// `[channels, height, width]`, row-major, as the convolution gave them: before batch norm, any sign.
    pub values: Vec<f32>,
}

/// Outputs of all convolutions in the order of computation, and the logits that they come to.
///
/// # Shapes
/// `x`: `[1, 1, h, w]`
///
/// # Errors
/// When the device fails.
pub fn feature_maps(
    network: &Network,
    x: Tensor<4>,
) -> Result<(Vec<Layer>, [f32; 3]), NetworkError> {
    let mut outputs = Vec::new();
    let features = network.forward_observed(x, &mut |name, output| {
        outputs.push((name, output.clone()));
    });
    let logits = read(features.logits)?;
    let logits = logits
        .try_into()
        .map_err(|_| NetworkError::Device("other than three logits".to_owned()))?;
    let layers = outputs
        .into_iter()
        .map(|(name, output)| {
            let [_, channels, height, width] = output.dims();
            Ok(Layer {
                name: name.to_string(),
                channels,
                height,
                width,
                values: read(output)?,
            })
        })
        .collect::<Result<_, NetworkError>>()?;
    Ok((layers, logits))
}

/// A tensor's values on the CPU.
pub(crate) fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, NetworkError> {
    tensor
        .try_into_vec_as::<f32>()
        .map_err(|reason| NetworkError::Device(reason.to_string()))
}
