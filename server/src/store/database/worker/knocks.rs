//! What wakes a worker to look for jobs.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use tokio::time::{Interval, MissedTickBehavior};

use crate::store::database::Database;

/// How long another server's slices may wait before they are seen; those of this one are seen at once.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Time, and slices that this process has put in.
///
/// apalis polls it before it looks, and goes to sleep after: whatever is over is passed, so that the next knock is always
/// awaited. (Its own interval is forgotten when it ends while a look is under way.)
pub(super) struct Knocks {
    clock: Interval,
    queued: Pin<Box<dyn Stream<Item = ()> + Send>>,
}

impl Knocks {
    pub(super) fn new(database: &Database) -> Self {
        let mut clock = tokio::time::interval(LOOK_AGAIN);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let queued = futures_util::stream::unfold(database.clone(), async |database| {
            database.0.queued.notified().await;
            Some(((), database))
        });
        Self {
            clock,
            queued: Box::pin(queued),
        }
    }
}

impl Stream for Knocks {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<()>> {
        while self.clock.poll_tick(context).is_ready() {}
        while self.queued.as_mut().poll_next(context).is_ready() {}
        Poll::Pending
    }
}
