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
/// Names the columns that are missing, or the line with an unknown label or with anything but 1 or 0 for `infected`, which of
/// healthy patients may be empty: there was nothing to look for.
pub fn read(path: &Path) -> Result<Vec<Row>, String> {
    columns::read(path, ["path", "label", "infected"], [])?
        .into_iter()
        .map(|Line { number, fields, .. }| {
            let [file, label, infected] = fields;
            let wrong = |reason: String| columns::wrong(path, number, reason);
            let class: Class = label.parse().map_err(|e| columns::wrong(path, number, e))?;
            let infected = match infected.as_str() {
                "1" => true,
                "0" => false,
                "" if class == Class::Healthy => false,
                other => return Err(wrong(format!("infected is {other:?}, not 1 or 0"))),
            };
            let shows_nothing = class != Class::Healthy && !infected;
            Ok(Row {
                path: file.into(),
                label: class,
                patient: format!("{SOURCE} {label}"),
                source: SOURCE.into(),
                note: String::from(if shows_nothing { NO_LESION } else { "" }),
                line: number,
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
        let text = "path,label,index,infected\na,covid,0,0\nb,covid,8,1\nc,healthy,0,\n";
        std::fs::write(&path, text).expect("write");
        let rows = read(&path).expect("three rows");
        let notes: Vec<&str> = rows.iter().map(|row| row.note.as_str()).collect();
        assert_eq!(notes, [NO_LESION, "", ""]);
        assert_eq!(rows[0].patient, rows[1].patient);
        std::fs::write(&path, "path,label,infected\na,flu,0\n").expect("write");
        assert!(read(&path).expect_err("no such class").contains("line 2"));
    }

    #[test]
    fn infected_is_1_or_0() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("volumes.csv");
        for word in ["yes", "1.0", "", "2"] {
            let text = format!("path,label,infected\na,covid,1\nb,covid,{word}\n");
            std::fs::write(&path, text).expect("write");
            let reason = read(&path).expect_err(word);
            assert!(reason.contains("line 3: infected"), "{reason}");
        }
    }
}
