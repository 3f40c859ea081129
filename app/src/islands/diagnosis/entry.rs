//! A chosen file, and how far it has come.

use leptos::prelude::*;
use lungsight_masking::Masked;
use send_wrapper::SendWrapper;
use web_sys::File;

use crate::browser::masker::Unreadable;

/// One chosen file.
#[derive(Clone)]
pub struct Entry {
    /// Unique in this session; files may share a name.
    pub id: u32,
    pub name: String,
    pub bytes: f64,
    pub state: ArcRwSignal<EntryState>,
    /// The threshold that the user wants; `None` for the one that is found.
    pub wanted: ArcRwSignal<Option<u8>>,
    /// Whether it is an example that the program draws.
    pub is_drawing: bool,
    /// A handle of the browser, used by the browser's one thread only.
    pub file: SendWrapper<File>,
}

/// How far a file has come.
#[derive(Clone, Debug)]
pub enum EntryState {
    Waiting,
    /// Why it cannot be read.
    Unreadable(Unreadable),
    Read(Box<Masked>),
}

impl EntryState {
    /// Whether the file is sent: it was read, and lungs were found.
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Read(masked) if masked.lungs.is_ok())
    }
}
