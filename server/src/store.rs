//! Analyses and uploads, until they expire or newer ones need the room: in memory, or in a database that survives this
//! process and may be shared with others.

pub mod database;
mod memory;

use std::sync::Arc;
use std::time::Instant;

use lungsight_app::analysis::{Analysis, Grouping, Remarks};
use tokio::sync::watch;

pub use database::{Database, KeepError, OpenError};
pub use memory::MemoryShelf;

use crate::config::Config;
use crate::form::ReadSlice;
use crate::id::is_id;
use crate::record::{ExplainedSlice, Record};
use database::{PackedRecord, PackedSlice};

/// Slices that wait to be analysed.
#[derive(Debug)]
pub struct KeptUpload {
    pub grouping: Grouping,
    pub remarks: Remarks,
    pub slices: Vec<ReadSlice>,
}

/// Where things are kept.
pub enum Store {
    Memory(MemoryShelf),
    Database(Database),
}

/// A slice as it is kept; what lies in a database is packed.
pub enum KeptSlice {
    Open(Arc<ExplainedSlice>),
    Packed(PackedSlice),
}

/// A whole analysis as it is kept.
pub enum KeptRecord {
    Open(Arc<Record>),
    Packed(Box<PackedRecord>),
}

impl Store {
    /// In memory, whatever database the configuration names.
    pub fn in_memory(config: &Config) -> Self {
        Self::Memory(MemoryShelf::new(&config.store))
    }

    /// In the database that the configuration names, or in memory where it names none.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn open(config: &Config) -> Result<Self, OpenError> {
        match &config.database.database {
            None => Ok(Self::in_memory(config)),
            Some(url) => Ok(Self::Database(Database::open(url, config).await?)),
        }
    }

    /// The database, where there is one.
    pub fn database(&self) -> Option<&Database> {
        match self {
            Self::Memory(_) => None,
            Self::Database(database) => Some(database),
        }
    }

    /// The analysis with this id, as far as it has come.
    ///
    /// # Errors
    /// When the database does not answer; as everywhere here.
    pub async fn analysis(&self, id: &str) -> Result<Option<Analysis>, KeepError> {
        if !is_id(id) {
            return Ok(None);
        }
        match self {
            Self::Memory(shelf) => Ok(shelf.analysis(id).map(|record| record.analysis.clone())),
            Self::Database(database) => database.analysis(id).await,
        }
    }

    /// Whether there is an analysis with this id.
    pub async fn has(&self, id: &str) -> Result<bool, KeepError> {
        if !is_id(id) {
            return Ok(false);
        }
        match self {
            Self::Memory(shelf) => Ok(shelf.analysis(id).is_some()),
            Self::Database(database) => Ok(database.packed_bytes(id).await?.is_some()),
        }
    }

    /// The analysis with this id, to be watched while it goes on. Its pictures may be missing.
    pub async fn watch(&self, id: &str) -> Result<Option<watch::Receiver<Arc<Record>>>, KeepError> {
        if !is_id(id) {
            return Ok(None);
        }
        match self {
            Self::Memory(shelf) => Ok(shelf.watch(id)),
            Self::Database(database) => database.watch(id).await,
        }
    }

    /// A slice of an analysis with what its pictures are drawn from; `None` where it failed or is pending.
    pub async fn slice(&self, id: &str, number: usize) -> Result<Option<KeptSlice>, KeepError> {
        if !is_id(id) {
            return Ok(None);
        }
        match self {
            Self::Memory(shelf) => {
                let record = shelf.analysis(id);
                let slice = record.and_then(|record| record.slices.get(number)?.clone());
                Ok(slice.map(KeptSlice::Open))
            }
            Self::Database(database) => {
                let packed = database.slice(id, number).await?;
                Ok(packed.map(KeptSlice::Packed))
            }
        }
    }

    /// The analysis with this id and all its slices.
    pub async fn record(&self, id: &str) -> Result<Option<KeptRecord>, KeepError> {
        if !is_id(id) {
            return Ok(None);
        }
        match self {
            Self::Memory(shelf) => Ok(shelf.analysis(id).map(KeptRecord::Open)),
            Self::Database(database) => {
                let packed = database.record(id).await?;
                Ok(packed.map(|packed| KeptRecord::Packed(Box::new(packed))))
            }
        }
    }

    /// What the slices of an analysis take as [`Self::record`] gives them, in bytes; in memory nothing more.
    pub async fn packed_bytes(&self, id: &str) -> Result<usize, KeepError> {
        if !is_id(id) {
            return Ok(0);
        }
        match self {
            Self::Memory(_) => Ok(0),
            Self::Database(database) => Ok(database.packed_bytes(id).await?.unwrap_or(0)),
        }
    }

    /// Forgets what has expired; called from time to time, so that pictures do not wait for a visitor to go.
    pub async fn sweep(&self) -> Result<(), KeepError> {
        match self {
            Self::Memory(shelf) => {
                shelf.sweep(Instant::now());
                Ok(())
            }
            Self::Database(database) => database.sweep().await,
        }
    }

    /// How many analyses and uploads are kept, and the bytes that their pictures take.
    pub async fn size(&self) -> Result<(usize, usize), KeepError> {
        match self {
            Self::Memory(shelf) => Ok(shelf.size()),
            Self::Database(database) => database.size().await,
        }
    }

    /// Waits until a result of this process finds no room; in memory room is made.
    pub async fn is_full(&self) {
        match self {
            Self::Memory(_) => std::future::pending().await,
            Self::Database(database) => database.is_full().await,
        }
    }

    /// Nothing is kept or found any more; the last thing that a server does.
    pub async fn close(&self) {
        if let Self::Database(database) = self {
            database.close().await;
        }
    }

    /// Whether things can be kept now.
    pub async fn check(&self) -> Result<(), KeepError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Database(database) => database.check().await,
        }
    }
}

impl KeptSlice {
    /// Memory that it takes, packed and when it is opened, in bytes; nothing more where it is open.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Open(_) => 0,
            Self::Packed(packed) => packed.bytes() + packed.opened_bytes(),
        }
    }

    /// Unpacks the slice, which takes a few milliseconds of a core.
    pub fn open(self) -> Result<Arc<ExplainedSlice>, KeepError> {
        match self {
            Self::Open(slice) => Ok(slice),
            Self::Packed(packed) => packed.open().map(Arc::new),
        }
    }
}

impl KeptRecord {
    pub fn analysis(&self) -> &Analysis {
        match self {
            Self::Open(record) => &record.analysis,
            Self::Packed(packed) => &packed.analysis,
        }
    }

    /// Memory that [`Self::open`] takes, in bytes.
    pub fn opened_bytes(&self) -> usize {
        match self {
            Self::Open(_) => 0,
            Self::Packed(packed) => packed.opened_bytes(),
        }
    }

    /// Unpacks all slices.
    pub fn open(self) -> Result<Arc<Record>, KeepError> {
        match self {
            Self::Open(record) => Ok(record),
            Self::Packed(packed) => packed.open().map(Arc::new),
        }
    }
}
