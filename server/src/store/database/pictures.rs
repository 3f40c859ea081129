//! The pictures that a job is done with.

use sqlx::Row as _;

use super::packed::PackedPictures;
use super::{Database, KeepError, SliceJob, VISIT, on_either, within};

impl Database {
    /// What `query` finds for a job's entry and number: a slice and its lungs, or nothing where there is nothing to do.
    pub(super) async fn pictures(
        &self,
        query: &'static str,
        job: SliceJob,
    ) -> Result<Option<PackedPictures>, KeepError> {
        let visit = async {
            let found = on_either!(&self.0.pool, pool => {
                let row = sqlx::query(query)
                    .bind(job.entry)
                    .bind(job.number)
                    .fetch_optional(pool)
                    .await?;
                match row {
                    None => None,
                    Some(row) => Some(PackedPictures {
                        slice: row.try_get(0)?,
                        lungs: row.try_get(1)?,
                    }),
                }
            });
            Ok(found)
        };
        within(VISIT, visit).await
    }
}
