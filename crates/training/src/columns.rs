//! The columns that are asked for, out of a CSV file that may have more.

use std::fmt::Display;
use std::path::Path;

/// One line's fields, in the order asked for.
pub(crate) struct Line<const N: usize, const M: usize = 0> {
    /// 1 is the line of headings.
    pub number: u64,
    pub fields: [String; N],
    /// Of the columns that need not be there; empty where they are not.
    pub further: [String; M],
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

/// A reader of a list's text, blanks around fields left out, and its headings.
///
/// # Errors
/// A text that is no UTF-8.
pub(crate) fn reader(text: &[u8]) -> Result<(csv::Reader<&[u8]>, Headings), String> {
    if text.starts_with(&[0xFF, 0xFE]) || text.starts_with(&[0xFE, 0xFF]) {
        return Err("this is UTF-16; save it as CSV in UTF-8".into());
    }
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text);
    let headings = reader.headers().map_err(|e| e.to_string())?;
    let headings = Headings(headings.iter().map(str::to_owned).collect());
    Ok((reader, headings))
}

/// The names of a list's columns.
pub(crate) struct Headings(Vec<String>);

impl Headings {
    /// Where a column is, if it is there.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|heading| heading == name)
    }

    /// Where these columns are.
    ///
    /// # Errors
    /// Names all that are missing, and those that are there.
    pub fn all<const N: usize>(&self, names: [&str; N]) -> Result<[usize; N], String> {
        let missing: Vec<&str> = names
            .into_iter()
            .filter(|name| self.find(name).is_none())
            .collect();
        if missing.is_empty() {
            return Ok(names.map(|name| self.find(name).unwrap_or_default()));
        }
        let columns = |count: usize| if count == 1 { "column" } else { "columns" };
        let separated = match self.0.as_slice() {
            [one] if one.contains(';') => "; it seems to be separated by semicolons, not commas",
            [one] if one.contains('\t') => "; it seems to be separated by tabs, not commas",
            _ => "",
        };
        Err(format!(
            "no {} {}; found: {}{separated}",
            columns(missing.len()),
            missing.join(", "),
            self.0.join(", ")
        ))
    }
}

/// Reads the named columns of every line, and those of `optional` that are there.
///
/// # Errors
/// Names the file, and the line or the columns that are missing.
pub(crate) fn read<const N: usize, const M: usize>(
    path: &Path,
    names: [&str; N],
    optional: [&str; M],
) -> Result<Vec<Line<N, M>>, String> {
    let text = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (mut reader, headings) = reader(&text).map_err(|reason| wrong(path, 1, reason))?;
    let columns = headings.all(names).map_err(|e| wrong(path, 1, e))?;
    let optional = optional.map(|name| headings.find(name));
    let mut lines = Lines::of(&text);
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|e| wrong(path, lines.line(e.position()), e))?;
            let field = |column| record.get(column).unwrap_or_default().to_owned();
            Ok(Line {
                number: lines.line(record.position()),
                fields: columns.map(field),
                further: optional.map(|column| column.map(field).unwrap_or_default()),
            })
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
            let lines = read(&path, ["b"], []).expect("columns");
            let found: Vec<_> = lines.iter().map(|l| (l.number, &*l.fields[0])).collect();
            assert_eq!(found, [(2, "2"), (4, "4,5")], "{end:?}");
        }
    }

    #[test]
    fn blanks_are_left_out_and_a_column_may_be_missing_where_it_need_not_be_there() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("list.csv");
        std::fs::write(&path, "a , b\n 1,\"2 \"\n").expect("write");
        let lines = read(&path, ["b"], ["a", "c"]).expect("columns");
        assert_eq!(lines[0].fields, ["2"]);
        assert_eq!(lines[0].further, ["1", ""]);
    }

    #[test]
    fn an_error_tells_the_columns_that_were_found() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("list.csv");
        let reason = |text: &[u8]| {
            std::fs::write(&path, text).expect("write");
            read(&path, ["a", "b"], [])
                .map(drop)
                .expect_err("no such columns")
        };
        let missing = reason(b"a,c\n1,2\n");
        assert!(missing.ends_with("no column b; found: a, c"), "{missing}");
        let semicolons = reason(b"a;b\n1;2\n");
        assert!(semicolons.contains("semicolons"), "{semicolons}");
        let tabs = reason(b"a\tb\n1\t2\n");
        assert!(tabs.contains("tabs"), "{tabs}");
        let wide = reason(b"\xFF\xFEa\0,\0b\0");
        assert!(wide.contains("UTF-16"), "{wide}");
    }
}
