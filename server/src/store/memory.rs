//! Analyses and uploads in memory, until they expire or newer ones need the room. An analysis that goes on makes no room for newer
//! ones: somebody waits for it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::KeptUpload;
use crate::config::StoreConfig;
use crate::record::Record;

/// What is kept, by id.
pub struct MemoryShelf {
    keep: usize,
    keep_bytes: usize,
    keep_for: Duration,
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    entries: HashMap<String, Entry>,
    /// Oldest first.
    order: VecDeque<String>,
    bytes: usize,
}

struct Entry {
    kept: Kept,
    bytes: usize,
    since: Instant,
}

enum Kept {
    Upload(Arc<KeptUpload>),
    Analysis(watch::Receiver<Arc<Record>>),
}

impl MemoryShelf {
    pub fn new(config: &StoreConfig) -> Self {
        Self {
            keep: config.keep,
            keep_bytes: config.keep_memory.bytes(),
            keep_for: *config.keep_for,
            shelf: Mutex::default(),
        }
    }

    /// Keeps an analysis, finished or not, under its own id. `bytes` is the memory that its pictures take.
    pub fn keep_analysis(&self, record: watch::Receiver<Arc<Record>>, bytes: usize) {
        let id = record.borrow().analysis.id.clone();
        self.keep(id, Kept::Analysis(record), bytes, Instant::now());
    }

    /// Keeps an upload under `id`.
    pub fn keep_upload(&self, id: String, upload: Arc<KeptUpload>) {
        let pictures = upload
            .slices
            .iter()
            .filter_map(|slice| slice.result.as_ref().ok());
        let bytes = pictures.map(|slice| slice.bytes()).sum();
        self.keep(id, Kept::Upload(upload), bytes, Instant::now());
    }

    /// The analysis with this id, as far as it has come.
    pub fn analysis(&self, id: &str) -> Option<Arc<Record>> {
        self.watch(id).map(|record| record.borrow().clone())
    }

    /// The analysis with this id, to be watched while it goes on.
    pub fn watch(&self, id: &str) -> Option<watch::Receiver<Arc<Record>>> {
        match &self.fresh(id, Instant::now())?.entries.get(id)?.kept {
            Kept::Analysis(record) => Some(record.clone()),
            Kept::Upload(_) => None,
        }
    }

    /// The upload with this id.
    pub fn upload(&self, id: &str) -> Option<Arc<KeptUpload>> {
        match &self.fresh(id, Instant::now())?.entries.get(id)?.kept {
            Kept::Upload(upload) => Some(upload.clone()),
            Kept::Analysis(_) => None,
        }
    }

    /// Forgets an upload that has been analysed.
    pub fn use_up(&self, id: &str) {
        self.lock().take(id);
    }

    /// An analysis has come to its end: it is as old as its last result, so that whoever waits for it finds it.
    pub fn finished(&self, id: &str, now: Instant) {
        let mut shelf = self.lock();
        let Some(mut entry) = shelf.take(id) else {
            return;
        };
        entry.since = now;
        self.put(&mut shelf, id.to_owned(), entry);
    }

    /// Forgets what has expired; called from time to time, so that pictures do not wait for a visitor to go.
    pub fn sweep(&self, now: Instant) {
        self.lock()
            .make_room(now, self.keep_for, usize::MAX, usize::MAX);
    }

    /// How many analyses and uploads are kept, and the bytes that their pictures take.
    pub fn size(&self) -> (usize, usize) {
        let shelf = self.lock();
        (shelf.entries.len(), shelf.bytes)
    }

    fn keep(&self, id: String, kept: Kept, bytes: usize, now: Instant) {
        let entry = Entry {
            kept,
            bytes,
            since: now,
        };
        self.put(&mut self.lock(), id, entry);
    }

    /// Makes room, and puts the entry there as the newest.
    fn put(&self, shelf: &mut Shelf, id: String, entry: Entry) {
        shelf.make_room(
            entry.since,
            self.keep_for,
            self.keep.saturating_sub(1),
            self.keep_bytes.saturating_sub(entry.bytes),
        );
        shelf.bytes += entry.bytes;
        shelf.order.push_back(id.clone());
        shelf.entries.insert(id, entry);
    }

    /// The shelf, unless the entry is not there or too old.
    fn fresh(&self, id: &str, now: Instant) -> Option<MutexGuard<'_, Shelf>> {
        let shelf = self.lock();
        let age = now.saturating_duration_since(shelf.entries.get(id)?.since);
        (age < self.keep_for).then_some(shelf)
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        // No code that can panic runs while the lock is held.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Whether somebody waits for it.
    fn goes_on(&self) -> bool {
        match &self.kept {
            Kept::Upload(_) => false,
            Kept::Analysis(record) => !record.borrow().analysis.finished,
        }
    }
}

impl Shelf {
    fn take(&mut self, id: &str) -> Option<Entry> {
        let entry = self.entries.remove(id)?;
        self.bytes -= entry.bytes;
        self.order.retain(|other| other != id);
        Some(entry)
    }

    /// Drops what has expired, and the oldest of what does not go on until no more than `count` with `bytes` are left.
    fn make_room(&mut self, now: Instant, keep_for: Duration, count: usize, bytes: usize) {
        for id in self.order.iter().cloned().collect::<Vec<_>>() {
            let Some(entry) = self.entries.get(&id) else {
                continue;
            };
            let expired = now.saturating_duration_since(entry.since) >= keep_for;
            let too_much = self.entries.len() > count || self.bytes > bytes;
            if expired || (too_much && !entry.goes_on()) {
                self.take(&id);
            } else if !too_much {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use lungsight_app::analysis::{Grouping, Remarks};

    use lungsight_network::PatientRule;

    use super::*;
    use crate::config::ByteSize;
    use crate::engine::EngineInfo;

    fn store(keep: usize, keep_memory: usize) -> MemoryShelf {
        MemoryShelf::new(&StoreConfig {
            keep,
            keep_memory: ByteSize::new(keep_memory),
            keep_for: Duration::from_secs(60).into(),
            ..StoreConfig::default()
        })
    }

    fn put(store: &MemoryShelf, id: &str, bytes: usize, now: Instant) {
        let upload = KeptUpload {
            grouping: Grouping::Slices,
            remarks: Remarks::default(),
            slices: Vec::new(),
        };
        store.keep(id.to_owned(), Kept::Upload(Arc::new(upload)), bytes, now);
    }

    fn there(store: &MemoryShelf, ids: &[&str]) -> Vec<bool> {
        ids.iter().map(|id| store.upload(id).is_some()).collect()
    }

    #[test]
    fn the_oldest_make_room_by_count_and_by_memory() {
        let (store, now) = (store(3, 100), Instant::now());
        for id in ["a", "b", "c", "d"] {
            put(&store, id, 10, now);
        }
        assert_eq!(
            there(&store, &["a", "b", "c", "d"]),
            [false, true, true, true]
        );
        put(&store, "e", 85, now);
        assert_eq!(
            there(&store, &["b", "c", "d", "e"]),
            [false, false, true, true]
        );
        assert_eq!(store.lock().bytes, 95);
    }

    #[test]
    fn what_goes_on_is_kept_and_is_the_newest_when_it_ends() {
        let (store, now) = (store(2, 100), Instant::now());
        let info = EngineInfo {
            device: String::new(),
            device_note: None,
            model: String::new(),
            network: Vec::new(),
            patient_rule: PatientRule::Mean,
            least_probability: 0.0,
            usual_batch: 8,
        };
        let record = Record::begin(
            "running".to_owned(),
            &info,
            Grouping::Slices,
            Remarks::default(),
            Vec::new(),
        );
        let (tell, watched) = watch::channel(Arc::new(record));
        store.keep_analysis(watched, 90);
        for id in ["a", "b", "c"] {
            put(&store, id, 10, now);
        }
        assert!(store.analysis("running").is_some());
        assert_eq!(there(&store, &["a", "b", "c"]), [false, false, true]);
        tell.send_modify(|record| Arc::make_mut(record).analysis.finished = true);
        store.finished("running", now);
        put(&store, "d", 10, now);
        assert!(store.analysis("running").is_some());
        assert_eq!(there(&store, &["c", "d"]), [false, true]);
        put(&store, "e", 10, now);
        assert!(store.analysis("running").is_none());
        store.finished("running", now);
        assert_eq!(store.lock().bytes, 20);
    }

    #[test]
    fn what_is_larger_than_all_room_is_kept_alone() {
        let (store, now) = (store(3, 100), Instant::now());
        put(&store, "a", 10, now);
        put(&store, "b", 500, now);
        assert_eq!(there(&store, &["a", "b"]), [false, true]);
        put(&store, "c", 10, now);
        assert_eq!(there(&store, &["b", "c"]), [false, true]);
    }

    #[test]
    fn entries_expire_and_are_swept() {
        let (store, now) = (store(3, 100), Instant::now());
        put(&store, "a", 10, now);
        let later = now + Duration::from_secs(60);
        assert!(store.fresh("a", later - Duration::from_secs(1)).is_some());
        assert!(store.fresh("a", later).is_none());
        store.sweep(now);
        assert_eq!(store.lock().bytes, 10);
        store.sweep(later);
        let shelf = store.lock();
        assert_eq!((shelf.bytes, shelf.order.len()), (0, 0));
    }

    #[test]
    fn a_used_upload_is_gone() {
        let (store, now) = (store(3, 100), Instant::now());
        put(&store, "a", 10, now);
        store.use_up("a");
        store.use_up("never there");
        assert_eq!(there(&store, &["a"]), [false]);
        assert_eq!(store.lock().bytes, 0);
    }
}
