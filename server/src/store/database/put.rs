//! What a worker takes and writes: a slice without a result, and its result, once.

use lungsight_app::analysis::{Grouping, PendingSlice, SliceResult};
use lungsight_network::Classification;
use sqlx::Row as _;

use super::packed::{PackedPictures, pack_maps};
use super::sweep::make_room;
use super::{Database, Head, KeepError, SliceJob, VISIT, in_transaction, within};
use crate::engine::EngineInfo;
use crate::patient::patient;
use crate::prepare::SliceFault;
use crate::record::{Extent, Links, Verdict, slice_result, timestamp};

const WAITING: &str =
    "SELECT slice, lungs FROM lungsight_slices WHERE kept = $1 AND number = $2 AND pending = 1";

/// First, so that whoever writes another slice of the same analysis waits here, and the last one sees all of them.
const COUNT_DOWN: &str = "UPDATE lungsight_kept SET pending = pending - 1, bytes = bytes + $2 \
     WHERE entry = $1 RETURNING pending, id, head";

/// Where there is no result yet, and only there.
const WRITE: &str = "UPDATE lungsight_slices SET pending = 0, result = $3, maps = $4, extent = $5 \
     WHERE kept = $1 AND number = $2 AND pending = 1";

/// It is as old as its last result: whoever waits for it finds it, however many were put in meanwhile.
const CLOSE: &str = "UPDATE lungsight_kept SET head = $2, since = $3 WHERE entry = $1";

/// What a network has seen of a slice, and how much of the lungs is dense or hot: the patient's result needs it of all slices.
pub(super) struct Seen {
    pub classification: Classification,
    pub extent: Extent,
}

impl Database {
    /// The pictures of a slice that still waits; `None` when it is done, or its analysis gone.
    pub(super) async fn waiting(&self, job: SliceJob) -> Result<Option<PackedPictures>, KeepError> {
        self.pictures(WAITING, job).await
    }

    /// Writes what became of a slice, and closes the analysis with its last one. Whether there was none yet.
    pub(super) async fn put(
        &self,
        job: SliceJob,
        result: &Result<Seen, SliceFault>,
        info: &EngineInfo,
    ) -> Result<bool, KeepError> {
        let seen = result.as_ref().ok();
        let maps = seen.map(|seen| pack_maps(&seen.classification));
        let extent = seen.map(|seen| serde_json::to_string(&seen.extent));
        let extent = extent.transpose()?;
        let bytes = maps.as_ref().map_or(0, Vec::len) as i64;
        let visit = async {
            let written = in_transaction!(&self.0.pool, transaction => {
                let row = sqlx::query(COUNT_DOWN)
                    .bind(job.entry)
                    .bind(bytes)
                    .fetch_optional(&mut *transaction)
                    .await?;
                let Some(row) = row else { return Ok(false) };
                let pending: i64 = row.try_get(0)?;
                let (id, head): (String, String) = (row.try_get(1)?, row.try_get(2)?);
                let waiting: Option<String> = sqlx::query_scalar(
                    "SELECT result FROM lungsight_slices WHERE kept = $1 AND number = $2 AND pending = 1",
                )
                .bind(job.entry)
                .bind(job.number)
                .fetch_optional(&mut *transaction)
                .await?;
                let Some(waiting) = waiting else { return Ok(false) };
                let result = if of_same_weights(&head, info)? { result } else { &OTHER };
                let written = sqlx::query(WRITE)
                    .bind(job.entry)
                    .bind(job.number)
                    .bind(answer(&waiting, result, &id, job.number)?)
                    .bind(maps.as_deref())
                    .bind(extent.as_deref())
                    .execute(&mut *transaction)
                    .await?;
                if written.rows_affected() != 1 {
                    return Ok(false);
                }
                if pending <= 0 {
                    let slices: Vec<(String, Option<String>)> = sqlx::query_as(
                        "SELECT result, extent FROM lungsight_slices WHERE kept = $1 ORDER BY number",
                    )
                    .bind(job.entry)
                    .fetch_all(&mut *transaction)
                    .await?;
                    sqlx::query(CLOSE)
                        .bind(job.entry)
                        .bind(finished(&head, &slices, info)?)
                        .bind(self.now())
                        .execute(&mut *transaction)
                        .await?;
                    make_room!(transaction, self);
                }
                true
            });
            Ok(written)
        };
        let written = within(VISIT, visit).await?;
        if written {
            self.0
                .written
                .send_modify(|count| *count = count.wrapping_add(1));
        }
        Ok(written)
    }
}

const OTHER: Result<Seen, SliceFault> = Err(SliceFault::OtherWeights);

/// Whether the analysis was begun for the weights of this server; who began it may not have known.
fn of_same_weights(head: &str, info: &EngineInfo) -> Result<bool, KeepError> {
    let begun: Head = serde_json::from_str(head)?;
    let same = begun.model.is_empty() || begun.model == info.model;
    if !same {
        let (theirs, ours) = (begun.model, &info.model);
        tracing::error!(
            theirs,
            ours,
            "servers with different weights share the database"
        );
    }
    Ok(same)
}

/// The slice's part of the answer.
fn answer(
    waiting: &str,
    result: &Result<Seen, SliceFault>,
    id: &str,
    number: i32,
) -> Result<String, KeepError> {
    let waiting: PendingSlice = serde_json::from_str(waiting)?;
    let links = Links::api(id, usize::try_from(number).unwrap_or_default());
    Ok(serde_json::to_string(&slice_result(
        waiting,
        result
            .as_ref()
            .map(|seen| Verdict::from(&seen.classification)),
        links,
    ))?)
}

/// The answer's head once every slice is in; `slices` are their results and extents.
fn finished(
    head: &str,
    slices: &[(String, Option<String>)],
    info: &EngineInfo,
) -> Result<String, KeepError> {
    let mut head: Head = serde_json::from_str(head)?;
    head.created = timestamp();
    head.finished = true;
    head.device = info.device.clone();
    head.model = info.model.clone();
    if head.grouping == Grouping::Patient {
        let results: Vec<SliceResult> = slices
            .iter()
            .map(|(result, _)| serde_json::from_str(result))
            .collect::<Result<_, _>>()?;
        let extents: Vec<Option<Extent>> = slices
            .iter()
            .map(|(_, extent)| extent.as_deref().map(serde_json::from_str).transpose())
            .collect::<Result<_, _>>()?;
        head.patient = patient(&results, &extents, info);
    }
    Ok(serde_json::to_string(&head)?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lungsight_app::analysis::Remarks;
    use lungsight_imaging::{Limits, PhantomOptions, encode_png_grey, phantom};
    use lungsight_network::PatientRule;

    use super::*;
    use crate::config::Config;
    use crate::form::ReadSlice;
    use crate::prepare::prepare;
    use crate::store::database::queue::Task;
    use crate::store::database::{Begun, SliceRow};

    fn info() -> EngineInfo {
        EngineInfo {
            device: "cpu: test".to_owned(),
            device_note: None,
            model: "test".to_owned(),
            network: Vec::new(),
            patient_rule: PatientRule::Mean,
            least_probability: 0.0,
            usual_batch: 8,
        }
    }

    fn row(name: &str) -> SliceRow {
        let options = PhantomOptions {
            side: 64,
            ..PhantomOptions::default()
        };
        let png = encode_png_grey(&phantom(&options).slice);
        let prepared = prepare(&png, None, &Limits::default()).expect("lungs");
        let slice = ReadSlice {
            name: name.to_owned(),
            threshold: None,
            position_mm: None,
            result: Ok(Arc::new(prepared)),
        };
        SliceRow::pack(&slice).expect("packed")
    }

    #[tokio::test]
    async fn a_result_is_written_once_and_the_last_one_closes_the_analysis() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("kept.sqlite").display());
        let url = url.parse().expect("any text");
        let database = Database::open(&url, &Config::default())
            .await
            .expect("opened");
        let begun = Begun {
            grouping: Grouping::Slices,
            remarks: Remarks::default(),
            device: String::new(),
            model: String::new(),
        };
        let rows = [row("a.png"), row("b.png")];
        let id = "an analysis";
        let is_in = database.begin(id, begun, &rows).await;
        assert!(is_in.expect("kept"), "there is room");
        let job = |number| SliceJob {
            task: Task::Classify,
            entry: 1,
            number,
            parent: None,
        };
        let (first, second) = (job(0), job(1));
        let failed = |reason: &str| Err(SliceFault::Unreadable(reason.to_owned()));
        let put = async |job, reason| database.put(job, &failed(reason), &info()).await;
        assert_eq!(put(first, "one").await, Ok(true));
        assert_eq!(put(first, "another").await, Ok(false));
        assert!(database.waiting(first).await.expect("an answer").is_none());
        assert!(database.waiting(second).await.expect("an answer").is_some());
        let running = database
            .analysis(id)
            .await
            .expect("an answer")
            .expect("there");
        assert!(!running.finished);
        assert_eq!(put(second, "two").await, Ok(true));
        let finished = database
            .analysis(id)
            .await
            .expect("an answer")
            .expect("there");
        let reasons = finished.slices.iter().map(|slice| match slice {
            SliceResult::Failed(failed) => failed.error.as_str(),
            other => panic!("{other:?}"),
        });
        assert_eq!(reasons.collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(
            (finished.finished, finished.device.as_str()),
            (true, "cpu: test")
        );
        database.forget(id).await.expect("forgotten");
        assert_eq!(put(second, "too late").await, Ok(false));
    }
}
