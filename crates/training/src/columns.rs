//! The columns that are asked for, out of a CSV file that may have more.

use std::fmt::Display;
use std::path::Path;

/// One line's fields, in the order asked for.
pub(crate) struct Line<const N: usize> {
    /// 1 is the line of headings.
    pub number: u64,
    pub fields: [String; N],
}

/// Reads the named columns of every line.
///
/// # Errors
/// Names the file, and the line or the column that is missing.
pub(crate) fn read<const N: usize>(path: &Path, names: [&str; N]) -> Result<Vec<Line<N>>, String> {
    let mut reader =
        csv::Reader::from_path(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let headers = reader.headers().map_err(|e| wrong(path, 1, e))?.clone();
    let mut columns = [0; N];
    for (column, name) in columns.iter_mut().zip(names) {
        *column = headers
            .iter()
            .position(|header| header == name)
            .ok_or_else(|| wrong(path, 1, format!("no column {name}")))?;
    }
    reader
        .records()
        .zip(2..)
        .map(|(record, number)| {
            let record = record.map_err(|e| wrong(path, number, e))?;
            let fields = columns.map(|column| record.get(column).unwrap_or_default().to_owned());
            Ok(Line { number, fields })
        })
        .collect()
}

/// An error in a line, in words.
pub(crate) fn wrong(path: &Path, line: u64, reason: impl Display) -> String {
    format!("{}: line {line}: {reason}", path.display())
}
