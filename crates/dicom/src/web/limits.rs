//! What a server may take of ours.

use std::time::Duration;

/// Bounds of every exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebLimits {
    /// For a connection.
    pub connect_deadline: Duration,
    /// From a question to the beginning of its answer, and from a piece of an answer to the next. Files that are stored are
    /// under the deadline of a transfer alone: sending them is silence, too, and so is the server's work on them.
    pub silence_deadline: Duration,
    /// For a search.
    pub answer_deadline: Duration,
    /// For a whole series that is fetched, and for each batch of files that are stored.
    pub transfer_deadline: Duration,
    /// Of an answer in JSON.
    pub max_answer_bytes: u64,
    /// Series that a search lists.
    pub max_series: u32,
    /// Instances of a series.
    pub max_instances: usize,
    /// Of one instance.
    pub max_instance_bytes: u64,
    /// Of all instances of a series: also what is in memory at most while it comes in.
    pub max_series_bytes: u64,
}

impl Default for WebLimits {
    fn default() -> Self {
        Self {
            connect_deadline: Duration::from_secs(5),
            silence_deadline: Duration::from_secs(30),
            answer_deadline: Duration::from_secs(60),
            transfer_deadline: Duration::from_secs(600),
            max_answer_bytes: 8 << 20,
            max_series: 500,
            max_instances: 4096,
            max_instance_bytes: 1 << 30,
            max_series_bytes: 2 << 30,
        }
    }
}
