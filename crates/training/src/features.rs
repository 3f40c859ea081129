//! Outputs of the frozen stem and stages 1–3, computed once and kept in half precision, so that training touches only
//! what learns.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use half::f16;
use lungsight_imaging::INPUT_SIDE;
use lungsight_network::Network;
use lungsight_network::checkpoint::{sha256, write_atomically};
use lungsight_network::input::{Normalisation, to_tensor};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::prepare::progress;

/// Slices computed at once.
const BATCH: usize = 16;

/// Stage outputs of a list of slices.
#[derive(Debug)]
pub struct FeatureStore {
    count: usize,
    stage2: Vec<f16>,
    stage3: Vec<f16>,
}

const STAGE2: [usize; 3] = [128, INPUT_SIDE / 8, INPUT_SIDE / 8];
const STAGE3: [usize; 3] = [256, INPUT_SIDE / 16, INPUT_SIDE / 16];

fn size(shape: [usize; 3]) -> usize {
    shape.iter().product()
}

impl FeatureStore {
    /// Runs the frozen part over `inputs` (each `INPUT_SIDE²` grey levels).
    pub fn compute(
        network: &Network,
        inputs: &[Vec<u8>],
        normalisation: Normalisation,
        device: &Device,
        what: &str,
    ) -> Self {
        let bar = progress(inputs.len() as u64, what);
        let mut store = Self {
            count: inputs.len(),
            stage2: Vec::with_capacity(inputs.len() * size(STAGE2)),
            stage3: Vec::with_capacity(inputs.len() * size(STAGE3)),
        };
        for batch in inputs.chunks(BATCH) {
            let x = to_tensor(batch.iter().map(Vec::as_slice), normalisation, device);
            let [stage2, stage3] = network.forward_to_stage3(x, &mut |_, _| {});
            let half = |tensor: Tensor<4>| {
                tensor
                    .into_data()
                    .iter::<f32>()
                    .map(f16::from_f32)
                    .collect::<Vec<_>>()
            };
            store.stage2.extend(half(stage2));
            store.stage3.extend(half(stage3));
            bar.inc(batch.len() as u64);
        }
        bar.finish();
        store
    }

    /// [`FeatureStore::compute`], or the file from an earlier run over the same inputs.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn cached(
        path: &Path,
        network: &Network,
        inputs: &[Vec<u8>],
        normalisation: Normalisation,
        device: &Device,
    ) -> std::io::Result<Self> {
        let key = sha256(&inputs.concat());
        let cached = std::fs::read(path)
            .ok()
            .and_then(|bytes| Self::from_bytes(&bytes, &key));
        if let Some(store) = cached {
            return Ok(store);
        }
        let what = path
            .file_stem()
            .map(|name| name.to_string_lossy().into_owned());
        let store = Self::compute(
            network,
            inputs,
            normalisation,
            device,
            &what.unwrap_or_default(),
        );
        write_atomically(path, &store.to_bytes(&key))?;
        Ok(store)
    }

    fn to_bytes(&self, key: &str) -> Vec<u8> {
        let raw = |values: &[f16]| {
            values
                .iter()
                .flat_map(|v| v.to_le_bytes())
                .collect::<Vec<u8>>()
        };
        let (stage2, stage3) = (raw(&self.stage2), raw(&self.stage3));
        let view = |raw, shape| {
            TensorView::new(Dtype::F16, shape, raw).expect("as many values as the shape says")
        };
        let shape = |s: [usize; 3]| [vec![self.count], s.to_vec()].concat();
        let tensors = [
            ("stage2", view(&stage2, shape(STAGE2))),
            ("stage3", view(&stage3, shape(STAGE3))),
        ];
        let metadata = [("inputs".to_owned(), key.to_owned())].into();
        safetensors::serialize(tensors, Some(metadata)).expect("two valid tensors")
    }

    fn from_bytes(bytes: &[u8], key: &str) -> Option<Self> {
        let (_, header) = SafeTensors::read_metadata(bytes).ok()?;
        if header.metadata().as_ref()?.get("inputs")? != key {
            return None;
        }
        let tensors = SafeTensors::deserialize(bytes).ok()?;
        let values = |name: &str| {
            let view = tensors.tensor(name).ok()?;
            Some(
                view.data()
                    .chunks_exact(2)
                    .map(|b| f16::from_le_bytes([b[0], b[1]]))
                    .collect::<Vec<_>>(),
            )
        };
        let (stage2, stage3) = (values("stage2")?, values("stage3")?);
        Some(Self {
            count: stage2.len() / size(STAGE2),
            stage2,
            stage3,
        })
    }

    /// Number of slices.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// Stage outputs of chosen slices, each from the store that `picks` names: (store, slice).
///
/// # Shapes
/// `[picks, 128, 32, 32]` and `[picks, 256, 16, 16]`
pub fn gather(
    stores: &[FeatureStore],
    picks: &[(usize, usize)],
    device: &Device,
) -> [Tensor<4>; 2] {
    let stack = |shape: [usize; 3], values: fn(&FeatureStore) -> &[f16]| {
        let length = size(shape);
        let stacked: Vec<f32> = picks
            .iter()
            .flat_map(|&(store, slice)| {
                &values(&stores[store])[slice * length..(slice + 1) * length]
            })
            .map(|v| v.to_f32())
            .collect();
        let [channels, height, width] = shape;
        Tensor::from_data(
            TensorData::new(stacked, [picks.len(), channels, height, width]),
            device,
        )
    };
    [
        stack(STAGE2, |store| &store.stage2),
        stack(STAGE3, |store| &store.stage3),
    ]
}
