//! Where analyses of fetched series came from, for storing them back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lungsight_dicom::{Origin, Uids};

use crate::config::StoreConfig;

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
    known: Mutex<HashMap<String, (Instant, Arc<KnownOrigin>)>>,
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
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (since, _)| now.duration_since(*since) < self.keep_for);
        while known.len() >= self.keep {
            let oldest = known.iter().min_by_key(|(_, (since, _))| *since);
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else {
                break;
            };
            known.remove(&oldest);
        }
        known.insert(id, (now, Arc::new(origin)));
    }

    /// The origin of an analysis, unless it has expired.
    pub fn get(&self, id: &str) -> Option<Arc<KnownOrigin>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, origin) = known.get(id)?;
        (since.elapsed() < self.keep_for).then(|| origin.clone())
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
        let there = ["a", "b", "c"].map(|id| origins.get(id).is_some());
        assert_eq!(there, [false, true, true]);
        let at_once = Origins::new(&config(Duration::ZERO));
        at_once.put("a".to_owned(), origin());
        assert!(at_once.get("a").is_none());
    }
}
