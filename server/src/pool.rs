//! A bounded pool for work on pictures: neither the async threads nor the inference thread do it.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// At most so many pieces of work at a time; more wait.
#[derive(Clone)]
pub struct PicturePool(Arc<Semaphore>);

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
        Self(Arc::new(Semaphore::new(threads)))
    }

    /// Runs `work` on a thread that may block.
    ///
    /// # Errors
    /// When it panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkFailed> {
        let permit = self
            .0
            .clone()
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let task = tokio::task::spawn_blocking(move || {
            // The place is held until the work is done, also when nobody waits for it any more.
            let _permit = permit;
            work()
        });
        task.await.map_err(|_| WorkFailed)
    }
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
                        std::thread::sleep(std::time::Duration::from_millis(5));
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
}
