//! The list of slices: a CSV file with the columns `path,label,patient,source` and, if there are any, `note`. `masked`
//! and whatever else there is are for people.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use lungsight_imaging::Class;
use serde::{Deserialize, Serialize};

use crate::columns::{self, Lines};

/// One slice of the manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Relative to the manifest's folder.
    pub path: PathBuf,
    /// The slice's (or its study's) label.
    pub label: Class,
    /// Slices of one patient never part.
    pub patient: String,
    /// Where the slice is from.
    pub source: String,
    /// Free text, such as `severity CT-1`.
    pub note: String,
    /// Where it is listed; 1 is the line of headings, 0 what was read from a dataset.
    #[serde(skip)]
    pub line: u64,
}

impl Row {
    /// Source and note: studies labelled as a whole differ by severity, so that figures are given for each.
    pub fn group(&self) -> String {
        format!("{} {}", self.source, self.note).trim().to_owned()
    }
}

/// All that is wrong with a manifest, each with its line.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {}:\n{}", counted(.problems.len()), .problems.join("\n"))]
pub struct ManifestError {
    /// The manifest.
    pub path: PathBuf,
    /// `line N: what`
    pub problems: Vec<String>,
}

fn counted(problems: usize) -> String {
    match problems {
        1 => "1 problem".into(),
        more => format!("{more} problems"),
    }
}

/// Reads a manifest and checks every line: known label, file present and listed once, however its path is spelt, one label
/// per patient.
///
/// # Errors
/// All problems at once.
pub fn read(path: &Path) -> Result<Vec<Row>, ManifestError> {
    let fail = |problems: Vec<String>| ManifestError {
        path: path.to_owned(),
        problems,
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let text = std::fs::read(path).map_err(|e| fail(vec![e.to_string()]))?;
    let mut lines = Lines::of(&text);
    let line_1 = |reason: String| fail(vec![format!("line 1: {reason}")]);
    let (mut reader, headings) = columns::reader(&text).map_err(line_1)?;
    let [file, label, patient, source] = headings
        .all(["path", "label", "patient", "source"])
        .map_err(line_1)?;
    let note = headings.find("note");

    let mut rows = Vec::new();
    let mut problems = Vec::new();
    let mut labels: HashMap<String, (Class, u64)> = HashMap::new();
    let mut paths: HashMap<PathBuf, u64> = HashMap::new();
    for record in reader.records() {
        let (line, record) = match &record {
            Ok(record) => (lines.line(record.position()), Ok(record)),
            Err(reason) => (lines.line(reason.position()), Err(reason)),
        };
        let record = match record {
            Ok(record) => record,
            Err(reason) => {
                problems.push(format!("line {line}: {reason}"));
                continue;
            }
        };
        let field = |column: usize| record.get(column).unwrap_or_default().to_owned();
        let row_label = match field(label).parse::<Class>() {
            Ok(class) => class,
            Err(reason) => {
                problems.push(format!("line {line}: {reason}"));
                continue;
            }
        };
        let row = Row {
            path: field(file).into(),
            label: row_label,
            patient: field(patient),
            source: field(source),
            note: note.map(field).unwrap_or_default(),
            line,
        };
        if row.patient.is_empty() {
            problems.push(format!("line {line}: no patient"));
        }
        let whole = folder.join(&row.path);
        if !whole.is_file() {
            problems.push(format!("line {line}: no file {}", row.path.display()));
        }
        let (first, first_line) = *labels
            .entry(row.patient.clone())
            .or_insert((row.label, line));
        if first != row.label {
            problems.push(format!(
                "line {line}: patient {} is {} here and {first} in line {first_line}",
                row.patient, row.label
            ));
        }
        // The same file may be spelt in several ways.
        let place = std::fs::canonicalize(&whole).unwrap_or(whole);
        if let Some(before) = paths.insert(place, line) {
            problems.push(format!(
                "line {line}: {} is in line {before} already",
                row.path.display()
            ));
        }
        rows.push(row);
    }
    if rows.is_empty() && problems.is_empty() {
        problems.push("no slices".into());
    }
    if problems.is_empty() {
        Ok(rows)
    } else {
        Err(fail(problems))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_named_with_its_line() {
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::write(folder.path().join("a.png"), b"x").expect("write");
        let path = folder.path().join("slices.csv");
        let text = "path,label,patient,source,masked,note\n\
            a.png,covid,p1,s,no,\n\
            b.png,covid,p2,s,no,\n\
            a.png,flu,p3,s,no,\n\
            a.png,healthy,p1,s,no,\n\
            c.png,covid,p4,s,no,\n";
        std::fs::write(&path, text).expect("write");
        std::fs::write(folder.path().join("c.png"), b"x").expect("write");
        let problems = read(&path).expect_err("four problems").problems;
        assert_eq!(problems.len(), 4, "{problems:?}");
        assert!(problems[0].starts_with("line 3: no file"));
        assert!(problems[1].starts_with("line 4: unknown class"));
        assert!(problems[2].starts_with("line 5: patient p1"));
        assert!(problems[3].starts_with("line 5: a.png is in line 2"));
    }

    #[test]
    fn a_file_spelt_otherwise_is_the_same_file_and_blanks_make_no_other_patient() {
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::create_dir(folder.path().join("x")).expect("folder");
        for name in ["a.png", "b.png"] {
            std::fs::write(folder.path().join(name), b"x").expect("write");
        }
        let path = folder.path().join("slices.csv");
        let text = "path,label,patient,source\n\
            a.png,covid,p1,s\n\
            ./a.png,covid,p1,s\n\
            x/../a.png,covid,p1,s\n\
            b.png , covid,p1 ,s\n";
        std::fs::write(&path, text).expect("write");
        let problems = read(&path).expect_err("twice the same file").problems;
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("line 3: ./a.png is in line 2"));
        assert!(problems[1].starts_with("line 4: x/../a.png is in line 3"));
        let text = text.replace("x/../a.png,covid,p1,s\n", "");
        let text = text.replace("./a.png,covid,p1,s\n", "");
        std::fs::write(&path, text).expect("write");
        let rows = read(&path).expect("two slices");
        assert_eq!(rows[0].patient, rows[1].patient);
        assert_eq!((rows[0].line, rows[1].line), (2, 3));
    }

    #[test]
    fn an_error_tells_the_columns_and_counts_one_problem_as_one() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("slices.csv");
        std::fs::write(&path, "path;label;patient;source\na;covid;p;s\n").expect("write");
        let reason = read(&path).expect_err("no columns").to_string();
        assert!(
            reason.contains(": 1 problem:\nline 1: no columns path"),
            "{reason}"
        );
        assert!(reason.contains("semicolons"), "{reason}");
    }
}
