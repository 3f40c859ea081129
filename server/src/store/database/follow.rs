//! An analysis that any server works on, told as it goes on: asked for again and again, into the channel that pages follow. One
//! asks for all who follow the same.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use std::collections::HashMap;

use tokio::sync::watch;

use super::{Database, KeepError};
use crate::record::Record;

/// How long another server's results may take to be seen; those of this one are seen sooner.
const AGAIN: Duration = Duration::from_millis(300);

/// At least so long between two questions, however many results come.
const PAUSE: Duration = Duration::from_millis(50);

/// Where an analysis is told of as it goes on.
pub(super) type Followed = Arc<watch::Sender<Arc<Record>>>;

impl Database {
    /// The analysis with this id, to be watched until its end. The channel closes when the analysis is forgotten.
    pub async fn watch(&self, id: &str) -> Result<Option<watch::Receiver<Arc<Record>>>, KeepError> {
        if let Some(told) = self.followed().get(id) {
            return Ok(Some(told.subscribe()));
        }
        let Some(analysis) = self.analysis(id).await? else {
            return Ok(None);
        };
        let finished = analysis.finished;
        let (told, receiver) = watch::channel(Arc::new(Record::without_pictures(analysis)));
        if finished {
            return Ok(Some(receiver));
        }
        let told = Arc::new(told);
        let mut followed = self.followed();
        if let Some(earlier) = followed.get(id) {
            return Ok(Some(earlier.subscribe()));
        }
        followed.insert(id.to_owned(), Arc::clone(&told));
        drop(followed);
        tokio::spawn(follow(self.clone(), id.to_owned(), told));
        Ok(Some(receiver))
    }

    fn followed(&self) -> MutexGuard<'_, HashMap<String, Followed>> {
        // No code that can panic runs while the lock is held.
        let followed = self.0.followed.lock();
        followed.unwrap_or_else(PoisonError::into_inner)
    }
}

/// An analysis that is followed no more, for whatever reason: whoever comes then asks the database.
struct Forget<'a> {
    database: &'a Database,
    id: &'a str,
    told: &'a Followed,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        let mut followed = self.database.followed();
        let is_ours = |kept: &Followed| Arc::ptr_eq(kept, self.told);
        if followed.get(self.id).is_some_and(is_ours) {
            followed.remove(self.id);
        }
    }
}

async fn follow(database: Database, id: String, told: Followed) {
    // The channel closes with the last sender, which then is the one here.
    let _forget = Forget {
        database: &database,
        id: &id,
        told: &told,
    };
    let mut written = database.0.written.subscribe();
    let mut seen = None;
    loop {
        // A database that is lost for a while is asked again.
        match database.pending(&id).await {
            Ok(None) => return,
            Ok(pending) if pending != seen => match database.analysis(&id).await {
                Ok(None) => return,
                Ok(Some(analysis)) => {
                    seen = pending;
                    let finished = analysis.finished;
                    told.send_replace(Arc::new(Record::without_pictures(analysis)));
                    if finished {
                        return;
                    }
                }
                Err(_) => {}
            },
            Ok(_) | Err(_) => {}
        }
        let more = async {
            tokio::time::sleep(PAUSE).await;
            tokio::select! {
                () = tokio::time::sleep(AGAIN) => {}
                _ = written.changed() => {}
            }
        };
        tokio::select! {
            () = told.closed() => {
                // Somebody may have come since: under the lock it is certain.
                let mut followed = database.followed();
                if told.receiver_count() == 0 {
                    followed.remove(&id);
                    return;
                }
            }
            () = more => {}
        }
    }
}
