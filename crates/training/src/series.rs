//! Whole series of another hospital, one of each class, for evaluation alone (`volumes.csv`: path, label, index, infected).

use std::path::Path;

use lungsight_imaging::Class;

use crate::columns::{self, Line};
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
    columns::read(path, ["path", "label", "infected"])?
        .into_iter()
        .map(|Line { number, fields }| {
            let [file, label, infected] = fields;
            let class: Class = label.parse().map_err(|e| columns::wrong(path, number, e))?;
            let shows_nothing = class != Class::Healthy && infected != "1";
            Ok(Row {
                path: file.into(),
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
