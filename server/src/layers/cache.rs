//! The drawn layers of slices that were asked for a moment ago.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::DrawnLayer;

/// The layers of one slice, drawn once for however many ask at the same time.
pub type LayerSet = Arc<OnceCell<Vec<DrawnLayer>>>;

/// The layers of the slices that were asked for last.
pub struct LayerCache {
    keep: usize,
    sets: Mutex<VecDeque<(String, usize, LayerSet)>>,
}

impl LayerCache {
    /// A cache for the layers of `keep` slices.
    pub fn new(keep: usize) -> Self {
        Self {
            keep,
            sets: Mutex::default(),
        }
    }

    /// The place for the layers of slice `number` of the analysis `id`; empty when it is new.
    pub fn set(&self, id: &str, number: usize) -> LayerSet {
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sets
            .iter()
            .position(|(of, slice, _)| of == id && *slice == number);
        let entry = known
            .and_then(|place| sets.remove(place))
            .unwrap_or_else(|| (id.to_owned(), number, LayerSet::default()));
        let set = entry.2.clone();
        sets.push_back(entry);
        if sets.len() > self.keep {
            sets.pop_front();
        }
        set
    }

    /// The layers of slice `number` of the analysis `id`, where they have been drawn.
    pub fn drawn(&self, id: &str, number: usize) -> Option<LayerSet> {
        let sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut drawn = sets.iter().filter(|(_, _, set)| set.initialized());
        let found = drawn.find(|(of, slice, _)| of == id && *slice == number);
        found.map(|(_, _, set)| set.clone())
    }

    /// The analyses, and examples, that have layers here.
    pub fn ids(&self) -> Vec<String> {
        let sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ids: Vec<String> = sets.iter().map(|(id, _, _)| id.clone()).collect();
        ids.dedup();
        ids
    }

    /// Forgets the layers of analyses that are not kept any more.
    pub fn retain(&self, is_kept: impl Fn(&str) -> bool) {
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        sets.retain(|(id, _, _)| is_kept(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_keeps_what_was_asked_for_last() {
        let cache = LayerCache::new(2);
        let first = cache.set("a", 0);
        assert!(cache.drawn("a", 0).is_none());
        assert!(first.set(Vec::new()).is_ok());
        assert!(cache.drawn("a", 0).is_some() && cache.drawn("b", 0).is_none());
        cache.set("a", 1);
        assert!(Arc::ptr_eq(&first, &cache.set("a", 0)));
        cache.set("b", 0);
        assert!(Arc::ptr_eq(&first, &cache.set("a", 0)));
        cache.retain(|id| id == "b");
        assert!(!Arc::ptr_eq(&first, &cache.set("a", 0)));
    }
}
