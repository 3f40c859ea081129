//! `cargo xtask unseen SOURCE`: what each part of the recipe is worth on a hospital that the network has never seen. Everything
//! but one source is learned from, and that source is judged, without the test patients: recipes are chosen by it.

use std::path::Path;

use crate::check_data::DATA;
use crate::process::{Outcome, stage};
use crate::weights::{MILD, RECIPE, RUNS, Trainer, VARIANTS, data, differing};

/// Long enough to tell variants apart.
const SCHEDULE: &str = "128x5";

/// Options of runs that give no weights to judge with.
const NOT_SERVED: [&str; 2] = ["--levels", "--look"];

/// Trains the recipe and what differs from it in one thing without `source`, and judges its slices, those of test patients
/// left out.
pub fn unseen(source: &str) -> Outcome {
    if !Path::new(DATA).is_dir() {
        println!("skipped: {DATA} is not there");
        return Ok(());
    }
    let folder = format!("{RUNS}/unseen-{source}");
    let (rest, judged) = without(source, &folder)?;
    let masks = format!("{folder}/masks.csv");
    let trainer = Trainer::prepared(&folder, &rest, &masks)?;
    without_test_patients(&judged, &trainer.split_of_all()?)?;
    for (name, difference) in VARIANTS {
        if difference.iter().any(|option| NOT_SERVED.contains(option)) {
            continue;
        }
        let run = format!("{folder}/{}", name.replace(' ', "-"));
        let weights = format!("{run}-weights");
        stage(name, || {
            trainer.train(&run, SCHEDULE, &differing(&RECIPE, difference))?;
            trainer.call(&["export", "--run", &run, "--name", name, "--out", &weights])?;
            let mut arguments = vec!["evaluate", "--weights", &weights, "--manifest", &judged];
            arguments.extend(["--apart-note", MILD]);
            trainer.call(&arguments)
        })?;
    }
    Ok(())
}

/// Two lists in `folder`, beside links to the pictures: all slices but those of the source, and those of the source.
fn without(source: &str, folder: &str) -> Result<(String, String), String> {
    let wrong = |path: &str, e: std::io::Error| format!("{path}: {e}");
    std::fs::create_dir_all(folder).map_err(|e| wrong(folder, e))?;
    for name in ["slices", "masks", "masks.csv"] {
        link(&data(name), &format!("{folder}/{name}"))?;
    }
    let list = data("slices.csv");
    let text = std::fs::read_to_string(&list).map_err(|e| wrong(&list, e))?;
    let (head, rows) = text.split_once('\n').unwrap_or_default();
    let column = head.trim_end().split(',').position(|name| name == "source");
    let column = column.ok_or_else(|| format!("{list}: no column source"))?;
    let is_of = |row: &&str| row.split(',').nth(column) == Some(source);
    let (of, rest): (Vec<&str>, Vec<&str>) = rows.lines().partition(is_of);
    if of.is_empty() || rest.is_empty() {
        return Err(format!("{list}: no slices of {source} and of others"));
    }
    let write = |name: &str, rows: Vec<&str>| {
        let path = format!("{folder}/{name}.csv");
        let text = format!("{}\n{}\n", head.trim_end(), rows.join("\n"));
        std::fs::write(&path, text).map_err(|e| wrong(&path, e))?;
        Ok::<_, String>(path)
    };
    Ok((write("rest", rest)?, write(source, of)?))
}

/// Takes the rows of the split's test patients out of a list.
fn without_test_patients(list: &str, split: &str) -> Outcome {
    let read = |path: &str| std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"));
    let wrong = || format!("{split}: no parts by patient");
    let parts: serde_json::Value = serde_json::from_str(&read(split)?).map_err(|_| wrong())?;
    let parts = parts["patients"].as_object().ok_or_else(wrong)?;
    let text = read(list)?;
    let (head, rows) = text.split_once('\n').unwrap_or_default();
    let column = head.split(',').position(|name| name == "patient");
    let column = column.ok_or_else(|| format!("{list}: no column patient"))?;
    let part = |row: &str| parts.get(row.split(',').nth(column)?)?.as_str();
    let kept: Vec<&str> = rows
        .lines()
        .filter(|row| part(row) != Some("test"))
        .collect();
    println!("{} of {} slices to judge", kept.len(), rows.lines().count());
    let text = format!("{head}\n{}\n", kept.join("\n"));
    std::fs::write(list, text).map_err(|e| format!("{list}: {e}"))
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
