//! Notes of slices that count differently from their label, as the command line names them.

use serde::{Deserialize, Serialize};

use crate::manifest::Row;

/// Notes of slices that count differently from their label.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, clap::Args)]
pub struct Notes {
    /// Slices with this note are reported in their group and counted nowhere else: the label is their study's.
    #[arg(long = "apart-note")]
    pub apart: Vec<String>,
    /// Slices with this note show nothing: healthy as slices, of their patient's class within their patient. Slices of
    /// --annotated and --series that show nothing have the note `no lesion` and count as diseased without it.
    #[arg(long = "healthy-note")]
    pub healthy: Vec<String>,
}

impl Notes {
    /// Whether a slice with this note counts differently from its label.
    pub fn has(&self, note: &str) -> bool {
        self.apart
            .iter()
            .chain(&self.healthy)
            .any(|known| known == note)
    }

    /// Refuses notes that none of all slices has; a part of them may lack one.
    ///
    /// # Errors
    /// Names those notes, and some that there are.
    pub fn check<'a>(&self, all: impl Iterator<Item = &'a Row> + Clone) -> Result<(), String> {
        check(
            all,
            &[
                ("--apart-note", &self.apart),
                ("--healthy-note", &self.healthy),
            ],
        )
    }
}

/// Notes that an error names.
const NAMED: usize = 10;

/// Refuses what options ask for where no slice has such a note: it is likely misspelt, and would be passed over.
///
/// # Errors
/// Names those notes, and some that there are.
pub fn check<'a>(
    all: impl Iterator<Item = &'a Row> + Clone,
    asked: &[(&str, &Vec<String>)],
) -> Result<(), String> {
    let unknown: Vec<String> = asked
        .iter()
        .flat_map(|(option, notes)| notes.iter().map(move |note| (option, note)))
        .filter(|(_, note)| !all.clone().any(|row| row.note == **note))
        .map(|(option, note)| format!("{option} {note:?}"))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let mut there: Vec<&str> = Vec::new();
    for row in all {
        if !row.note.is_empty() && !there.contains(&row.note.as_str()) && there.len() < NAMED {
            there.push(&row.note);
        }
    }
    let there = match there.as_slice() {
        [] => "no slice has a note".into(),
        some => format!("there are {}", some.join(", ")),
    };
    Err(format!(
        "{}: no slice has this note; {there}",
        unknown.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use lungsight_imaging::Class;

    use super::*;

    #[test]
    fn a_note_that_no_slice_has_is_named_beside_those_there_are() {
        let rows = ["", "severity CT-1", "no lesion"].map(|note| Row {
            path: "a.png".into(),
            label: Class::Covid,
            patient: "p".into(),
            source: "s".into(),
            note: note.into(),
            line: 0,
        });
        let mut notes = Notes {
            apart: vec!["severity CT-1".into()],
            healthy: vec!["no lesion".into()],
        };
        notes.check(rows.iter()).expect("both are there");
        notes.apart.push("severity CT1".into());
        let reason = notes.check(rows.iter()).expect_err("misspelt");
        assert!(
            reason.starts_with("--apart-note \"severity CT1\":"),
            "{reason}"
        );
        assert!(
            reason.ends_with("there are severity CT-1, no lesion"),
            "{reason}"
        );
        let reason = notes.check(rows[..1].iter()).expect_err("none at all");
        assert!(reason.ends_with("no slice has a note"), "{reason}");
    }
}
