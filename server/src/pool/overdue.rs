//! Work that nobody waits for any more and that goes on: it is counted until it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How many pieces of work were given up and go on; clones share the count.
#[derive(Clone, Default)]
pub(super) struct Overdue(Arc<AtomicUsize>);

impl Overdue {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Two ends of a piece of work: one for whoever waits for it, one for the work itself.
    pub fn piece(&self) -> (Waiter, Work) {
        let meeting = Arc::new(Meeting {
            is_second: AtomicBool::new(false),
            overdue: self.clone(),
        });
        (Waiter(Arc::clone(&meeting)), Work(meeting))
    }
}

/// Where a deadline and the end of the work meet: what comes second knows of the first.
struct Meeting {
    is_second: AtomicBool,
    overdue: Overdue,
}

impl Meeting {
    fn comes_second(&self) -> bool {
        self.is_second.swap(true, Ordering::AcqRel)
    }
}

/// Whoever waits.
pub(super) struct Waiter(Arc<Meeting>);

impl Waiter {
    /// The deadline is over.
    pub fn gives_up(self) {
        let count = &self.0.overdue.0;
        // Counted first: the work may end in between, and takes one off.
        count.fetch_add(1, Ordering::Relaxed);
        if self.0.comes_second() {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// The work; dropped when it ends, also by a panic.
pub(super) struct Work(Arc<Meeting>);

impl Drop for Work {
    fn drop(&mut self) {
        if self.0.comes_second() {
            self.0.overdue.0.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_given_up_before_its_end_counts_and_until_then() {
        let overdue = Overdue::default();
        let (waiter, work) = overdue.piece();
        drop((work, waiter));
        assert_eq!(overdue.count(), 0);
        let (waiter, work) = overdue.piece();
        waiter.gives_up();
        assert_eq!(overdue.count(), 1);
        drop(work);
        assert_eq!(overdue.count(), 0);
        let (waiter, work) = overdue.piece();
        drop(work);
        waiter.gives_up();
        assert_eq!(overdue.count(), 0);
    }
}
