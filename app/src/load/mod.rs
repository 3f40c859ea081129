//! Where server and browser differ: on the server a page asks the [`Backend`](crate::backend::Backend) and shapes
//! the response, in the browser it asks the API. Both files define the same functions.

#[cfg_attr(feature = "ssr", path = "on_server.rs")]
#[cfg_attr(not(feature = "ssr"), path = "in_browser.rs")]
mod source;

pub use source::{analysis, guard_page, not_found, system};

use serde::{Deserialize, Serialize};

use crate::evaluation::Evaluation;
use crate::network::NetworkPart;

/// What runs behind the pages, in words; empty while nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct System {
    pub device: String,
    pub model: String,
    /// The network's parts.
    pub network: Vec<NetworkPart>,
    /// Names of the figures of the weights' evaluation.
    pub figures: Vec<String>,
    /// The evaluation in numbers.
    pub evaluation: Option<Evaluation>,
}
