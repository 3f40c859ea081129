//! A bounded pool for work on pictures: neither the async threads nor the inference thread do it.

mod overdue;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use overdue::Overdue;

/// At most so many pieces of work at a time; more wait.
#[derive(Clone)]
pub struct PicturePool {
    places: Arc<Semaphore>,
    threads: usize,
    /// Pieces that go on though nobody waits for them any more.
    overdue: Overdue,
}

/// Why work was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkFailed {
    /// The panic is in the log.
    #[error("an error in the server; it has been logged")]
    Panicked,
    /// Every place is taken by work that was given up and does not end.
    #[error("the server is busy with pictures that take too long; try again later")]
    Stuck,
}

/// How often whoever waits for a place looks whether there will be one.
const LOOK: Duration = Duration::from_secs(1);

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
            overdue: Overdue::default(),
        }
    }

    /// Whether every place is taken by work that was given up: no more is begun until some of it ends.
    pub fn is_stuck(&self) -> bool {
        self.overdue() >= self.threads
    }

    /// The same as [`Self::run`] for work that may not be lost: it waits for a place also where the pool is stuck.
    ///
    /// # Errors
    /// When it panicked.
    pub async fn run_in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkFailed> {
        let place = self.places.clone().acquire_owned().await;
        started(place.expect("the semaphore is never closed"), work)
            .await
            .map_err(|_| WorkFailed::Panicked)
    }

    /// How many pieces of work were given up and go on.
    pub fn overdue(&self) -> usize {
        self.overdue.count()
    }

    /// Pieces of work at a time.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Runs `work` on a thread that may block.
    ///
    /// # Errors
    /// When it panicked, or there is no place for it.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkFailed> {
        started(self.place().await?, work)
            .await
            .map_err(|_| WorkFailed::Panicked)
    }

    /// The same, waited for no longer than `deadline` from when it begins; `None` when it took longer. Work cannot be
    /// stopped: it goes on to its end, and its place is taken until then.
    ///
    /// # Errors
    /// When it panicked, or there is no place for it.
    pub async fn run_within<T: Send + 'static>(
        &self,
        deadline: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, WorkFailed> {
        let (waiter, piece) = self.overdue.piece();
        let work = move || {
            let _piece = piece;
            work()
        };
        let task = started(self.place().await?, work);
        // A task of its own: whoever waits may be dropped, and the work is overdue all the same.
        let waiting = tokio::spawn(async move {
            match tokio::time::timeout(deadline, task).await {
                Ok(done) => done.map(Some).map_err(|_| WorkFailed::Panicked),
                Err(_) => {
                    waiter.gives_up();
                    Ok(None)
                }
            }
        });
        waiting.await.map_err(|_| WorkFailed::Panicked)?
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, WorkFailed> {
        // Kept while it is looked: who comes first is served first.
        let mut place = pin!(self.places.clone().acquire_owned());
        loop {
            if self.is_stuck() {
                return Err(WorkFailed::Stuck);
            }
            if let Ok(place) = tokio::time::timeout(LOOK, &mut place).await {
                return Ok(place.expect("the semaphore is never closed"));
            }
        }
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
        assert_eq!(results[3], Err(WorkFailed::Panicked));
        assert_eq!(results[7], Ok(7));
        assert!((1..=2).contains(&most.load(Ordering::SeqCst)));
    }

    #[tokio::test]
    async fn work_over_its_deadline_is_given_up_and_keeps_its_place_until_it_ends() {
        let pool = PicturePool::new(2);
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let minute = Duration::from_secs(60);
        let slow = pool.run_within(Duration::from_millis(10), move || ended.recv());
        assert_eq!(slow.await, Ok(None));
        assert_eq!((pool.overdue(), pool.is_stuck()), (1, false));
        assert_eq!(pool.places.available_permits(), 1, "the place is taken");
        assert_eq!(pool.run_within(minute, || 7).await, Ok(Some(7)));
        end.send(()).expect("the work waits");
        while pool.overdue() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let panics = pool.run_within(minute, || panic!("deliberate"));
        assert_eq!(panics.await, Err::<Option<()>, _>(WorkFailed::Panicked));
        assert_eq!(pool.overdue(), 0);
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_overdue_all_the_same() {
        let pool = PicturePool::new(1);
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let (begin, began) = tokio::sync::oneshot::channel();
        let left = tokio::spawn({
            let pool = pool.clone();
            let work = move || {
                begin.send(()).expect("somebody listens");
                ended.recv()
            };
            async move { pool.run_within(Duration::from_millis(10), work).await }
        });
        began.await.expect("it begins");
        left.abort();
        while !pool.is_stuck() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let late = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run_in_turn(|| 7).await }
        });
        end.send(()).expect("the work waits");
        assert_eq!(late.await.expect("joined"), Ok(7));
        assert_eq!(pool.overdue(), 0);
    }

    #[tokio::test]
    async fn a_pool_whose_work_does_not_end_says_so_until_it_does() {
        let pool = PicturePool::new(1);
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let waiting = tokio::spawn({
            let pool = pool.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(5)).await;
                pool.run(|| 7).await
            }
        });
        let slow = pool.run_within(Duration::from_millis(20), move || ended.recv());
        assert_eq!(slow.await, Ok(None));
        assert!(pool.is_stuck());
        assert_eq!(pool.run(|| 7).await, Err(WorkFailed::Stuck));
        assert_eq!(waiting.await.expect("joined"), Err(WorkFailed::Stuck));
        end.send(()).expect("the work waits");
        while pool.is_stuck() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(pool.run(|| 7).await, Ok(7));
    }
}
