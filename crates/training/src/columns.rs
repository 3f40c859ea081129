//! The columns that are asked for, out of a CSV file that may have more.

use std::fmt::Display;
use std::path::Path;

/// One line's fields, in the order asked for.
pub(crate) struct Line<const N: usize> {
    /// 1 is the line of headings.
    pub number: u64,
    pub fields: [String; N],
}

/// Counts the lines of a text that records begin in; 1 is the line of headings. `csv` counts from where the record before
/// ended: it takes empty lines, and the second half of what ends one on Windows, for the next one's.
pub(crate) struct Lines<'a> {
    text: &'a [u8],
    /// Where the last record asked for begins, and in which line.
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub fn of(text: &'a [u8]) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
        }
    }

    /// The line of a record, or of what is wrong with it; records are asked for in their order.
    pub fn line(&mut self, of: Option<&csv::Position>) -> u64 {
        let ends = |byte: &&u8| matches!(**byte, b'\r' | b'\n');
        let from = of.map_or(self.at, |of| (of.byte() as usize).max(self.at));
        let begins = from + self.text[from..].iter().take_while(ends).count();
        let between = self.text[self.at..begins].iter();
        self.line += between.filter(|&&byte| byte == b'\n').count() as u64;
        self.at = begins;
        self.line
    }
}

/// Reads the named columns of every line.
///
/// # Errors
/// Names the file, and the line or the column that is missing.
pub(crate) fn read<const N: usize>(path: &Path, names: [&str; N]) -> Result<Vec<Line<N>>, String> {
    let text = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut reader = csv::Reader::from_reader(&*text);
    let mut lines = Lines::of(&text);
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
        .map(|record| {
            let record = record.map_err(|e| wrong(path, lines.line(e.position()), e))?;
            let number = lines.line(record.position());
            let fields = columns.map(|column| record.get(column).unwrap_or_default().to_owned());
            Ok(Line { number, fields })
        })
        .collect()
}

/// An error in a line, in words.
pub(crate) fn wrong(path: &Path, line: u64, reason: impl Display) -> String {
    format!("{}: line {line}: {reason}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("list.csv");
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "1,2", "", "3,\"4,5\""].join(end);
            std::fs::write(&path, text).expect("write");
            let lines = read(&path, ["b"]).expect("columns");
            let found: Vec<_> = lines.iter().map(|l| (l.number, &*l.fields[0])).collect();
            assert_eq!(found, [(2, "2"), (4, "4,5")], "{end:?}");
        }
    }
}
