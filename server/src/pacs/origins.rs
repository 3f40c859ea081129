//! Where analyses of fetched series came from, for storing them back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lungsight_app::backend::InArchive;
use lungsight_dicom::{Origin, Uids};

use crate::config::StoreConfig;
use crate::error::Error;

/// What a result refers to when it is stored.
pub struct KnownOrigin {
    pub origin: Origin,
    /// For each slice of the analysis its number in the series, from 1.
    pub numbers: Vec<u32>,
    /// Of the files that it is stored as, however often that is tried.
    pub uids: Uids,
}

/// Origins by the ids of analyses. Kept apart from the analyses, so that no answer, report or log can hold them.
pub struct Origins {
    keep_for: Duration,
    keep: usize,
    known: Mutex<HashMap<String, Known>>,
}

struct Known {
    since: Instant,
    origin: Arc<KnownOrigin>,
    state: InArchive,
}

/// A result that is being stored; it may be stored again unless that is [`Self::done`].
pub struct Storing<'a> {
    origins: &'a Origins,
    id: String,
    /// What is true once this ends.
    ends_as: InArchive,
    pub origin: Arc<KnownOrigin>,
}

impl Origins {
    /// As many and as long as analyses.
    pub fn new(config: &StoreConfig) -> Self {
        Self {
            keep_for: *config.keep_for,
            keep: config.keep,
            known: Mutex::default(),
        }
    }

    /// Keeps the origin of an analysis; the oldest makes room.
    pub fn put(&self, id: String, origin: KnownOrigin) {
        let now = Instant::now();
        let mut known = self.lock();
        known.retain(|_, known| now.duration_since(known.since) < self.keep_for);
        while known.len() >= self.keep {
            let oldest = known.iter().min_by_key(|(_, known)| known.since);
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else {
                break;
            };
            known.remove(&oldest);
        }
        known.insert(
            id,
            Known {
                since: now,
                origin: Arc::new(origin),
                state: InArchive::Storable,
            },
        );
    }

    /// How far the result of an analysis is; `None` where its origin is not known or has expired.
    pub fn in_archive(&self, id: &str) -> Option<InArchive> {
        let known = self.lock();
        let known = known.get(id)?;
        (known.since.elapsed() < self.keep_for).then_some(known.state)
    }

    /// Begins to store the result of an analysis, which one at a time may do, and once.
    ///
    /// # Errors
    /// When its origin is not known or has expired, and when somebody is storing it or has.
    pub fn store(&self, id: &str) -> Result<Storing<'_>, Error> {
        let mut known = self.lock();
        let known = known.get_mut(id);
        let known = known.filter(|known| known.since.elapsed() < self.keep_for);
        let known = known.ok_or(Error::Unknown("series"))?;
        if known.state != InArchive::Storable {
            return Err(Error::Stored);
        }
        known.state = InArchive::BeingStored;
        Ok(Storing {
            origins: self,
            id: id.to_owned(),
            ends_as: InArchive::Storable,
            origin: known.origin.clone(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        // No code that can panic runs while the lock is held.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storing<'_> {
    /// The archive has all of it, as so many files.
    pub fn done(mut self, files: usize) {
        self.ends_as = InArchive::Stored { files };
    }
}

impl Drop for Storing<'_> {
    fn drop(&mut self) {
        if let Some(known) = self.origins.lock().get_mut(&self.id) {
            known.state = self.ends_as;
        }
    }
}

#[cfg(test)]
mod tests {
    use lungsight_series::synthetic::{Coding, dicom_series};
    use lungsight_series::{Limits, collect};

    use super::*;

    fn origin() -> KnownOrigin {
        let (_, files) = dicom_series(64, 1, &Coding::Explicit);
        let series = collect(files, &Limits::default()).series.remove(0);
        let identifiers = series.identifiers().expect("DICOM has some");
        KnownOrigin {
            origin: Origin::new(identifiers).expect("valid"),
            numbers: vec![1],
            uids: Uids::fresh(1, None).expect("random"),
        }
    }

    #[test]
    fn the_oldest_make_room_and_all_expire() {
        let config = |keep_for: Duration| StoreConfig {
            keep: 2,
            keep_for: keep_for.into(),
            ..StoreConfig::default()
        };
        let origins = Origins::new(&config(Duration::from_secs(60)));
        for id in ["a", "b", "c"] {
            origins.put(id.to_owned(), origin());
        }
        let there = ["a", "b", "c"].map(|id| origins.in_archive(id).is_some());
        assert_eq!(there, [false, true, true]);
        let at_once = Origins::new(&config(Duration::ZERO));
        at_once.put("a".to_owned(), origin());
        assert!(at_once.in_archive("a").is_none() && at_once.store("a").is_err());
    }

    #[test]
    fn a_result_is_stored_by_one_at_a_time_and_once() {
        let origins = Origins::new(&StoreConfig::default());
        origins.put("a".to_owned(), origin());
        let storing = origins.store("a").expect("nobody else does");
        assert!(matches!(origins.store("a"), Err(Error::Stored)));
        assert_eq!(origins.in_archive("a"), Some(InArchive::BeingStored));
        // It failed.
        drop(storing);
        assert_eq!(origins.in_archive("a"), Some(InArchive::Storable));
        origins.store("a").expect("it is tried again").done(7);
        assert!(matches!(origins.store("a"), Err(Error::Stored)));
        let stored = Some(InArchive::Stored { files: 7 });
        assert_eq!(origins.in_archive("a"), stored);
        assert!(matches!(origins.store("b"), Err(Error::Unknown(_))));
    }
}
