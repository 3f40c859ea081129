//! From slices to an analysis on the running server: queue them, put each answer in when it is there.
//!
//! What is kept in memory is queued for this process's network and begun here; what is kept in a database is queued there,
//! for whichever server comes first.

pub mod shared;

use std::sync::Arc;
use std::time::Instant;

use lungsight_app::analysis::{Analysis, Grouping, Remarks};
use lungsight_network::Classification;
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinHandle};
use tracing::Instrument;

use crate::engine::EngineInfo;
use crate::error::{Error, slice_error};
use crate::form::ReadSlice;
use crate::id::{self, is_id};
use crate::inference::{Answer, InferenceError};
use crate::prepare::{PreparedSlice, SliceFault};
use crate::record::{HEATS_BYTES, Links, Record, SeenSlice, unless_nothing_was_read};
use crate::state::AppState;
use crate::store::{MemoryShelf, Store};

/// Analyses slices to the end, and keeps the result; whoever stops waiting stops it.
///
/// # Errors
/// When no slice has a result, too many wait, or the network or the database is not there.
pub async fn whole(
    state: &AppState,
    grouping: Grouping,
    remarks: Remarks,
    slices: Vec<ReadSlice>,
) -> Result<Analysis, Error> {
    match state.store() {
        Store::Memory(shelf) => {
            let running = begin(state, id::random(), grouping, remarks, &slices)?;
            let (record, bytes) = (running.record.clone(), running.bytes);
            let finished = running.finished().await?;
            shelf.keep_analysis(record, bytes);
            Ok(finished.analysis.clone())
        }
        Store::Database(database) => {
            shared::whole(state, database, grouping, remarks, slices).await
        }
    }
}

/// Begins to analyse an upload; the analysis has its id. It stays where it is when the queue is full, so that it can be tried again
/// without sending the files again. Begun already, the analysis is told as it is: the answer may have been lost.
///
/// # Errors
/// When there is no such upload, too many slices wait, or the network or the database is not there.
pub async fn upload(state: &AppState, id: &str) -> Result<Analysis, Error> {
    if !is_id(id) {
        return Err(Error::Unknown("upload"));
    }
    match state.store() {
        Store::Memory(shelf) => {
            // Of two who begin the same upload, the second finds it begun.
            let _alone = state.begin_alone();
            let Some(upload) = shelf.upload(id) else {
                let begun = shelf.analysis(id).ok_or(Error::Unknown("upload"))?;
                return Ok(begun.analysis.clone());
            };
            let running = begin(
                state,
                id.to_owned(),
                upload.grouping,
                upload.remarks.clone(),
                &upload.slices,
            )?;
            shelf.use_up(id);
            Ok(go_on(state, shelf, running))
        }
        Store::Database(database) => shared::upload(state, database, id).await,
    }
}

/// Begins to analyse a patient's slices that were fetched, and gives the analysis's id; `remarks` tell of the
/// series.
///
/// # Errors
/// When no slice could be read, too many wait, or the network or the database is not there.
pub async fn fetched(
    state: &AppState,
    remarks: Remarks,
    slices: Vec<ReadSlice>,
) -> Result<String, Error> {
    let grouping = Grouping::Patient;
    match state.store() {
        Store::Memory(shelf) => {
            let running = begin(state, id::random(), grouping, remarks, &slices)?;
            Ok(go_on(state, shelf, running).id)
        }
        Store::Database(database) => {
            let begun = shared::begin(state, database, grouping, remarks, slices).await?;
            Ok(begun.keep())
        }
    }
}

/// Keeps an analysis that has been accepted and goes on; it is waited for when the server stops.
fn go_on(state: &AppState, shelf: &MemoryShelf, running: Running) -> Analysis {
    let Running { record, bytes, .. } = running;
    let begun = record.borrow().analysis.clone();
    shelf.keep_analysis(record.clone(), bytes);
    let (piece, state, id) = (state.work().begin(), state.clone(), begun.id.clone());
    tokio::spawn(async move {
        ended(record).await;
        if let Store::Memory(shelf) = state.store() {
            shelf.finished(&id, Instant::now());
        }
        drop(piece);
    });
    begun
}

/// An analysis that has been begun and goes on by itself.
pub struct Running {
    /// What is known so far; closed when the analysis has come to its end.
    pub record: watch::Receiver<Arc<Record>>,
    /// More than its pictures and heatmaps take, in bytes.
    pub bytes: usize,
    task: JoinHandle<()>,
}

/// Begins to classify what could be read, as the analysis with this id. The first slice must find a place in the queue at once; when it has, the others
/// of the same request wait for theirs, so that a patient may have more slices than the queue has places.
///
/// # Errors
/// When no slice could be read, the queue is full or the network is not there.
pub fn begin(
    state: &AppState,
    id: String,
    grouping: Grouping,
    remarks: Remarks,
    slices: &[ReadSlice],
) -> Result<Running, Error> {
    let inference = state.inference();
    let info = inference.info()?;
    let pending = slices.iter().map(ReadSlice::pending).collect();
    let mut record = Record::begin(id, &info, grouping, remarks, pending);
    let mut waiting = Vec::new();
    for (number, slice) in slices.iter().enumerate() {
        match &slice.result {
            Ok(prepared) => waiting.push((number, prepared.clone())),
            Err(fault) => {
                let links = Links::api(&record.analysis.id, number);
                record.put(number, Err(fault.clone()), links);
            }
        }
    }
    let bytes = waiting
        .iter()
        .map(|(_, prepared)| prepared.bytes() + HEATS_BYTES)
        .sum();
    let Some((_, first)) = waiting.first() else {
        Refused::among(slices).count(state);
        return Err(nothing_read(slices).unwrap_or(Error::NoSlice));
    };
    let first = inference.try_classify(first.input.clone())?;
    Refused::among(slices).count(state);
    let (sender, record) = watch::channel(Arc::new(record));
    let run = run(state.clone(), info, waiting, first, sender);
    let task = tokio::spawn(run.in_current_span());
    Ok(Running {
        record,
        bytes,
        task,
    })
}

impl Running {
    /// Waits for the end; whoever stops waiting stops the analysis.
    ///
    /// # Errors
    /// When no slice has a result.
    pub async fn finished(mut self) -> Result<Arc<Record>, Error> {
        let _stop = StopOnDrop(self.task.abort_handle());
        // Closed without an end: the task has died of a defect, which the log tells.
        let finished = self
            .record
            .wait_for(|record| record.analysis.finished)
            .await;
        let record = finished.map_err(|_| Error::Internal)?.clone();
        unless_nothing_was_read(&record.analysis)?;
        Ok(record)
    }
}

/// Waits until an analysis has come to its end, or was given up.
async fn ended(mut record: watch::Receiver<Arc<Record>>) {
    drop(record.wait_for(|record| record.analysis.finished).await);
}

struct StopOnDrop(AbortHandle);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A slice with its place among the files.
type Numbered = (usize, Arc<PreparedSlice>);

async fn run(
    state: AppState,
    info: EngineInfo,
    waiting: Vec<Numbered>,
    first: Answer<Classification>,
    record: watch::Sender<Arc<Record>>,
) {
    let (inference, metrics) = (state.inference(), state.metrics());
    let (queued, mut answers) = mpsc::channel(waiting.len().max(1));
    let queue = async move {
        let mut first = Some(Ok(first));
        for (number, prepared) in waiting {
            let answer = match first.take() {
                Some(first) => first,
                None => inference.classify(prepared.input.clone()).await,
            };
            // Read to the end by the other half.
            let _ = queued.send((number, prepared, answer)).await;
        }
    };
    let put_in = async {
        while let Some((number, prepared, answer)) = answers.recv().await {
            let seen = classified(prepared, answer).await;
            metrics.slice(
                seen.as_ref()
                    .map(|seen| seen.verdict.inconclusive.is_some()),
            );
            record.send_modify(|record| {
                let links = Links::api(&record.analysis.id, number);
                Arc::make_mut(record).put(number, seen, links);
            });
        }
    };
    tokio::join!(queue, put_in);
    // The network as it is now: after the loss of its device it may be on another one.
    let info = inference.info().unwrap_or(info);
    let all = record.borrow().clone();
    let is_patient = all.analysis.grouping == Grouping::Patient;
    let finish = move || {
        let mut record = Record::clone(&all);
        record.finish(&info);
        Arc::new(record)
    };
    // A patient's slices are drawn anew a thousand times.
    let finished = if is_patient {
        state.pictures().run_in_turn(finish).await
    } else {
        Ok(finish())
    };
    // Without one, those who wait find the channel closed; the log has the reason.
    if let Ok(finished) = finished {
        record.send_replace(finished);
    }
}

/// What the network says of a slice, with all that is made of it: whoever looks at the record meanwhile does not wait for that.
async fn classified(
    prepared: Arc<PreparedSlice>,
    answer: Result<Answer<Classification>, InferenceError>,
) -> Result<SeenSlice, SliceFault> {
    let classification = match answer {
        Ok(answer) => answer.wait().await,
        Err(error) => Err(error),
    };
    let classification = classification.map_err(SliceFault::Inference)?;
    Ok(SeenSlice::new(prepared, classification))
}

/// Files without a slice. They are counted where they came in (slices are by the server that does them), and once they are in: whoever
/// is told to try again comes with the same files.
struct Refused(Vec<SliceFault>);

impl Refused {
    fn among(slices: &[ReadSlice]) -> Self {
        let faults = slices
            .iter()
            .filter_map(|slice| slice.result.as_ref().err());
        Self(faults.cloned().collect())
    }

    fn count(&self, state: &AppState) {
        for fault in &self.0 {
            state.metrics().slice(Err(fault));
        }
    }
}

/// The error to answer an upload with when not one of its files could be read; they are counted.
pub fn refuse_unless_read(state: &AppState, slices: &[ReadSlice]) -> Result<(), Error> {
    match nothing_read(slices) {
        None => Ok(()),
        Some(error) => {
            Refused::among(slices).count(state);
            Err(error)
        }
    }
}

/// The error to answer with when not one file could be read.
fn nothing_read(slices: &[ReadSlice]) -> Option<Error> {
    let failed: Option<Vec<_>> = slices
        .iter()
        .map(|slice| Some(slice_error(&slice.name, slice.result.as_ref().err()?)))
        .collect();
    failed.map(Error::NothingRead)
}
