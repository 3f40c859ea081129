//! Feature maps for a server without a network: asked for here, drawn by a server with one, fetched here.

use std::time::Duration;

use axum::body::Bytes;
use serde::{Deserialize, Serialize};

use super::packed::PackedPictures;
use super::queue::{Jobs as _, Task};
use super::{
    ANALYSIS, Database, KeepError, SliceJob, VISIT, in_transaction, milliseconds, on_either, within,
};
use crate::layers::DrawnLayer;

/// How long they are waited for, and no longer kept: more than a full queue of slices takes on a CPU. Whoever has asked holds
/// them himself then.
pub const KEEP: Duration = Duration::from_secs(30);

/// Slices whose layers are asked for, or drawn and not yet fetched, at most: each takes the network alone, and some 5 MiB.
const MOST: i64 = 16;

const SLICE: &str = "SELECT s.kept FROM lungsight_slices s JOIN lungsight_kept k ON k.entry = s.kept \
     WHERE k.id = $1 AND k.kind = $2 AND k.since > $3 AND s.number = $4 AND s.maps IS NOT NULL";

/// Whoever asks second waits for what the first has asked for.
const ASK: &str = "INSERT INTO lungsight_layers (kept, number, since) VALUES ($1, $2, $3) \
     ON CONFLICT (kept, number) DO NOTHING";

const TAKE: &str = "SELECT drawn FROM lungsight_layers WHERE kept = $1 AND number = $2";

const PICTURES: &str = "SELECT s.slice, s.lungs FROM lungsight_slices s \
     JOIN lungsight_layers l ON l.kept = s.kept AND l.number = s.number \
     WHERE s.kept = $1 AND s.number = $2 AND l.drawn IS NULL";

const PUT: &str =
    "UPDATE lungsight_layers SET drawn = $3 WHERE kept = $1 AND number = $2 AND drawn IS NULL";

/// Layers that were asked for.
pub struct AskedLayers {
    kept: i64,
    number: i32,
}

/// What became of a request for layers.
pub enum Asked {
    Layers(AskedLayers),
    QueueFull,
    /// There is no such slice, or it has no result.
    Unknown,
}

/// What became of layers that were asked for.
pub enum Taken {
    /// None at all where the network failed on them.
    Layers(Vec<DrawnLayer>),
    NotYet,
    /// Somebody else has taken them: they are to be asked for anew.
    Gone,
}

impl Database {
    /// Asks for the layers of a slice that has a result.
    pub async fn ask_layers(&self, id: &str, number: usize) -> Result<Asked, KeepError> {
        let Ok(number) = i32::try_from(number) else {
            return Ok(Asked::Unknown);
        };
        let long_ago = self.now().saturating_sub(milliseconds(KEEP));
        let visit = async {
            let kept = in_transaction!(&self.0.pool, transaction => {
                let kept: Option<i64> = sqlx::query_scalar(SLICE)
                    .bind(id)
                    .bind(ANALYSIS)
                    .bind(self.expired())
                    .bind(number)
                    .fetch_optional(&mut *transaction)
                    .await?;
                let Some(kept) = kept else { return Ok(Asked::Unknown) };
                transaction.lock_queue().await?;
                sqlx::query("DELETE FROM lungsight_layers WHERE since <= $1")
                    .bind(long_ago)
                    .execute(&mut *transaction)
                    .await?;
                let asked = sqlx::query(ASK)
                    .bind(kept)
                    .bind(number)
                    .bind(self.now())
                    .execute(&mut *transaction)
                    .await?;
                if asked.rows_affected() == 1 {
                    let all: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM lungsight_layers")
                        .fetch_one(&mut *transaction)
                        .await?;
                    if all > MOST {
                        return Ok(Asked::QueueFull);
                    }
                    transaction.push(Task::Layers, kept, &[number]).await?;
                }
                kept
            });
            Ok(Asked::Layers(AskedLayers { kept, number }))
        };
        within(VISIT, visit).await
    }

    /// The layers once they are drawn; they are forgotten here then.
    pub async fn take_layers(&self, asked: &AskedLayers) -> Result<Taken, KeepError> {
        let visit = async {
            // A row, and what is drawn in it.
            let drawn: Option<Option<Vec<u8>>> = on_either!(&self.0.pool, pool => {
                let drawn: Option<Option<Vec<u8>>> = sqlx::query_scalar(TAKE)
                    .bind(asked.kept)
                    .bind(asked.number)
                    .fetch_optional(pool)
                    .await?;
                if matches!(drawn, Some(Some(_))) {
                    sqlx::query("DELETE FROM lungsight_layers WHERE kept = $1 AND number = $2")
                        .bind(asked.kept)
                        .bind(asked.number)
                        .execute(pool)
                        .await?;
                }
                drawn
            });
            Ok(drawn)
        };
        match within(VISIT, visit).await? {
            None => Ok(Taken::Gone),
            Some(None) => Ok(Taken::NotYet),
            Some(Some(drawn)) if drawn.is_empty() => Ok(Taken::Layers(Vec::new())),
            Some(Some(drawn)) => open(&drawn).map(Taken::Layers),
        }
    }

    /// The pictures of a slice whose layers are still wanted.
    pub(super) async fn wanted_layers(
        &self,
        job: SliceJob,
    ) -> Result<Option<PackedPictures>, KeepError> {
        self.pictures(PICTURES, job).await
    }

    /// Hands layers over; none where the network failed.
    pub(super) async fn put_layers(
        &self,
        job: SliceJob,
        drawn: &[DrawnLayer],
    ) -> Result<(), KeepError> {
        let packed = if drawn.is_empty() {
            Vec::new()
        } else {
            pack(drawn)?
        };
        let visit = async {
            on_either!(&self.0.pool, pool => {
                sqlx::query(PUT)
                    .bind(job.entry)
                    .bind(job.number)
                    .bind(&packed)
                    .execute(pool)
                    .await
                    .map(drop)
            })?;
            Ok(())
        };
        within(VISIT, visit).await
    }
}

/// What stands before the pictures, as JSON.
#[derive(Serialize, Deserialize)]
struct Packed {
    name: String,
    channels: usize,
    shown: usize,
    height: usize,
    width: usize,
    png_bytes: usize,
}

/// The length of the JSON (32 bits, little-endian), the JSON, the pictures one after the other.
fn pack(layers: &[DrawnLayer]) -> Result<Vec<u8>, KeepError> {
    let contents: Vec<Packed> = layers
        .iter()
        .map(|layer| Packed {
            name: layer.name.clone(),
            channels: layer.channels,
            shown: layer.shown,
            height: layer.height,
            width: layer.width,
            png_bytes: layer.png.len(),
        })
        .collect();
    let contents = serde_json::to_vec(&contents)?;
    let length = u32::try_from(contents.len()).unwrap_or(u32::MAX);
    let mut packed = length.to_le_bytes().to_vec();
    packed.extend(contents);
    for layer in layers {
        packed.extend_from_slice(&layer.png);
    }
    Ok(packed)
}

fn open(packed: &[u8]) -> Result<Vec<DrawnLayer>, KeepError> {
    let cut_off = || {
        tracing::error!("layers in the database are cut off");
        KeepError::Broken
    };
    let (length, rest) = packed.split_first_chunk().ok_or_else(cut_off)?;
    let length = u32::from_le_bytes(*length) as usize;
    let (contents, mut rest) = rest.split_at_checked(length).ok_or_else(cut_off)?;
    let contents: Vec<Packed> = serde_json::from_slice(contents)?;
    let mut layers = Vec::with_capacity(contents.len());
    for layer in contents {
        let (png, after) = rest.split_at_checked(layer.png_bytes).ok_or_else(cut_off)?;
        rest = after;
        layers.push(DrawnLayer {
            name: layer.name,
            channels: layer.channels,
            shown: layer.shown,
            height: layer.height,
            width: layer.width,
            png: Bytes::copy_from_slice(png),
        });
    }
    Ok(layers)
}
