//! Files of a drop, those in folders too.

use std::cmp::Ordering;

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

/// All files of it, those in folders in folders too: in the order in which they were dropped, those of a folder by their names.
pub async fn files(dropped: Dropped) -> Found {
    let mut found = Found::default();
    let mut waiting = match dropped {
        Dropped::Files(files) => return Found { files, ..found },
        Dropped::Entries(entries) => entries,
    };
    // The next one is the last.
    waiting.reverse();
    while let Some(entry) = waiting.pop() {
        if found.files.len() >= MOST_FILES {
            found.has_more = true;
            break;
        }
        if entry.is_directory() {
            let (mut entries, is_whole) = inside(entry.unchecked_ref()).await;
            // The browser gives them in any order.
            entries.sort_by(|a, b| by_numbers(&a.name(), &b.name()));
            waiting.extend(entries.into_iter().rev());
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

/// The order of names with numbers in them as numbers: `IM9` is before `IM10`.
fn by_numbers(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    while !left.is_empty() && !right.is_empty() {
        let ((a_part, a_rest), (b_part, b_rest)) = (first_part(left), first_part(right));
        let order = match (significant(a_part), significant(b_part)) {
            (Some(a), Some(b)) => a.len().cmp(&b.len()).then(a.cmp(b)),
            _ => a_part.cmp(b_part),
        };
        if order.is_ne() {
            return order;
        }
        (left, right) = (a_rest, b_rest);
    }
    // Of names that differ in zeros alone, one must be the first.
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// The digits at the start of a name, or what comes before some, and the rest.
fn first_part(name: &str) -> (&str, &str) {
    let is_number = name.starts_with(|first: char| first.is_ascii_digit());
    let end = name.find(|next: char| next.is_ascii_digit() != is_number);
    name.split_at(end.unwrap_or(name.len()))
}

/// The digits of a number, as many as it needs; `None` for what is no number.
fn significant(part: &str) -> Option<&str> {
    let is_number = part.starts_with(|first: char| first.is_ascii_digit());
    is_number.then(|| part.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ordered_as_people_count() {
        let ordered = [
            "10", "IM", "IM0", "IM02", "IM2", "IM2b", "IM9.png", "IM10.png", "IM10a", "IMa",
            "切片2", "切片11",
        ];
        for (place, earlier) in ordered.iter().enumerate() {
            assert_eq!(by_numbers(earlier, earlier), Ordering::Equal);
            for later in &ordered[place + 1..] {
                assert_eq!(
                    by_numbers(earlier, later),
                    Ordering::Less,
                    "{earlier} {later}"
                );
                assert_eq!(
                    by_numbers(later, earlier),
                    Ordering::Greater,
                    "{later} {earlier}"
                );
            }
        }
    }
}
