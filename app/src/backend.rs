//! The seam to the server: what the pages need to know while they are rendered.
//!
//! The server provides an `Arc<dyn Backend>` as Leptos context; the pages know neither HTTP nor the network.

use lungsight_imaging::Class;

use crate::analysis::Analysis;
use crate::evaluation::Evaluation;
use crate::network::NetworkPart;

/// What the pages ask of the server that renders them.
pub trait Backend: Send + Sync {
    /// The analysis with this id; `None` when there is none or it has expired.
    fn analysis(&self, id: &str) -> Option<Analysis>;

    /// The network in use; `None` while it is being loaded, and where there is none.
    fn network(&self) -> Option<NetworkInUse>;

    /// The figures of their evaluation: names under `/figures/`, without the extension.
    fn figures(&self) -> Vec<String>;

    /// The same in numbers, with what the weights learned from; `None` where nothing is known.
    fn evaluation(&self) -> Option<Evaluation>;

    /// Examples of whoever runs the server, class by class.
    fn examples(&self) -> Vec<OwnExample>;

    /// Slices that one request may have.
    fn most_slices(&self) -> usize;

    /// Pixels that all slices of one request may have together.
    fn most_pixels(&self) -> u64;

    /// Whether series can be fetched from a picture archive (PACS).
    fn has_pacs(&self) -> bool;

    /// How far the result of an analysis is on its way into the archive that its series is from; `None` where it is from none, or
    /// nobody knows any more.
    fn in_archive(&self, id: &str) -> Option<InArchive>;

    /// Archives for download, by name.
    fn archives(&self) -> Vec<Archive>;
}

/// What a server reads slices with.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkInUse {
    /// The weights, in words.
    pub model: String,
    /// The device that runs them, in words.
    pub device: String,
    /// What the network is made of, from its input to its classes.
    pub parts: Vec<NetworkPart>,
}

/// How far a result is on its way into the archive that its series is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InArchive {
    Storable,
    BeingStored,
    Stored { files: usize },
}

/// An example that comes from whoever runs the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnExample {
    pub class: Class,
    /// The picture's name under `/examples/`, without the extension: `own/covid/0`.
    pub name: String,
    /// Where it comes from, as far as that is known.
    pub source: Option<String>,
    /// Whether lungs are found in it.
    pub has_lungs: bool,
}

/// A file for download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// The name under `/archives/`.
    pub name: String,
    pub bytes: u64,
}
