//! Where analyses of fetched series came from, for storing them back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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
    /// Whether its result is being stored, or has been.
    is_taken: bool,
}

/// A result that is being stored; it may be stored again unless that is [`Self::done`].
pub struct Storing<'a> {
    origins: &'a Origins,
    id: String,
    is_done: bool,
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
                is_taken: false,
            },
        );
    }

    /// Whether the result of an analysis can be stored: its origin is known and has not expired, and nobody has stored it.
    pub fn is_storable(&self, id: &str) -> bool {
        let known = self.lock();
        let known = known.get(id);
        known.is_some_and(|known| known.since.elapsed() < self.keep_for && !known.is_taken)
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
        if std::mem::replace(&mut known.is_taken, true) {
            return Err(Error::Stored);
        }
        Ok(Storing {
            origins: self,
            id: id.to_owned(),
            is_done: false,
            origin: known.origin.clone(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        // No code that can panic runs while the lock is held.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storing<'_> {
    /// The archive has all of it.
    pub fn done(mut self) {
        self.is_done = true;
    }
}

impl Drop for Storing<'_> {
    fn drop(&mut self) {
        if let Some(known) = self.origins.lock().get_mut(&self.id) {
            known.is_taken = self.is_done;
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
        let there = ["a", "b", "c"].map(|id| origins.is_storable(id));
        assert_eq!(there, [false, true, true]);
        let at_once = Origins::new(&config(Duration::ZERO));
        at_once.put("a".to_owned(), origin());
        assert!(!at_once.is_storable("a") && at_once.store("a").is_err());
    }

    #[test]
    fn a_result_is_stored_by_one_at_a_time_and_once() {
        let origins = Origins::new(&StoreConfig::default());
        origins.put("a".to_owned(), origin());
        let storing = origins.store("a").expect("nobody else does");
        assert!(matches!(origins.store("a"), Err(Error::Stored)));
        assert!(!origins.is_storable("a"));
        // It failed.
        drop(storing);
        assert!(origins.is_storable("a"));
        origins.store("a").expect("it is tried again").done();
        assert!(matches!(origins.store("a"), Err(Error::Stored)));
        assert!(!origins.is_storable("a"));
        assert!(matches!(origins.store("b"), Err(Error::Unknown(_))));
    }
}
