//! Whole series of another hospital, one of each class, for evaluation alone (`volumes.csv`: path, label, index, infected).

use std::path::Path;

use lungsight_imaging::Class;

use crate::manifest::Row;
use crate::masks::NO_LESION;

/// Where these slices are from.
pub const SOURCE: &str = "external series";

/// Reads the list as rows of a manifest: a label's series is one patient; slices of a diseased patient on which nothing
/// was found have the note [`NO_LESION`].
///
/// # Errors
/// Names the line that lacks a column or has an unknown label.
pub fn read(path: &Path) -> Result<Vec<Row>, String> {
    let wrong = |reason: String| format!("{}: {reason}", path.display());
    let mut reader = csv::Reader::from_path(path).map_err(|e| wrong(e.to_string()))?;
    let headers = reader.headers().map_err(|e| wrong(e.to_string()))?.clone();
    let column = |name: &str| {
        headers
            .iter()
            .position(|header| header == name)
            .ok_or_else(|| wrong(format!("line 1: no column {name}")))
    };
    let columns = [column("path")?, column("label")?, column("infected")?];
    reader
        .records()
        .zip(2..)
        .map(|(record, line)| {
            let record = record.map_err(|e| wrong(format!("line {line}: {e}")))?;
            let [path, label, infected] =
                columns.map(|column| record.get(column).unwrap_or_default());
            let class: Class = label
                .parse()
                .map_err(|e| wrong(format!("line {line}: {e}")))?;
            let shows_nothing = class != Class::Healthy && infected != "1";
            Ok(Row {
                path: path.into(),
                label: class,
                patient: format!("{SOURCE} {label}"),
                source: SOURCE.into(),
                note: String::from(if shows_nothing { NO_LESION } else { "" }),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_of_the_diseased_that_show_nothing_are_noted() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("volumes.csv");
        let text = "path,label,index,infected\na,covid,0,0\nb,covid,8,1\nc,healthy,0,0\n";
        std::fs::write(&path, text).expect("write");
        let rows = read(&path).expect("three rows");
        let notes: Vec<&str> = rows.iter().map(|row| row.note.as_str()).collect();
        assert_eq!(notes, [NO_LESION, "", ""]);
        assert_eq!(rows[0].patient, rows[1].patient);
        std::fs::write(&path, "path,label,infected\na,flu,0\n").expect("write");
        assert!(read(&path).expect_err("no such class").contains("line 2"));
    }
}
