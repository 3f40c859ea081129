//! `cargo xtask unseen SOURCE`: what each part of the recipe is worth on a hospital that the network has never seen. Everything
//! but one source is learned from, and that source is judged, without the test patients: recipes are chosen by it.
//!
//! With `--label` the source is left out as far as it has this label, and these slices are judged beside the others of the source
//! that no run learned from: is a disease told at a hospital where only another one was seen?

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::check_data::DATA;
use crate::process::{Outcome, stage};
use crate::trainer::{MILD, RUNS, Trainer, data, has_mild};
use crate::weights::{RECIPE, VARIANTS, differing};

/// Long enough to tell variants apart.
pub const SCHEDULE: &str = "128x5";

/// Options of what has no effect where no source has both diseases.
const OF_NAMES: [&str; 2] = ["--hide-tied", "--balance-names"];

/// Options of runs that give no weights to judge with.
const NOT_SERVED: [&str; 2] = ["--levels", "--look"];

/// Trains the recipe and what differs from it in one thing without `source`, or its slices with `label`, and judges its
/// slices, those of test patients left out.
pub fn unseen(source: &str, label: Option<&str>, schedule: &str) -> Outcome {
    if !Path::new(DATA).is_dir() {
        println!("skipped: {DATA} is not there");
        return Ok(());
    }
    let folder = match label {
        None => format!("{RUNS}/unseen-{source}"),
        Some(label) => format!("{RUNS}/unseen-{source}-{label}"),
    };
    let (rest, judged) = without(source, label, &folder)?;
    let trainer = Trainer::prepared(&folder, &rest)?;
    let learned = parts(&trainer.split())?;
    let test = parts(&trainer.split_of_all()?)?;
    only(&judged, "learned from by no run", |patient| {
        // Those of a label that is left out are in no part.
        learned.get(patient).is_none_or(|part| part == "validation")
    })?;
    only(&judged, "of no test patient", |patient| {
        test.get(patient).is_none_or(|part| part != "test")
    })?;
    let apart: &[&str] = if has_mild(&judged)? {
        &["--apart-note", MILD]
    } else {
        &[]
    };
    let names_are_told = some_source_has_both(&rest)?;
    for (name, difference) in VARIANTS {
        let differs_in =
            |options: &[&str]| difference.iter().any(|option| options.contains(option));
        if differs_in(&NOT_SERVED) {
            continue;
        }
        if differs_in(&OF_NAMES) && !names_are_told {
            println!("{name}: the recipe, since no source has both diseases");
            continue;
        }
        let plain = name.replace(' ', "-");
        let run = format!("{folder}/{plain}");
        let weights = format!("{run}-weights");
        stage(name, || {
            trainer.train(&run, schedule, &differing(&RECIPE, difference))?;
            let export = ["export", "--run", &run, "--name", &plain, "--out", &weights];
            trainer.call(&[&export, &["--replace"][..]].concat())?;
            let arguments = ["evaluate", "--weights", &weights, "--manifest", &judged];
            trainer.call(&[&arguments, apart].concat())
        })?;
    }
    Ok(())
}

/// Two lists in `folder`, beside a link to the pictures: all slices but those of the source (with the label), and all of the
/// source.
fn without(source: &str, label: Option<&str>, folder: &str) -> Result<(String, String), String> {
    std::fs::create_dir_all(folder).map_err(|e| format!("{folder}: {e}"))?;
    link(&data("slices"), &format!("{folder}/slices"))?;
    let all = List::read(&data("slices.csv"))?;
    let (of, mut rest) = all.parted("source", |value| value == source)?;
    if let Some(label) = label {
        let (with, others) = of.clone().parted("label", |value| value == label)?;
        if with.rows.is_empty() || others.rows.is_empty() {
            return Err(format!("no {label} of {source} and others of it"));
        }
        rest.rows.extend(others.rows);
    }
    if of.rows.is_empty() || rest.rows.is_empty() {
        return Err(format!("no slices of {source} and of others"));
    }
    let at = |name: &str| format!("{folder}/{name}.csv");
    Ok((rest.write(at("rest"))?, of.write(at(source))?))
}

/// Whether any source of a list has both diseases.
fn some_source_has_both(list: &str) -> Result<bool, String> {
    let rows = List::read(list)?;
    let mut diseases = BTreeMap::<String, BTreeSet<String>>::new();
    for (source, label) in rows
        .values("source")?
        .into_iter()
        .zip(rows.values("label")?)
    {
        if label != "healthy" {
            diseases.entry(source).or_default().insert(label);
        }
    }
    Ok(diseases.values().any(|known| known.len() > 1))
}

/// A split's patients and the part that each is in.
fn parts(split: &str) -> Result<BTreeMap<String, String>, String> {
    let wrong = |reason: String| format!("{split}: {reason}");
    let text = std::fs::read_to_string(split).map_err(|e| wrong(e.to_string()))?;
    let mut split: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
    serde_json::from_value(split["patients"].take()).map_err(|e| wrong(e.to_string()))
}

/// Keeps the rows of these patients in a list, and says how many there are.
fn only(list: &str, which: &str, is: impl Fn(&str) -> bool) -> Outcome {
    let (kept, others) = List::read(list)?.parted("patient", is)?;
    println!(
        "{} slices that are {which}; {} others are left out",
        kept.rows.len(),
        others.rows.len()
    );
    kept.write(list.to_owned()).map(drop)
}

/// A list of slices: nothing in it is quoted.
#[derive(Clone)]
struct List {
    head: String,
    rows: Vec<String>,
}

impl List {
    fn read(path: &str) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
        let mut lines = text.lines().map(str::to_owned);
        Ok(Self {
            head: lines.next().unwrap_or_default(),
            rows: lines.collect(),
        })
    }

    /// The values of a column, one for each row.
    fn values(&self, name: &str) -> Result<Vec<String>, String> {
        let column = self.column(name)?;
        let value = |row: &String| row.split(',').nth(column).unwrap_or_default().to_owned();
        Ok(self.rows.iter().map(value).collect())
    }

    fn column(&self, name: &str) -> Result<usize, String> {
        let column = self.head.split(',').position(|other| other == name);
        column.ok_or_else(|| format!("no column {name}"))
    }

    /// The rows whose value in this column is as asked for, and the others.
    fn parted(self, name: &str, is: impl Fn(&str) -> bool) -> Result<(Self, Self), String> {
        let column = self.column(name)?;
        let is = |row: &String| row.split(',').nth(column).is_some_and(&is);
        let (some, others) = self.rows.into_iter().partition(is);
        let list = |rows| Self {
            head: self.head.clone(),
            rows,
        };
        Ok((list(some), list(others)))
    }

    /// Gives the path back.
    fn write(&self, path: String) -> Result<String, String> {
        let text = format!("{}\n{}\n", self.head, self.rows.join("\n"));
        std::fs::write(&path, text).map_err(|e| format!("{path}: {e}"))?;
        Ok(path)
    }
}

/// Has `link` lead to what lies at `at`, which paths in a list are relative to.
fn link(at: &str, link: &str) -> Outcome {
    if Path::new(link).exists() {
        return Ok(());
    }
    let at = std::fs::canonicalize(at).map_err(|e| format!("{at}: {e}"))?;
    #[cfg(unix)]
    let made = std::os::unix::fs::symlink(at, link);
    #[cfg(not(unix))]
    let made: std::io::Result<()> = Err(std::io::Error::other(format!(
        "a link to {} is needed, which is made on Unix alone",
        at.display()
    )));
    made.map_err(|e| format!("{link}: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_patients_are_taken_out_of_a_list_and_nobody_else() {
        let folder = std::env::temp_dir().join(format!("unseen-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let at = |name: &str| folder.join(name).display().to_string();
        let (list, split) = (at("list.csv"), at("split.json"));
        std::fs::write(
            &list,
            "path,patient,note\r\na,p1,\r\nb,p2,test\r\nc,p3,\r\n",
        )
        .expect("list");
        std::fs::write(&split, r#"{"patients":{"p1":"test","p2":"train"}}"#).expect("split");
        let parts = parts(&split).expect("a split");
        let is = |patient: &str| parts.get(patient).is_none_or(|part| part != "test");
        only(&list, "of no test patient", is).expect("a list without them");
        let left = std::fs::read_to_string(&list).expect("list");
        assert_eq!(left, "path,patient,note\nb,p2,test\nc,p3,\n");
        assert!(
            List::read(&list)
                .expect("list")
                .parted("source", |_| true)
                .is_err()
        );
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
