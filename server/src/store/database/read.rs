//! What comes out: an answer, a slice, all of it. Expired ones are not there, whether they have been swept or not.

use lungsight_app::analysis::{Analysis, SliceResult};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};

use super::packed::{PackedPictures, PackedRecord, PackedSlice};
use super::{ANALYSIS, Database, Head, KeepError, VISIT, on_either, within};

const HEAD: &str =
    "SELECT entry, head FROM lungsight_kept WHERE id = $1 AND kind = $2 AND since > $3";

const RESULTS: &str = "SELECT result FROM lungsight_slices WHERE kept = $1 ORDER BY number";

const SLICE: &str = "SELECT s.result, s.slice, s.lungs, s.maps FROM lungsight_slices s \
     JOIN lungsight_kept k ON k.entry = s.kept \
     WHERE k.id = $1 AND k.kind = $2 AND k.since > $3 AND s.number = $4 AND s.maps IS NOT NULL";

const SLICES: &str = "SELECT s.result, s.slice, s.lungs, s.maps FROM lungsight_slices s \
     WHERE s.kept = $1 ORDER BY s.number";

/// Columns of [`SLICE`] and [`SLICES`]; a macro, because the two engines' rows are two types.
macro_rules! packed {
    ($row:expr) => {{
        let result: String = $row.try_get(0)?;
        let result: SliceResult = serde_json::from_str(&result)?;
        let maps: Option<Vec<u8>> = $row.try_get(3)?;
        let packed = match (&result, maps) {
            (SliceResult::Read(slice), Some(maps)) => Some(PackedSlice {
                predicted: slice.predicted,
                pictures: PackedPictures {
                    slice: $row.try_get(1)?,
                    lungs: $row.try_get(2)?,
                },
                maps,
            }),
            _ => None,
        };
        (result, packed)
    }};
}

impl Database {
    /// The analysis with this id, as far as it has come.
    pub async fn analysis(&self, id: &str) -> Result<Option<Analysis>, KeepError> {
        let visit = async {
            let Some((entry, head)) = self.head(id).await? else {
                return Ok(None);
            };
            let results: Vec<String> = on_either!(&self.0.pool, pool => {
                sqlx::query_scalar(RESULTS).bind(entry).fetch_all(pool).await
            })?;
            // An analysis has slices: it was forgotten meanwhile.
            if results.is_empty() {
                return Ok(None);
            }
            let slices = results
                .iter()
                .map(|result| serde_json::from_str(result))
                .collect::<Result<_, _>>()?;
            Ok(Some(head.with(id.to_owned(), slices)))
        };
        within(VISIT, visit).await
    }

    /// The entry of an analysis, and all of its answer but the slices.
    async fn head(&self, id: &str) -> Result<Option<(i64, Head)>, KeepError> {
        let found: Option<(i64, String)> = self.kept(HEAD, id).await?;
        let head = found.map(|(entry, head)| Ok((entry, serde_json::from_str(&head)?)));
        head.transpose()
    }

    /// A slice of an analysis that has a result.
    pub async fn slice(&self, id: &str, number: usize) -> Result<Option<PackedSlice>, KeepError> {
        let Ok(number) = i32::try_from(number) else {
            return Ok(None);
        };
        let visit = async {
            let packed = on_either!(&self.0.pool, pool => {
                let row = sqlx::query(SLICE)
                    .bind(id)
                    .bind(ANALYSIS)
                    .bind(self.expired())
                    .bind(number)
                    .fetch_optional(pool)
                    .await?;
                let Some(row) = row else { return Ok(None) };
                packed!(row).1
            });
            Ok(packed)
        };
        within(VISIT, visit).await
    }

    /// The analysis with this id and all its slices.
    pub async fn record(&self, id: &str) -> Result<Option<PackedRecord>, KeepError> {
        let visit = async {
            let Some((entry, head)) = self.head(id).await? else {
                return Ok(None);
            };
            let slices = on_either!(&self.0.pool, pool => {
                let rows = sqlx::query(SLICES).bind(entry).fetch_all(pool).await?;
                let mut slices = Vec::with_capacity(rows.len());
                for row in rows {
                    slices.push(packed!(row));
                }
                slices
            });
            // An analysis has slices: it was forgotten meanwhile.
            if slices.is_empty() {
                return Ok(None);
            }
            let (results, slices) = slices.into_iter().unzip();
            let analysis = head.with(id.to_owned(), results);
            Ok(Some(PackedRecord { analysis, slices }))
        };
        within(VISIT, visit).await
    }

    /// How many analyses and uploads are kept, and the bytes that their pictures take.
    pub async fn size(&self) -> Result<(usize, usize), KeepError> {
        const SIZE: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) \
             FROM lungsight_kept WHERE since > $1";
        let visit = async {
            let size: (i64, i64) = on_either!(&self.0.pool, pool => {
                sqlx::query_as(SIZE).bind(self.expired()).fetch_one(pool).await
            })?;
            Ok(size)
        };
        let (kept, bytes) = within(VISIT, visit).await?;
        let counted = |count: i64| usize::try_from(count).unwrap_or_default();
        Ok((counted(kept), counted(bytes)))
    }

    /// How many slices of an analysis have no result; `None` when it is not there.
    pub(super) async fn pending(&self, id: &str) -> Result<Option<i64>, KeepError> {
        const PENDING: &str =
            "SELECT pending FROM lungsight_kept WHERE id = $1 AND kind = $2 AND since > $3";
        self.number(PENDING, id).await
    }

    /// What the pictures and maps of an analysis take in the database, in bytes; `None` when it is not there.
    pub async fn packed_bytes(&self, id: &str) -> Result<Option<usize>, KeepError> {
        const BYTES: &str =
            "SELECT bytes FROM lungsight_kept WHERE id = $1 AND kind = $2 AND since > $3";
        let bytes = self.number(BYTES, id).await?;
        Ok(bytes.map(|bytes| usize::try_from(bytes).unwrap_or_default()))
    }

    /// A row about an analysis; `query` is told its id, its kind and since when there may be one.
    async fn kept<T>(&self, query: &'static str, id: &str) -> Result<Option<T>, KeepError>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let row = on_either!(&self.0.pool, pool => {
            sqlx::query_as(query)
                .bind(id)
                .bind(ANALYSIS)
                .bind(self.expired())
                .fetch_optional(pool)
                .await
        })?;
        Ok(row)
    }

    /// A number that is kept with an analysis.
    async fn number(&self, query: &'static str, id: &str) -> Result<Option<i64>, KeepError> {
        let visit = async {
            let number: Option<(i64,)> = self.kept(query, id).await?;
            Ok(number.map(|(number,)| number))
        };
        within(VISIT, visit).await
    }
}
