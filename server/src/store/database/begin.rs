//! What is put in: an upload, or an analysis with a job for each of its slices. All of it or nothing.

use lungsight_app::analysis::{Analysis, Grouping, Remarks};
use sqlx::Row as _;

use super::queue::{Jobs as _, Task};
use super::sweep::make_room;
use super::{
    ANALYSIS, Database, Head, KeepError, SliceRow, UPLOAD, VISIT, in_transaction, on_either, within,
};
use crate::record::timestamp;

const INSERT_ENTRY: &str = "INSERT INTO lungsight_kept (id, kind, since, head, pending, bytes) \
     VALUES ($1, $2, $3, $4, $5, $6) RETURNING entry";

const INSERT_SLICE: &str = "INSERT INTO lungsight_slices (kept, number, pending, result, slice, lungs) \
     VALUES ($1, $2, $3, $4, $5, $6)";

/// An upload that becomes an analysis keeps its rows and its id: nothing is copied.
const BEGIN_UPLOAD: &str = "UPDATE lungsight_kept SET kind = $1, since = $2, head = $3 \
     WHERE id = $4 AND kind = $5 AND since > $6 RETURNING entry";

/// Slices without a result of all analyses but one.
const WAITING: &str = "SELECT CAST(COALESCE(SUM(pending), 0) AS BIGINT) FROM lungsight_kept \
     WHERE kind = $1 AND entry <> $2";

/// No entry has this number.
const NONE: i64 = 0;

/// Whether as many slices wait as may, those of `entry` left aside. No others get in until the transaction ends.
macro_rules! is_queue_full {
    ($transaction:expr, $database:expr, $entry:expr) => {{
        $transaction.lock_queue().await?;
        let waiting: i64 = sqlx::query_scalar(WAITING)
            .bind(ANALYSIS)
            .bind($entry)
            .fetch_one(&mut *$transaction)
            .await?;
        waiting >= $database.0.limits.queue_slices
    }};
}

/// What became of an upload that was to be begun.
pub enum Beginning {
    /// The analysis as it is then.
    Begun(Box<Analysis>),
    QueueFull,
    /// There is no such upload, or no longer.
    Unknown,
}

/// What an analysis says before a network has seen any of it.
pub struct Begun {
    pub grouping: Grouping,
    pub remarks: Remarks,
    /// In words, until a server with a network has finished it.
    pub device: String,
    pub model: String,
}

impl Begun {
    fn head(self) -> Head {
        Head {
            created: timestamp(),
            finished: false,
            device: self.device,
            model: self.model,
            grouping: self.grouping,
            left_out: self.remarks.left_out,
            notes: self.remarks.notes,
            patient: None,
        }
    }
}

impl Database {
    /// Keeps an upload under `id`.
    pub async fn keep_upload(
        &self,
        id: &str,
        grouping: Grouping,
        remarks: Remarks,
        slices: &[SliceRow],
    ) -> Result<(), KeepError> {
        let nothing_yet = Begun {
            grouping,
            remarks,
            device: String::new(),
            model: String::new(),
        };
        let head = serde_json::to_string(&nothing_yet.head())?;
        self.put_in(id, UPLOAD, &head, slices).await.map(drop)
    }

    /// Puts an analysis in, with a job for each slice that was read; `false` when too many slices wait already.
    pub async fn begin(
        &self,
        id: &str,
        begun: Begun,
        slices: &[SliceRow],
    ) -> Result<bool, KeepError> {
        // Looked at again once all is written; most are turned away before anything is.
        if self.waiting_slices().await? >= self.0.limits.queue_slices {
            return Ok(false);
        }
        let head = serde_json::to_string(&begun.head())?;
        let is_in = self.put_in(id, ANALYSIS, &head, slices).await?;
        self.0.queued.notify_one();
        Ok(is_in)
    }

    /// Makes an analysis of an upload that is still there, and gives it as it is then: whoever has begun it is to hear of
    /// it, whatever becomes of the database next.
    pub async fn begin_upload(
        &self,
        upload: &str,
        begun: impl Fn(Grouping, Remarks) -> Begun,
    ) -> Result<Beginning, KeepError> {
        let visit = async {
            let begun = in_transaction!(&self.0.pool, transaction => {
                if is_queue_full!(transaction, self, NONE) {
                    return Ok(Beginning::QueueFull);
                }
                let head: Option<String> = sqlx::query_scalar(
                    "SELECT head FROM lungsight_kept WHERE id = $1 AND kind = $2",
                )
                .bind(upload)
                .bind(UPLOAD)
                .fetch_optional(&mut *transaction)
                .await?;
                let Some(head) = head else { return Ok(Beginning::Unknown) };
                let head: Head = serde_json::from_str(&head)?;
                let head = begun(head.grouping, head.remarks()).head();
                let row = sqlx::query(BEGIN_UPLOAD)
                    .bind(ANALYSIS)
                    .bind(self.now())
                    .bind(serde_json::to_string(&head)?)
                    .bind(upload)
                    .bind(UPLOAD)
                    .bind(self.expired())
                    .fetch_optional(&mut *transaction)
                    .await?;
                let Some(row) = row else { return Ok(Beginning::Unknown) };
                let entry: i64 = row.try_get(0)?;
                let slices: Vec<(i32, i32, String)> = sqlx::query_as(
                    "SELECT number, pending, result FROM lungsight_slices WHERE kept = $1 ORDER BY number",
                )
                .bind(entry)
                .fetch_all(&mut *transaction)
                .await?;
                let waiting = slices.iter().filter(|(_, pending, _)| *pending == 1);
                let numbers: Vec<i32> = waiting.map(|(number, ..)| *number).collect();
                transaction.push(Task::Classify, entry, &numbers).await?;
                let slices = slices
                    .iter()
                    .map(|(.., result)| serde_json::from_str(result))
                    .collect::<Result<_, _>>()?;
                head.with(upload.to_owned(), slices)
            });
            Ok(Beginning::Begun(Box::new(begun)))
        };
        let begun = within(VISIT, visit).await?;
        self.0.queued.notify_one();
        Ok(begun)
    }

    /// Slices of all analyses that have no result yet.
    pub async fn waiting_slices(&self) -> Result<i64, KeepError> {
        let visit = async {
            let waiting = on_either!(&self.0.pool, pool => {
                sqlx::query_scalar(WAITING).bind(ANALYSIS).bind(NONE).fetch_one(pool).await
            })?;
            Ok(waiting)
        };
        within(VISIT, visit).await
    }

    /// Whether it is in: an analysis is not while too many slices wait.
    async fn put_in(
        &self,
        id: &str,
        kind: i32,
        head: &str,
        slices: &[SliceRow],
    ) -> Result<bool, KeepError> {
        let bytes: usize = slices.iter().map(SliceRow::bytes).sum();
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let pending = |slice: &&SliceRow| slice.pictures.is_some();
        let waiting = slices.iter().filter(pending).count() as i64;
        let visit = async {
            in_transaction!(&self.0.pool, transaction => {
                let entry: i64 = sqlx::query_scalar(INSERT_ENTRY)
                    .bind(id)
                    .bind(kind)
                    .bind(self.now())
                    .bind(head)
                    .bind(waiting)
                    .bind(bytes)
                    .fetch_one(&mut *transaction)
                    .await?;
                let mut numbers = Vec::new();
                for (number, slice) in (0i32..).zip(slices) {
                    let pictures = slice.pictures.as_ref();
                    if pictures.is_some() {
                        numbers.push(number);
                    }
                    sqlx::query(INSERT_SLICE)
                        .bind(entry)
                        .bind(number)
                        .bind(i32::from(pictures.is_some()))
                        .bind(&slice.result)
                        .bind(pictures.map(|pictures| pictures.slice.as_slice()))
                        .bind(pictures.map(|pictures| pictures.lungs.as_slice()))
                        .execute(&mut *transaction)
                        .await?;
                }
                if kind == ANALYSIS {
                    // Not before: others wait from here on.
                    if is_queue_full!(transaction, self, entry) {
                        return Ok(false);
                    }
                    transaction.push(Task::Classify, entry, &numbers).await?;
                }
                make_room!(transaction, self);
            });
            Ok(true)
        };
        within(VISIT, visit).await
    }
}
