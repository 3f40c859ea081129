//! What the network made of every slice, as a table: so that others can check the figures, and look at the slices.

use std::path::Path;

use lungsight_imaging::Class;
use lungsight_network::Inconclusive;
use lungsight_network::checkpoint::write_atomically;

use crate::evaluate::Examined;
use crate::notes::Notes;

/// The columns. `label`: as it counts as a slice, healthy where its note says so. `counted`: no for slices held apart by
/// their note. `taken_for`: the likeliest class, which the figures count. `answer`: that class, or why it gets none.
const COLUMNS: [&str; 11] = [
    "path",
    "patient",
    "source",
    "note",
    "label",
    "counted",
    "healthy",
    "pneumonia",
    "covid",
    "taken_for",
    "answer",
];

/// Writes one line per slice.
///
/// # Errors
/// Names the file that can't be written.
pub fn write(path: &Path, slices: &[Examined], notes: &Notes) -> Result<(), String> {
    let wrong = |reason: String| format!("{}: {reason}", path.display());
    let mut table = csv::Writer::from_writer(Vec::new());
    table
        .write_record(COLUMNS)
        .map_err(|e| wrong(e.to_string()))?;
    for slice in slices {
        table
            .write_record(fields(slice, notes))
            .map_err(|e| wrong(e.to_string()))?;
    }
    let table = table.into_inner().map_err(|e| wrong(e.to_string()))?;
    write_atomically(path, &table).map_err(|e| wrong(e.to_string()))
}

fn fields(slice: &Examined, notes: &Notes) -> [String; 11] {
    let row = &slice.row;
    let counted = !notes.apart.contains(&row.note);
    let [healthy, pneumonia, covid] =
        Class::ALL.map(|class| slice.judged.probabilities.of(class).to_string());
    let taken_for = slice.judged.probabilities.most_likely().name();
    let answer = match slice.inconclusive {
        None => taken_for,
        Some(Inconclusive::Unlike) => "unlike",
        Some(Inconclusive::TooClose) => "too close",
    };
    [
        row.path.display().to_string(),
        row.patient.clone(),
        row.source.clone(),
        row.note.clone(),
        slice.judged.label.name().to_owned(),
        String::from(if counted { "yes" } else { "no" }),
        healthy,
        pneumonia,
        covid,
        taken_for.to_owned(),
        answer.to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use lungsight_imaging::Probabilities;

    use super::*;
    use crate::manifest::Row;
    use crate::metrics::Judged;

    #[test]
    fn a_line_tells_what_a_slice_is_what_it_counts_as_and_what_was_made_of_it() {
        let row = Row {
            path: "a.png".into(),
            label: Class::Healthy,
            patient: "p".into(),
            source: "s".into(),
            note: "mild".into(),
            line: 2,
        };
        let slice = Examined {
            judged: Judged {
                patient: row.patient.clone(),
                label: row.label,
                probabilities: Probabilities::new([0.25, 0.25, 0.5]).expect("probabilities"),
            },
            row,
            logits: [0.0; 3],
            inconclusive: Some(Inconclusive::TooClose),
            features: Vec::new(),
        };
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("slices.csv");
        let notes = Notes {
            apart: vec!["mild".into()],
            healthy: Vec::new(),
        };
        write(&path, &[slice], &notes).expect("written");
        let text = std::fs::read_to_string(&path).expect("written");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], COLUMNS.join(","));
        assert_eq!(
            lines[1],
            "a.png,p,s,mild,healthy,no,0.25,0.25,0.5,covid,too close"
        );
    }
}
