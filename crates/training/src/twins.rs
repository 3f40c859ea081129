//! The same file under two patients: they would stand in two parts, and be learned from and judged at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lungsight_network::checkpoint::sha256;
use rayon::prelude::*;

use crate::manifest::Row;

/// Refuses files that are equal to the last byte and belong to different patients; what can't be read is passed over.
///
/// # Errors
/// Names all of them.
pub(crate) fn refuse(folder: &Path, rows: &[Row]) -> Result<(), String> {
    let sums: Vec<Option<String>> = rows
        .par_iter()
        .map(|row| {
            let bytes = std::fs::read(folder.join(&row.path)).ok()?;
            Some(sha256(&bytes))
        })
        .collect();
    let mut equal: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for (row, sum) in rows.iter().zip(&sums) {
        if let Some(sum) = sum {
            equal.entry(sum).or_default().push(row);
        }
    }
    let of_several = |rows: &&Vec<&Row>| {
        let patients: BTreeSet<&str> = rows.iter().map(|row| row.patient.as_str()).collect();
        patients.len() > 1
    };
    let named: Vec<String> = equal
        .values()
        .filter(of_several)
        .map(|rows| {
            let files = rows
                .iter()
                .map(|row| format!("{} of patient {}", row.path.display(), row.patient));
            files.collect::<Vec<_>>().join(", ")
        })
        .collect();
    if named.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "the same file belongs to different patients; who is one person must be one patient:\n{}",
            named.join("\n")
        ))
    }
}

#[cfg(test)]
mod tests {
    use lungsight_imaging::Class;

    use super::*;

    #[test]
    fn equal_files_of_different_patients_are_all_named() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let row = |path: &str, patient: &str, bytes: &[u8]| {
            std::fs::write(folder.path().join(path), bytes).expect("write");
            Row {
                path: path.into(),
                label: Class::Covid,
                patient: patient.into(),
                source: "s".into(),
                note: String::new(),
                line: 0,
            }
        };
        let mut rows = vec![
            row("a", "p1", b"one"),
            row("b", "p1", b"one"),
            row("c", "p2", b"another"),
        ];
        refuse(folder.path(), &rows).expect("equal files of one patient");
        rows.push(row("d", "p3", b"another"));
        rows.push(row("e", "p4", b"one"));
        let reason = refuse(folder.path(), &rows).expect_err("equal files");
        assert!(
            reason.contains("a of patient p1, b of patient p1, e of patient p4"),
            "{reason}"
        );
        assert!(
            reason.contains("c of patient p2, d of patient p3"),
            "{reason}"
        );
    }
}
