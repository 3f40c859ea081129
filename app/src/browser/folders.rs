//! Files of a drop, those in folders too.

use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DataTransfer, File, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry};

use super::files::transferred;

/// Files that a drop may bring: a patient has hundreds, a disk has millions.
pub const MOST_FILES: usize = 10_000;

/// What was dropped, held on to.
pub enum Dropped {
    Files(Vec<File>),
    Entries(Vec<FileSystemEntry>),
}

/// Holds on to what was dropped; to be called while the browser still has it.
pub fn dropped(transfer: Option<DataTransfer>) -> Dropped {
    let entries = transfer.as_ref().map(|transfer| {
        let items = transfer.items();
        let items = (0..items.length()).filter_map(|index| items.get(index));
        items
            .filter_map(|item| item.webkit_get_as_entry().ok().flatten())
            .collect::<Vec<_>>()
    });
    match entries {
        Some(entries) if entries.iter().any(FileSystemEntry::is_directory) => {
            Dropped::Entries(entries)
        }
        _ => Dropped::Files(transferred(transfer)),
    }
}

/// What the browser has given of a drop.
#[derive(Default)]
pub struct Found {
    pub files: Vec<File>,
    /// How many files and folders it did not give.
    pub unopened: usize,
    /// Whether there is more than is taken.
    pub has_more: bool,
}

/// All files of it, those in folders in folders too.
pub async fn files(dropped: Dropped) -> Found {
    let mut found = Found::default();
    let mut waiting = match dropped {
        Dropped::Files(files) => return Found { files, ..found },
        Dropped::Entries(entries) => entries,
    };
    while let Some(entry) = waiting.pop() {
        if found.files.len() >= MOST_FILES {
            found.has_more = true;
            break;
        }
        if entry.is_directory() {
            let (entries, is_whole) = inside(entry.unchecked_ref()).await;
            waiting.extend(entries);
            found.unopened += usize::from(!is_whole);
        } else if let Some(file) = file(entry.unchecked_ref()).await {
            found.files.push(file);
        } else {
            found.unopened += 1;
        }
    }
    found
}

/// What is in a folder, as far as it can matter, and whether the browser has given it.
async fn inside(folder: &FileSystemDirectoryEntry) -> (Vec<FileSystemEntry>, bool) {
    let reader = folder.create_reader();
    let mut entries = Vec::new();
    // The browser gives a hundred at a time, and none at the end.
    loop {
        let batch = called_back(|taken, failed| {
            reader.read_entries_with_callback_and_callback(taken, failed)
        });
        let batch: Array = match batch.await.map(JsCast::dyn_into) {
            Ok(Ok(batch)) => batch,
            _ => return (entries, false),
        };
        entries.extend(batch.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
        if batch.length() == 0 || entries.len() > MOST_FILES {
            return (entries, true);
        }
    }
}

async fn file(entry: &FileSystemFileEntry) -> Option<File> {
    let file = called_back(|taken, failed| {
        entry.file_with_callback_and_callback(taken, failed);
        Ok(())
    });
    file.await.ok()?.dyn_into().ok()
}

/// Waits for a function of the browser that calls one of two functions back.
async fn called_back(
    call: impl FnOnce(&js_sys::Function, &js_sys::Function) -> Result<(), JsValue>,
) -> Result<JsValue, JsValue> {
    let mut call = Some(call);
    let promise = Promise::new(&mut |resolve, reject| {
        if let Some(call) = call.take()
            && call(&resolve, &reject).is_err()
        {
            // The one who waits is told by the promise.
            let _ = reject.call0(&JsValue::NULL);
        }
    });
    JsFuture::from(promise).await
}
