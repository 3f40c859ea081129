//! Slices through the network, some at a time, so that a series of any length takes little memory beside its result.

use std::sync::Arc;

use indicatif::ProgressBar;
use lungsight_imaging::NetworkInput;
use lungsight_network::Classification;
use rayon::prelude::*;

use super::gather::Item;
use crate::engine::Engine;
use crate::inference::InferenceError;
use crate::prepare::{PreparedSlice, SliceFault};
use crate::record::{Outcome, SeenSlice};

/// Slices that are prepared side by side before the network sees them.
const PREPARED: usize = 32;

/// What became of the slices that are no strangers to lungs.
pub(super) struct Classified<'a> {
    /// The items of `outcomes`, in their order.
    pub items: Vec<&'a Item>,
    pub outcomes: Vec<Outcome>,
    /// Slices of series without lungs.
    pub left_out: usize,
}

/// Prepares and classifies every item, and moves the bar by one for each.
pub(super) fn classify<'a>(
    engine: &dyn Engine,
    items: &'a [Item],
    bar: &ProgressBar,
) -> Classified<'a> {
    let mut classified = Classified {
        items: Vec::new(),
        outcomes: Vec::new(),
        left_out: 0,
    };
    for chunk in items.chunks(PREPARED) {
        let prepared: Vec<Result<Arc<PreparedSlice>, SliceFault>> = chunk
            .par_iter()
            .map(|item| item.prepare().map(Arc::new))
            .collect();
        let inputs: Vec<NetworkInput> = prepared
            .iter()
            .flatten()
            .map(|slice| slice.input.as_ref().clone())
            .collect();
        let mut classes = inputs
            .chunks(engine.info().usual_batch)
            .flat_map(|batch| run(engine, batch));
        for (item, prepared) in chunk.iter().zip(prepared) {
            bar.inc(1);
            if prepared
                .as_ref()
                .is_err_and(|fault| item.is_left_out(fault))
            {
                classified.left_out += 1;
                continue;
            }
            let result = prepared.and_then(|slice| {
                let class = classes.next().unwrap_or(Err(InferenceError::Failed));
                Ok(SeenSlice::new(slice, class.map_err(SliceFault::Inference)?))
            });
            classified.items.push(item);
            classified.outcomes.push(Outcome {
                name: item.name.clone(),
                position_mm: item.position_mm(),
                result,
            });
        }
    }
    classified
}

/// One result per input; a batch that fails is tried again slice by slice.
fn run(engine: &dyn Engine, batch: &[NetworkInput]) -> Vec<Result<Classification, InferenceError>> {
    match engine.classify(batch) {
        Ok(results) => results.into_iter().map(Ok).collect(),
        Err(error) if batch.len() == 1 => {
            tracing::error!(%error, "the network failed on a slice");
            vec![Err(InferenceError::Failed)]
        }
        Err(_) => batch
            .iter()
            .flat_map(|input| run(engine, std::slice::from_ref(input)))
            .collect(),
    }
}
