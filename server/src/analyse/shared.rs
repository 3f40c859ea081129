//! Analyses through a database that servers share: what comes in is put there, what comes out is read there.

use std::sync::Arc;
use std::time::Duration;

use lungsight_app::analysis::{Analysis, Grouping, Remarks};
use tokio_util::task::AbortOnDropHandle;

use super::{Refused, nothing_read};
use crate::error::Error;
use crate::form::ReadSlice;
use crate::id;
use crate::inference::InferenceError;
use crate::layers::DrawnLayer;
use crate::record::unless_nothing_was_read;
use crate::state::AppState;
use crate::store::database::{
    Asked, Beginning, Begun, Database, KEEP_LAYERS, KeepError, SliceRow, Taken,
};

/// Keeps an upload under `id`.
pub async fn keep_upload(
    state: &AppState,
    database: &Database,
    id: &str,
    grouping: Grouping,
    remarks: Remarks,
    slices: Vec<ReadSlice>,
) -> Result<(), Error> {
    let refused = Refused::among(&slices);
    let rows = pack(state, slices).await?;
    database.keep_upload(id, grouping, remarks, &rows).await?;
    refused.count(state);
    Ok(())
}

/// Puts slices in and waits for the end, whoever works on them.
pub(super) async fn whole(
    state: &AppState,
    database: &Database,
    grouping: Grouping,
    remarks: Remarks,
    slices: Vec<ReadSlice>,
) -> Result<Analysis, Error> {
    let begun = begin(state, database, grouping, remarks, slices).await?;
    let analysis = finished(database, begun.id()).await?;
    unless_nothing_was_read(&analysis)?;
    begun.keep();
    Ok(analysis)
}

/// Puts slices in, and gives the analysis, which is forgotten unless it is kept.
pub(super) async fn begin(
    state: &AppState,
    database: &Database,
    grouping: Grouping,
    remarks: Remarks,
    slices: Vec<ReadSlice>,
) -> Result<ForgetOnDrop, Error> {
    let refused = Refused::among(&slices);
    if let Some(error) = nothing_read(&slices) {
        refused.count(state);
        return Err(error);
    }
    let rows = pack(state, slices).await?;
    // Before it is there: whoever leaves while it is put in is to leave nothing behind.
    let begun = ForgetOnDrop::new(database);
    let said = self::begun(state, grouping, remarks);
    if !database.begin(begun.id(), said, &rows).await? {
        begun.keep();
        return Err(InferenceError::QueueFull.into());
    }
    refused.count(state);
    Ok(begun)
}

/// Begins to analyse an upload.
pub(super) async fn upload(
    state: &AppState,
    database: &Database,
    upload: &str,
) -> Result<Analysis, Error> {
    let begun = database
        .begin_upload(upload, |grouping, remarks| begun(state, grouping, remarks))
        .await?;
    match begun {
        Beginning::Begun(analysis) => Ok(*analysis),
        // It may be its own slices that wait.
        Beginning::QueueFull => database
            .analysis(upload)
            .await?
            .ok_or_else(|| InferenceError::QueueFull.into()),
        Beginning::Unknown => database
            .analysis(upload)
            .await?
            .ok_or(Error::Unknown("upload")),
    }
}

/// What is said of device and weights until a server has finished: this one's, which may be another's task.
fn begun(state: &AppState, grouping: Grouping, remarks: Remarks) -> Begun {
    let (device, model) = match state.inference().info() {
        Ok(info) => (info.device, info.model),
        Err(_) => Default::default(),
    };
    Begun {
        grouping,
        remarks,
        device,
        model,
    }
}

/// The layers of a slice that has a result, drawn by a server with a network.
///
/// # Errors
/// When there is no such slice, layers of enough others are waited for, no server answers, or the network fails on it.
pub async fn layers(
    database: &Database,
    id: &str,
    number: usize,
) -> Result<Vec<DrawnLayer>, Error> {
    const AGAIN: Duration = Duration::from_millis(200);
    let ask = async || match database.ask_layers(id, number).await? {
        Asked::Layers(asked) => Ok(asked),
        Asked::QueueFull => Err(Error::from(InferenceError::QueueFull)),
        Asked::Unknown => Err(Error::Unknown("slice")),
    };
    let drawn = async {
        let mut asked = ask().await?;
        loop {
            match database.take_layers(&asked).await? {
                Taken::Layers(drawn) => return Ok::<_, Error>(drawn),
                Taken::NotYet => tokio::time::sleep(AGAIN).await,
                Taken::Gone => asked = ask().await?,
            }
        }
    };
    let drawn = tokio::time::timeout(KEEP_LAYERS, drawn).await;
    let drawn = drawn.map_err(|_| Error::NoNetwork)??;
    if drawn.is_empty() {
        return Err(InferenceError::Failed.into());
    }
    Ok(drawn)
}

/// The layers of a slice that nobody has sent: it is analysed for them, and forgotten.
///
/// # Errors
/// When no server answers, or the network fails on it.
pub async fn layers_of(
    state: &AppState,
    database: &Database,
    slice: ReadSlice,
) -> Result<Vec<DrawnLayer>, Error> {
    let (grouping, remarks) = (Grouping::default(), Remarks::default());
    let begun = begin(state, database, grouping, remarks, vec![slice]).await?;
    let seen = tokio::time::timeout(KEEP_LAYERS, finished(database, begun.id())).await;
    unless_nothing_was_read(&seen.map_err(|_| Error::NoNetwork)??)?;
    layers(database, begun.id(), 0).await
}

async fn finished(database: &Database, id: &str) -> Result<Analysis, Error> {
    let watched = database.watch(id).await?;
    let mut record = watched.ok_or(Error::Unknown("analysis"))?;
    let finished = async {
        let record = record.wait_for(|record| record.analysis.finished).await;
        // Closed without an end: it was forgotten to make room, or has expired.
        let record = record.map_err(|_| Error::Unknown("analysis"))?;
        Ok(record.analysis.clone())
    };
    tokio::select! {
        finished = finished => finished,
        // Its slices would wait for room, and its client with them.
        () = database.is_full() => Err(KeepError::Full.into()),
    }
}

/// Packs slices for the database, as many at a time as pictures are drawn.
async fn pack(state: &AppState, slices: Vec<ReadSlice>) -> Result<Vec<SliceRow>, Error> {
    let tasks: Vec<_> = slices
        .into_iter()
        .map(|slice| {
            let (pictures, slice) = (state.pictures().clone(), Arc::new(slice));
            let packing = async move { pictures.run(move || SliceRow::pack(&slice)).await };
            AbortOnDropHandle::new(tokio::spawn(packing))
        })
        .collect();
    let mut rows = Vec::with_capacity(tasks.len());
    for task in tasks {
        rows.push(task.await.map_err(|_| Error::Internal)???);
    }
    Ok(rows)
}

/// An analysis that nobody waits for any more is forgotten, and its slices with it.
pub(super) struct ForgetOnDrop {
    /// `None` once it is kept.
    database: Option<Database>,
    id: String,
}

impl ForgetOnDrop {
    /// One with an id of its own, which nothing has yet.
    fn new(database: &Database) -> Self {
        Self {
            database: Some(database.clone()),
            id: id::random(),
        }
    }

    fn id(&self) -> &str {
        &self.id
    }

    /// Has it stay, and gives its id.
    pub fn keep(mut self) -> String {
        self.database = None;
        std::mem::take(&mut self.id)
    }
}

impl Drop for ForgetOnDrop {
    fn drop(&mut self) {
        if let Some(database) = self.database.take() {
            let id = std::mem::take(&mut self.id);
            // Where it cannot be forgotten now it expires later; the log has the reason.
            tokio::spawn(async move { database.forget(&id).await });
        }
    }
}
