//! Whether the server takes new work, and what it has still to do: what stopping in order needs to know.

use std::sync::Arc;

use tokio::sync::watch;

/// How far the server is; clones share it.
#[derive(Clone)]
pub struct Work(Arc<Parts>);

struct Parts {
    phase: watch::Sender<Phase>,
    in_progress: watch::Sender<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The first slice is still on its way through.
    Warming,
    Serving,
    /// What has been begun is finished, nothing new is taken.
    Stopping,
}

/// A piece of work in progress, until it is dropped.
pub struct Piece(Work);

impl Default for Work {
    fn default() -> Self {
        Self(Arc::new(Parts {
            phase: watch::Sender::new(Phase::Serving),
            in_progress: watch::Sender::new(0),
        }))
    }
}

impl Work {
    /// Says that the server is not ready before [`Self::warmed`].
    pub fn warm_first(&self) {
        self.0.phase.send_replace(Phase::Warming);
    }

    /// Says that it is, unless it is stopping already.
    pub fn warmed(&self) {
        self.0.phase.send_if_modified(|phase| {
            let is_warming = *phase == Phase::Warming;
            if is_warming {
                *phase = Phase::Serving;
            }
            is_warming
        });
    }

    /// Takes nothing new any more.
    pub fn stop(&self) {
        self.0.phase.send_replace(Phase::Stopping);
    }

    pub fn is_stopping(&self) -> bool {
        *self.0.phase.borrow() == Phase::Stopping
    }

    /// Whether a balancer should send requests.
    pub fn is_wanted(&self) -> bool {
        *self.0.phase.borrow() == Phase::Serving
    }

    /// Counts something that must be finished before the server ends.
    pub fn begin(&self) -> Piece {
        self.0.in_progress.send_modify(|count| *count += 1);
        Piece(self.clone())
    }

    /// Waits until nothing is in progress.
    pub async fn finished(&self) {
        let mut in_progress = self.0.in_progress.subscribe();
        // The sender is in this very value.
        drop(in_progress.wait_for(|count| *count == 0).await);
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.0.0.in_progress.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_begun_is_waited_for() {
        let work = Work::default();
        work.finished().await;
        let (one, other) = (work.begin(), work.begin());
        let waiting = tokio::spawn({
            let work = work.clone();
            async move { work.finished().await }
        });
        drop(one);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(other);
        waiting.await.expect("finished");
    }

    #[test]
    fn a_server_that_stops_does_not_become_ready() {
        let work = Work::default();
        assert!(work.is_wanted());
        work.warm_first();
        assert!(!work.is_wanted() && !work.is_stopping());
        work.warmed();
        assert!(work.is_wanted());
        work.warm_first();
        work.stop();
        work.warmed();
        assert!(work.is_stopping() && !work.is_wanted());
    }
}
