//! A running average of the weights: flatter minima, steadier figures (Izmailov et al. 2018, arXiv 1803.05407; as an
//! exponential average, Tarvainen and Valpola 2017, arXiv 1703.01780).

use std::collections::BTreeMap;
use std::path::Path;

use lungsight_network::Network;
use lungsight_network::checkpoint::{Precision, from_bytes, to_bytes};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

/// Averaged tensors by name, batch-norm statistics included.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Average {
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    folded: usize,
}

/// How much of the average stays when new weights are folded in; less in the beginning.
pub const KEPT: f32 = 0.9;

impl Average {
    /// Folds the network's present weights in.
    ///
    /// # Errors
    /// When a tensor can't be read from the device.
    pub fn fold(&mut self, network: &Network) -> Result<(), String> {
        let bytes = to_bytes(network, Precision::Full)?;
        let kept = KEPT.min(self.folded as f32 / (self.folded + 2) as f32);
        self.blend(&bytes, kept)
    }

    fn blend(&mut self, bytes: &[u8], kept: f32) -> Result<(), String> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|reason| reason.to_string())?;
        for (name, view) in tensors.iter() {
            if view.dtype() != Dtype::F32 {
                return Err(format!("{name} is {:?}, expected F32", view.dtype()));
            }
            let new = view
                .data()
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            let (_, average) = self
                .tensors
                .entry(name.to_owned())
                .or_insert_with(|| (view.shape().to_vec(), vec![0.0; view.data().len() / 4]));
            for (average, new) in average.iter_mut().zip(new) {
                *average += (1.0 - kept) * (new - *average);
            }
        }
        self.folded += 1;
        Ok(())
    }

    /// As a safetensors file of the network.
    ///
    /// # Errors
    /// None in practice; safetensors' own.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let raw: Vec<(&String, &Vec<usize>, Vec<u8>)> = self
            .tensors
            .iter()
            .map(|(name, (shape, values))| {
                (
                    name,
                    shape,
                    values.iter().flat_map(|v| v.to_le_bytes()).collect(),
                )
            })
            .collect();
        let views = raw
            .iter()
            .map(|(name, shape, bytes)| {
                TensorView::new(Dtype::F32, (*shape).clone(), bytes).map(|view| (name, view))
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|reason| reason.to_string())?;
        let metadata = [("folded".to_owned(), self.folded.to_string())].into();
        safetensors::serialize(views, Some(metadata)).map_err(|reason| reason.to_string())
    }

    /// From [`Average::to_bytes`].
    ///
    /// # Errors
    /// When the file is truncated or holds something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| e.to_string())?;
        let folded = header
            .metadata()
            .as_ref()
            .and_then(|map| map.get("folded")?.parse().ok());
        let mut average = Self::default();
        average.blend(bytes, 0.0)?;
        average.folded = folded.ok_or("no count of folded weights")?;
        Ok(average)
    }

    /// Fills `network`, which is used as the pattern, with the average.
    ///
    /// # Errors
    /// When it is an average of another network.
    pub fn network(&self, mut network: Network) -> Result<Network, String> {
        from_bytes(&mut network, self.to_bytes()?, Path::new("average"))
            .map_err(|e| e.to_string())?;
        Ok(network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lungsight_network::{NetworkConfig, device};

    #[test]
    fn the_average_of_one_network_is_that_network() {
        let network = NetworkConfig::new()
            .with_pyramid_width(4)
            .init(&device::cpu().device);
        let mut average = Average::default();
        average.fold(&network).expect("folds");
        let after = average.network(network).expect("the same network");
        let mut again = Average::default();
        again.fold(&after).expect("folds");
        assert_eq!(again, average);
        let read = Average::from_bytes(&average.to_bytes().expect("bytes")).expect("reads");
        assert_eq!(read, average);
    }
}
