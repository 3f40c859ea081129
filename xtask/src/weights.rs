//! From real slices to the next weights and their figures, and what each part of the recipe is worth.

use std::path::Path;

use crate::process::{Outcome, stage};
use crate::trainer::{MILD, RUNS, Trainer, data};

/// The recipe of the weights that are shipped next (those that are were made before it painted rims), as `lungsight-train train` takes it, without schedule, seed and teachers.
pub const RECIPE: [&str; 6] = [
    "--hide-tied",
    "0.5",
    "--mix-style",
    "0.3",
    "--put-lesions",
    "0.2",
];

/// A first run, which learns from no slice of a mild study and then tells which of them show anything: that of lungsight-2.
const FIRST: [&str; 4] = ["--hide-tied", "0.9", "--mix-style", "0.3"];
pub const FIRST_SCHEDULE: &str = "128x5,192x4,256x3";

/// Seeds of the runs that teach the one that is exported; the shipped weights' teachers had one generation more (model card).
const TEACHERS: [&str; 2] = ["5", "14"];

/// The seed of the run that is exported.
const SEED: [&str; 2] = ["--seed", "22"];

/// How much of what it is told is its teachers' opinion.
const TEACH_SHARE: [&str; 2] = ["--teach-share", "0.8"];

/// Of the teachers and of the run that is exported, for a GPU: three minutes of an H100 each. On two CPU cores one takes over three
/// hours; with `192x20` one.
pub const SCHEDULE: &str = "256x40";

/// Whole series have no other note.
const COUNTED_OF_SERIES: [&str; 2] = ["--healthy-note", "no lesion"];

/// The same for `evaluate` and `count`.
const COUNTED: [&str; 6] = [
    "--apart-note",
    MILD,
    "--apart-note",
    "hardly a lesion",
    "--healthy-note",
    "no lesion",
];

/// Three epochs at 128² each; the first is the recipe, every other differs from it in one thing.
pub const VARIANTS: [(&str, &[&str]); 15] = [
    ("recipe", &[]),
    ("no pyramid", &["--levels", "1"]),
    ("pyramid of 64 channels", &["--pyramid-width", "64"]),
    ("pyramid of 256 channels", &["--pyramid-width", "256"]),
    ("without masks", &["--look", "unmasked"]),
    ("no lesions put in", &["--put-lesions", "0"]),
    ("lesions located", &["--locate", "0.5"]),
    ("nine in ten tied diseases hidden", &["--hide-tied", "0.9"]),
    ("all diseases told", &["--hide-tied", "0"]),
    ("no mixed styles", &["--mix-style", "0"]),
    ("stem and stage 1 learn", &["--frozen", "none"]),
    ("outside as dense as lesions", &["--outside", "255"]),
    ("noise and sharpness drawn anew", &["--even-grain", "1"]),
    ("all tied diseases hidden", &["--hide-tied", "1"]),
    ("names balanced", &["--balance-names"]),
];

/// Split, preprocess, train (going on where it stopped), export (which tells the recipe), count, evaluate, draw. `schedules`: of
/// the first run, and of the one that is exported to `out` and its teachers, of which it has none if `untaught`.
pub fn weights(name: &str, schedules: [&str; 2], untaught: bool, out: &str) -> Outcome {
    // Told now, not when `export` refuses it hours later.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || !name.chars().all(is_plain) {
        return Err(format!(
            "{name:?} is no name: letters, digits, - _ and . alone"
        ));
    }
    let Some(trainer) = Trainer::of_all()? else {
        return Ok(());
    };
    let at = |file: &str| Path::new(RUNS).join(file).display().to_string();
    let written = |file: &str| Path::new(out).join(file).display().to_string();
    let (first, run) = (at(&format!("{name}-first")), at(name));
    let screened = at(&format!("{name}-screened.json"));
    // A run that has ended is not run again, and one with other settings is refused: what is screened is the first run's.
    stage("first run", || trainer.train(&first, schedules[0], &FIRST))?;
    stage("screening", || trainer.screen(&first, &screened))?;
    let mut recipe = [&RECIPE[..], &["--screened", &screened]].concat();
    let seeds = if untaught { &[][..] } else { &TEACHERS };
    let teachers = trainer.teachers(seeds, &run, schedules[1], &recipe)?;
    recipe.extend(exported(&teachers));
    stage("train", || trainer.train(&run, schedules[1], &recipe))?;
    stage("export", || {
        // What is shipped gives way to what is made now, whatever it is called.
        let arguments = ["export", "--run", &run, "--name", name, "--out", out];
        trainer.call(&[&arguments, &["--replace"][..]].concat())
    })?;
    let (split, dataset) = (at("split.json"), at("dataset"));
    let (manifest, series) = (data("slices.csv"), data("volumes.csv"));
    let masks = &trainer.annotated;
    let of_split = ["--split", &split, "--dataset", &dataset];
    stage("numbers of the dataset", || {
        let numbers = written("dataset.json");
        let arguments = ["count", "--out", &numbers];
        trainer.call(&[&arguments, &of_split[..], &COUNTED].concat())
    })?;
    let evaluation = written("test.json");
    stage("test part", || {
        let mut arguments = vec!["evaluate", "--weights", out, "--part", "test"];
        arguments.extend(["--out", &evaluation, "--split", &split]);
        arguments.extend(["--manifest", &manifest, "--annotated", masks]);
        arguments.extend(COUNTED);
        trainer.call(&arguments)
    })?;
    stage("external series", || {
        let external = written("external.json");
        let arguments = ["evaluate", "--weights", out, "--out", &external];
        let series = ["--series", &series];
        trainer.call(&[&arguments, &series[..], &COUNTED_OF_SERIES].concat())
    })?;
    let faithfulness = written("faithfulness.json");
    stage("faithfulness", || {
        let mut arguments = vec!["faithfulness", "--weights", out, "--out", &faithfulness];
        arguments.extend(of_split);
        arguments.extend(["--masks", masks]);
        trainer.call(&arguments)
    })?;
    stage("what sways the name of a disease", || {
        let cues = written("cues.json");
        let arguments = ["cues", "--weights", out, "--out", &cues];
        trainer.call(&[&arguments, &of_split[..], &COUNTED].concat())
    })?;
    stage("figures", || {
        let mut arguments = vec!["figures", "--evaluation", &evaluation];
        let figures = written("figures");
        arguments.extend(["--faithfulness", &faithfulness, "--out", &figures]);
        trainer.call(&arguments)
    })
}

/// What the run that is exported has beside the recipe. The trainer refuses a share of teachers that there are none of.
fn exported(teachers: &[String]) -> Vec<&str> {
    let mut options = SEED.to_vec();
    if !teachers.is_empty() {
        options.extend(TEACH_SHARE);
    }
    for weights in teachers {
        options.extend(["--teacher", weights]);
    }
    options
}

/// Trains the recipe and what differs from it in one thing, shortly, and prints what validation says.
pub fn ablations() -> Outcome {
    let Some(trainer) = Trainer::of_all()? else {
        return Ok(());
    };
    for (name, difference) in VARIANTS {
        let folder = Path::new(RUNS)
            .join("ablations")
            .join(name.replace(' ', "-"));
        stage(name, || {
            let recipe = differing(&RECIPE, difference);
            trainer.train(&folder.display().to_string(), "128x3", &recipe)
        })?;
    }
    Ok(())
}

/// A recipe with other values for the options that are named in `difference`.
pub fn differing<'a>(recipe: &[&'a str], difference: &[&'a str]) -> Vec<&'a str> {
    let is_option = |word: &&str| word.starts_with("--");
    // An option and its values, if it has any.
    let options = recipe.chunk_by(|_, next| !is_option(next));
    let kept = options.filter(|option| !difference.contains(&option[0]));
    kept.flatten().chain(difference).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_teachers_is_asked_for_where_there_are_some() {
        assert_eq!(exported(&[]), ["--seed", "22"]);
        let teachers = ["a".to_owned(), "b".to_owned()];
        let taught = exported(&teachers);
        assert_eq!(
            taught[2..],
            ["--teach-share", "0.8", "--teacher", "a", "--teacher", "b"]
        );
    }
}
