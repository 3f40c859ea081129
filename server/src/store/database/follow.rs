//! An analysis that any server works on, told as it goes on: asked for again and again, into the channel that a page
//! follows.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::{Database, KeepError};
use crate::record::Record;

/// How long another server's results may take to be seen; those of this one are seen at once.
const AGAIN: Duration = Duration::from_millis(300);

impl Database {
    /// The analysis with this id, to be watched until its end. The channel closes when the analysis is forgotten.
    pub async fn watch(&self, id: &str) -> Result<Option<watch::Receiver<Arc<Record>>>, KeepError> {
        let Some(analysis) = self.analysis(id).await? else {
            return Ok(None);
        };
        let finished = analysis.finished;
        let (sender, receiver) = watch::channel(Arc::new(Record::without_pictures(analysis)));
        if !finished {
            tokio::spawn(follow(self.clone(), id.to_owned(), sender));
        }
        Ok(Some(receiver))
    }
}

async fn follow(database: Database, id: String, told: watch::Sender<Arc<Record>>) {
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
        tokio::select! {
            () = told.closed() => return,
            () = tokio::time::sleep(AGAIN) => {}
            _ = written.changed() => {}
        }
    }
}
