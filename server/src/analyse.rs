//! From slices to an analysis on the running server: queue them, wait, put the answer together.

use std::sync::Arc;

use lungsight_app::analysis::Grouping;

use crate::error::{Error, slice_error};
use crate::form::ReadSlice;
use crate::id;
use crate::inference::{Answer, Inference, InferenceError};
use crate::prepare::{PreparedSlice, SliceFault};
use crate::record::{Links, Outcome, Record};

/// Classifies what could be read. The first slice must find a place in the queue at once; when it has, the others of
/// the same request wait for theirs, so that a patient may have more slices than the queue has places.
///
/// # Errors
/// When no slice could be read, the queue is full or the network is not there.
pub async fn analyse(
    inference: &Inference,
    grouping: Grouping,
    slices: &[ReadSlice],
) -> Result<Arc<Record>, Error> {
    if let Some(error) = nothing_read(slices) {
        return Err(error);
    }
    let info = inference.info()?;
    let mut answers = Vec::with_capacity(slices.len());
    let mut let_in = false;
    for slice in slices {
        answers.push(match &slice.result {
            Ok(prepared) if let_in => {
                Ok((prepared, inference.classify(prepared.input.clone()).await))
            }
            Ok(prepared) => {
                let answer = inference.try_classify(prepared.input.clone())?;
                let_in = true;
                Ok((prepared, Ok(answer)))
            }
            Err(fault) => Err(fault),
        });
    }
    let mut outcomes = Vec::with_capacity(slices.len());
    for (slice, answer) in slices.iter().zip(answers) {
        let result = match answer {
            Ok((prepared, answer)) => finished(prepared, answer).await,
            Err(fault) => Err(fault.clone()),
        };
        outcomes.push(Outcome {
            name: slice.name.clone(),
            result,
        });
    }
    let id = id::random();
    let record = Record::assemble(id.clone(), info, grouping, outcomes, |number| {
        Links::api(&id, number)
    })?;
    Ok(Arc::new(record))
}

async fn finished<T>(
    prepared: &Arc<PreparedSlice>,
    answer: Result<Answer<T>, InferenceError>,
) -> Result<(Arc<PreparedSlice>, T), SliceFault> {
    let classification = match answer {
        Ok(answer) => answer.wait().await,
        Err(error) => Err(error),
    };
    Ok((
        prepared.clone(),
        classification.map_err(SliceFault::Inference)?,
    ))
}

/// The error to answer with when not one file could be read.
pub fn nothing_read(slices: &[ReadSlice]) -> Option<Error> {
    let failed: Option<Vec<_>> = slices
        .iter()
        .map(|slice| Some(slice_error(&slice.name, slice.result.as_ref().err()?)))
        .collect();
    failed.map(Error::NothingRead)
}
