//! Many patients in one run: a row each in a table, which a later run goes on with.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::ProgressBar;
use lungsight_app::analysis::{Grouping, Remarks};
use lungsight_imaging::Class;
use serde::{Deserialize, Serialize};

use super::classify::classify;
use super::gather::{gather, is_picture};
use super::patient::{Chosen, choose};
use super::progress;
use crate::cells::harmless;
use crate::cli::CommandError;
use crate::engine::Engine;
use crate::id;
use crate::record::{Links, Record, failures};

/// One patient's row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Row {
    /// The folder's or file's name, as a cell that is no formula.
    patient: String,
    predicted: String,
    /// `too close` where no class is likely enough.
    inconclusive: String,
    healthy: Option<f32>,
    pneumonia: Option<f32>,
    covid: Option<f32>,
    /// Between which probabilities of the predicted class the result lies when the slices are drawn anew.
    low: Option<f32>,
    high: Option<f32>,
    heat_share: Option<f32>,
    dense_share: Option<f32>,
    /// Slices that were classified.
    slices: usize,
    /// Slices of a series without lungs.
    left_out: usize,
    /// Files and slices that could not be read.
    failed: usize,
    /// What is odd about the series.
    notes: String,
    /// Why there is no result.
    error: String,
    model: String,
    seconds: f32,
}

/// A table that cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error(
        "{path}, line {line}: {reason}; it is no table of this version's --patients and is left alone"
    )]
    NotOurs {
        path: String,
        line: u64,
        reason: String,
    },
    #[error("{path} has results of {theirs}, and the weights now are {ours}: name another table")]
    OtherModel {
        path: String,
        theirs: String,
        ours: String,
    },
    #[error("{path}: {error}")]
    Csv { path: String, error: csv::Error },
}

/// Diagnoses every patient under `folders` who has no result in the table yet. Whether all whose turn it was have one now, from
/// files that could all be read.
pub(super) fn run(
    engine: &dyn Engine,
    folders: &[PathBuf],
    table: &Path,
) -> Result<bool, CommandError> {
    let model = engine.info().model;
    let done = resume(table, &model)?;
    let patients: Vec<_> = folders
        .iter()
        .map(|folder| patients_in(folder))
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    refuse_equal_names(&patients)?;
    let bar = progress(patients.len(), "patients");
    let mut all_were_read = true;
    for (name, path) in patients {
        let cell = harmless(&name);
        if !done.contains(&cell) {
            let started = Instant::now();
            bar.set_message(name.clone());
            let mut row = diagnose(engine, name, &path, &bar);
            row.patient = cell;
            row.seconds = started.elapsed().as_secs_f32();
            if !row.error.is_empty() {
                bar.suspend(|| eprintln!("{}: {}", row.patient, row.error));
            }
            row.error = harmless(&row.error);
            all_were_read &= row.error.is_empty() && row.failed == 0;
            append(table, &row)?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(all_were_read)
}

/// The patients whose rows stand. Rows without a result are taken out, to be tried again, and so is half a row at the end,
/// where a run was stopped while it wrote.
fn resume(table: &Path, model: &str) -> Result<HashSet<String>, CommandError> {
    if !table.exists() {
        return Ok(HashSet::new());
    }
    let path = table.display().to_string();
    let text = fs::read_to_string(table)
        .map_err(CommandError::io(format!("reading {}", table.display())))?;
    let header = header();
    let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
    let begins_as_ours = if whole.is_empty() {
        header.starts_with(&text)
    } else {
        whole.lines().next() == Some(header.as_str())
    };
    if !begins_as_ours {
        let reason = format!("the columns are not {header}");
        let line = 1;
        return Err(TableError::NotOurs { path, line, reason }.into());
    }
    let mut reader = csv::Reader::from_reader(whole.as_bytes());
    let (mut rows, mut goes) = (Vec::new(), whole.len() != text.len());
    for row in reader.deserialize::<Row>() {
        let row = row.map_err(|error| TableError::NotOurs {
            path: path.clone(),
            line: error.position().map_or(1, csv::Position::line),
            reason: error.to_string(),
        })?;
        if row.model != model {
            let error = TableError::OtherModel {
                path,
                theirs: row.model,
                ours: model.to_owned(),
            };
            return Err(error.into());
        }
        if row.error.is_empty() {
            rows.push(row);
        } else {
            goes = true;
        }
    }
    if !goes {
        return Ok(rows.into_iter().map(|row| row.patient).collect());
    }
    let beside = table.with_extension("csv.new");
    let _ = fs::remove_file(&beside);
    for row in &rows {
        append(&beside, row)?;
    }
    if rows.is_empty() {
        fs::write(&beside, "")
            .map_err(CommandError::io(format!("writing {}", beside.display())))?;
    }
    fs::rename(&beside, table).map_err(CommandError::io(format!("writing {path}")))?;
    Ok(rows.into_iter().map(|row| row.patient).collect())
}

/// The line that a table begins with.
fn header() -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = writer
        .serialize(Row::default())
        .and_then(|()| Ok(writer.flush()?));
    written.expect("memory takes a row of numbers and words");
    let text = String::from_utf8_lossy(writer.get_ref()).into_owned();
    text.lines().next().unwrap_or_default().to_owned()
}

/// Puts a row at the end, below the columns' names where it is the first.
fn append(table: &Path, row: &Row) -> Result<(), CommandError> {
    let file = OpenOptions::new().create(true).append(true).open(table);
    let file = file.map_err(CommandError::io(format!("writing {}", table.display())))?;
    let is_empty = file.metadata().is_ok_and(|metadata| metadata.len() == 0);
    let mut writer = csv::WriterBuilder::new()
        .has_headers(is_empty)
        .from_writer(file);
    let written = writer.serialize(row).and_then(|()| Ok(writer.flush()?));
    let path = table.display().to_string();
    Ok(written.map_err(|error| TableError::Csv { path, error })?)
}

/// Every folder in a folder and every file in it that holds a series is a patient; where there is none of these, the folder
/// itself is.
fn patients_in(folder: &Path) -> Result<Vec<(String, PathBuf)>, CommandError> {
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or(path.as_os_str());
        name.to_string_lossy().into_owned()
    };
    if folder.is_file() {
        return Ok(vec![(name(folder), folder.to_owned())]);
    }
    let entries =
        fs::read_dir(folder).map_err(CommandError::io(format!("reading {}", folder.display())))?;
    let mut patients: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| !name(path).starts_with('.') && (path.is_dir() || holds_a_series(path)))
        .map(|path| (name(&path), path))
        .collect();
    patients.sort();
    if patients.is_empty() {
        patients.push((name(folder), folder.to_owned()));
    }
    Ok(patients)
}

fn holds_a_series(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    path.is_file()
        && !is_picture(path)
        && [".zip", ".nii", ".nii.gz"]
            .iter()
            .any(|end| name.ends_with(end))
}

fn refuse_equal_names(patients: &[(String, PathBuf)]) -> Result<(), CommandError> {
    let mut seen = HashSet::new();
    for (name, path) in patients {
        if !seen.insert(name) {
            let what = format!("{}: another patient has this name", path.display());
            return Err(CommandError::Arguments(what));
        }
    }
    Ok(())
}

fn diagnose(engine: &dyn Engine, patient: String, path: &Path, bar: &ProgressBar) -> Row {
    let info = engine.info();
    let mut row = Row {
        patient,
        model: info.model.clone(),
        ..Row::default()
    };
    let gathered = gather(&[path.to_owned()]);
    row.failed = gathered.refused.len();
    let name = row.patient.clone();
    let mut tell = |line: String| bar.suspend(|| eprintln!("{name}: {line}"));
    for (file, reason) in &gathered.refused {
        tell(format!("{file}: {reason}"));
    }
    let items = match choose(&gathered, None, &mut tell) {
        Ok(Chosen { items, notes }) => {
            let notes: Vec<_> = notes.iter().map(ToString::to_string).collect();
            row.notes = notes.join("; ");
            items
        }
        Err(error) => {
            row.error = error.to_string();
            return row;
        }
    };
    let classified = classify(engine, &items, &ProgressBar::hidden());
    row.left_out = classified.left_out;
    let links = |_| Links::none();
    let record = Record::assemble(
        id::random(),
        &info,
        Grouping::Patient,
        // The row tells what was left out.
        Remarks::default(),
        classified.outcomes,
        links,
    );
    match record {
        Err(error) => row.error = error.to_string(),
        Ok(record) => {
            let failures = failures(&record.analysis.slices);
            for failed in failures {
                tell(format!("{}: {}", failed.name, failed.error));
            }
            row.slices = record.slices.iter().flatten().count();
            row.failed += record.slices.len() - row.slices;
            match record.analysis.patient {
                None => row.error = "no slice is like those the network knows".to_owned(),
                Some(patient) => {
                    let of = |class| Some(patient.probabilities.of(class));
                    row = Row {
                        predicted: patient.predicted.name().to_owned(),
                        inconclusive: patient
                            .inconclusive
                            .map_or_else(String::new, |_| "too close".to_owned()),
                        healthy: of(Class::Healthy),
                        pneumonia: of(Class::Pneumonia),
                        covid: of(Class::Covid),
                        low: patient.interval.map(|[low, _]| low),
                        high: patient.interval.map(|[_, high]| high),
                        heat_share: patient.heat_share,
                        dense_share: patient.dense_share,
                        ..row
                    };
                }
            }
        }
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(patient: &str, error: &str) -> Row {
        Row {
            patient: patient.to_owned(),
            predicted: "covid".to_owned(),
            covid: Some(0.75),
            slices: 3,
            error: error.to_owned(),
            model: "m".to_owned(),
            ..Row::default()
        }
    }

    #[test]
    fn a_stopped_run_goes_on_after_its_last_whole_row_and_tries_failures_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let table = folder.path().join("t.csv");
        assert!(resume(&table, "m").expect("nothing yet").is_empty());
        for written in [row("a, \"b\"", ""), row("c", "no slice"), row("d", "")] {
            append(&table, &written).expect("written");
        }
        let text = fs::read_to_string(&table).expect("text");
        fs::write(&table, format!("{text}e,cov")).expect("half a row");
        let done = resume(&table, "m").expect("ours");
        assert_eq!(done, HashSet::from(["a, \"b\"".to_owned(), "d".to_owned()]));
        append(&table, &row("c", "")).expect("written");
        assert_eq!(resume(&table, "m").expect("ours").len(), 3);
        let text = fs::read_to_string(&table).expect("text");
        assert_eq!(text.lines().count(), 4, "{text}");
    }

    #[test]
    fn other_tables_and_other_weights_are_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let table = folder.path().join("t.csv");
        append(&table, &row("a", "")).expect("written");
        let error = resume(&table, "n").expect_err("other weights").to_string();
        assert!(error.contains("results of m"), "{error}");
        let begun = header();
        let of_another = format!("{begun}\nx{}\n", ",?".repeat(15));
        for (other, line) in [
            ("x,y\n1,2\n", 1),
            ("x,y\n", 1),
            ("{\"one\": \"line\"}", 1),
            (&of_another, 2),
        ] {
            fs::write(&table, other).expect("written");
            let error = resume(&table, "m").expect_err("no table of ours");
            let error = error.to_string();
            assert!(error.contains(&format!("line {line}")), "{error}");
            assert_eq!(fs::read_to_string(&table).expect("text"), other);
        }
        for ours in ["", &begun[..9], &begun] {
            fs::write(&table, ours).expect("written");
            assert!(resume(&table, "m").expect("ours").is_empty(), "{ours}");
            append(&table, &row("a", "")).expect("written");
            assert_eq!(resume(&table, "m").expect("ours").len(), 1, "{ours}");
        }
    }

    #[test]
    fn folders_zips_and_volumes_are_patients_and_else_the_folder_is() {
        let folder = tempfile::tempdir().expect("a folder");
        for file in [
            "a/1.dcm",
            "b.zip",
            "c.nii.gz",
            "d.png",
            "notes.txt",
            ".hidden/x",
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, "x").expect("written");
        }
        let names = |path: &Path| -> Vec<String> {
            let patients = patients_in(path).expect("readable");
            patients.into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(folder.path()), ["a", "b.zip", "c.nii.gz"]);
        assert_eq!(names(&folder.path().join("a")), ["a"]);
        assert!(patients_in(&folder.path().join("missing")).is_err());
        let twice = [
            ("a".to_owned(), "x/a".into()),
            ("a".to_owned(), "y/a".into()),
        ];
        assert!(refuse_equal_names(&twice).is_err());
    }
}
