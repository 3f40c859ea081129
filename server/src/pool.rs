//! A bounded pool for work on pictures: neither the async threads nor the inference thread do it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

/// At most so many pieces of work at a time; more wait.
#[derive(Clone)]
pub struct PicturePool {
    places: Arc<Semaphore>,
    threads: usize,
}

/// The work panicked; the panic is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an error in the server; it has been logged")]
pub struct WorkFailed;

impl PicturePool {
    /// `threads` pieces of work at a time; 0 stands for one per core.
    pub fn new(threads: usize) -> Self {
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(2, usize::from),
            given => given,
        };
        Self {
            places: Arc::new(Semaphore::new(threads)),
            threads,
        }
    }

    /// Pieces of work at a time.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Runs `work` on a thread that may block.
    ///
    /// # Errors
    /// When it panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkFailed> {
        started(self.place().await, work)
            .await
            .map_err(|_| WorkFailed)
    }

    /// The same, waited for no longer than `deadline` from when it begins; `None` when it took longer. Work cannot be
    /// stopped: it goes on to its end, and its place is taken until then.
    ///
    /// # Errors
    /// When it panicked.
    pub async fn run_within<T: Send + 'static>(
        &self,
        deadline: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, WorkFailed> {
        let task = started(self.place().await, work);
        match tokio::time::timeout(deadline, task).await {
            Ok(done) => done.map(Some).map_err(|_| WorkFailed),
            Err(_) => Ok(None),
        }
    }

    async fn place(&self) -> OwnedSemaphorePermit {
        let place = self.places.clone().acquire_owned().await;
        place.expect("the semaphore is never closed")
    }
}

fn started<T: Send + 'static>(
    place: OwnedSemaphorePermit,
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    let request = tracing::Span::current();
    tokio::task::spawn_blocking(move || {
        // The place is held until the work is done, also when nobody waits for it any more.
        let _place = place;
        request.in_scope(work)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn work_is_bounded_and_a_panic_is_an_error() {
        let pool = PicturePool::new(2);
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let tasks: Vec<_> = (0..8)
            .map(|number| {
                let (pool, now, most) = (pool.clone(), now.clone(), most.clone());
                tokio::spawn(async move {
                    pool.run(move || {
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::sleep(Duration::from_millis(5));
                        now.fetch_sub(1, Ordering::SeqCst);
                        assert!(number != 3, "deliberate");
                        number
                    })
                    .await
                })
            })
            .collect();
        let mut results = Vec::new();
        for task in tasks {
            results.push(task.await.expect("joined"));
        }
        assert_eq!(results[3], Err(WorkFailed));
        assert_eq!(results[7], Ok(7));
        assert!((1..=2).contains(&most.load(Ordering::SeqCst)));
    }

    #[tokio::test]
    async fn work_over_its_deadline_is_given_up_and_keeps_its_place_until_it_ends() {
        let pool = PicturePool::new(1);
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let minute = Duration::from_secs(60);
        let slow = pool.run_within(Duration::from_millis(10), move || ended.recv());
        assert_eq!(slow.await, Ok(None));
        let next = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run_within(minute, || 7).await }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!next.is_finished(), "the place is taken");
        end.send(()).expect("the work waits");
        assert_eq!(next.await.expect("joined"), Ok(Some(7)));
        let panics = pool.run_within(minute, || panic!("deliberate"));
        assert_eq!(panics.await, Err::<Option<()>, _>(WorkFailed));
    }
}
