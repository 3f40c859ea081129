//! How right the network is on validation slices after an epoch.

use burn::tensor::Device;
use lungsight_imaging::Probabilities;
use lungsight_network::Network;
use lungsight_network::input::to_tensor;

use crate::augment::plain;
use crate::metrics::Judged;
use crate::prepare::Prepared;
use crate::settings::Settings;

/// Slices judged at once: larger batches are slower on a CPU.
const JUDGED_AT_ONCE: usize = 8;

/// Probabilities for every slice, unaugmented, at the size that is learned at.
pub(super) fn judge(
    network: &Network,
    slices: &[Prepared],
    settings: &Settings,
    side: usize,
    device: &Device,
) -> Vec<Judged> {
    slices
        .chunks(JUDGED_AT_ONCE)
        .flat_map(|batch| {
            let inputs = batch.iter().map(|slice| plain(slice, settings.look));
            let x = to_tensor(inputs, settings.normalisation(), side, device);
            let logits = network.forward(x).logits;
            let logits: Vec<f32> = logits.into_data().iter::<f32>().collect();
            let judged = batch
                .iter()
                .zip(logits.chunks_exact(3))
                .map(|(slice, logits)| Judged {
                    patient: slice.row.patient.clone(),
                    label: slice.row.label,
                    probabilities: Probabilities::from_logits([logits[0], logits[1], logits[2]]),
                });
            judged.collect::<Vec<_>>()
        })
        .collect()
}
