//! A patient's result as DICOM files in a folder.

use std::path::Path;

use lungsight_dicom::{Origin, OutError};

use super::gather::{Item, Source};
use crate::cli::{CommandError, files};
use crate::dicom::Written;
use crate::record::Record;

/// Writes a capture of every slice that was read, and the report. Where the slices are a series', they have its numbers.
pub(super) fn write(
    record: &Record,
    items: &[&Item],
    refer: bool,
    folder: &Path,
) -> Result<(), CommandError> {
    let number = |place: usize| {
        let number = match &items[place].source {
            Source::Slice(_, slice) => slice + 1,
            Source::Picture(_) => place + 1,
        };
        u32::try_from(number).unwrap_or(u32::MAX)
    };
    let origin = if refer { Some(origin(items)?) } else { None };
    // Writing in the pixels is rare in CT, and nobody has looked.
    let Some(written) = Written::new(record, 0..items.len(), number, None) else {
        return Err(CommandError::Arguments(
            "DICOM is written of a patient, and there is no result for one".to_owned(),
        ));
    };
    files::make_folder(folder)?;
    for file in written.files(origin.as_ref())? {
        let file = file?;
        files::write(folder, &file.name, &file.bytes)?;
    }
    Ok(())
}

fn origin(items: &[&Item]) -> Result<Origin, OutError> {
    let identifiers = items.iter().find_map(|item| match &item.source {
        Source::Slice(series, _) => series.identifiers(),
        Source::Picture(_) => None,
    });
    Origin::new(identifiers.ok_or(OutError::Identifiers)?)
}
