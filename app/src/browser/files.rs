//! Files that the user chose, dropped or pasted.

use gloo_file::futures::read_as_bytes;
use lungsight_imaging::{DecodeError, Limits};
use web_sys::{DataTransfer, File, FileList, HtmlInputElement};

use super::time::now_ms;
use crate::preview::Preview;

/// Takes the files out of the input, so that the same file can be chosen again.
pub fn take_chosen(input: &HtmlInputElement) -> Vec<File> {
    let files = input.files().map(all).unwrap_or_default();
    input.set_value("");
    files
}

/// The files of a drop or of the clipboard.
pub fn transferred(transfer: Option<DataTransfer>) -> Vec<File> {
    transfer
        .and_then(|transfer| transfer.files())
        .map(all)
        .unwrap_or_default()
}

fn all(list: FileList) -> Vec<File> {
    (0..list.length())
        .filter_map(|index| list.get(index))
        .collect()
}

/// Reads, decodes and masks a file.
///
/// # Errors
/// A sentence for the user.
pub async fn read(file: &File, limits: &Limits) -> Result<Preview, String> {
    // Files too large are not read at all: the decoder would refuse them with the same words.
    if file.size() > limits.max_bytes as f64 {
        let error = DecodeError::TooManyBytes {
            bytes: file.size() as usize,
            max_bytes: limits.max_bytes,
        };
        return Err(error.to_string());
    }
    let bytes = read_as_bytes(&gloo_file::File::from(file.clone()))
        .await
        .map_err(|_| "the browser could not read the file; was it moved or deleted?".to_owned())?;
    Preview::read(&bytes, limits, now_ms).map_err(|error| error.to_string())
}
