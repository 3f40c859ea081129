//! From real slices to the shipped weights and figures, and what each part of the recipe is worth.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::check_data::DATA;
use crate::process::{Outcome, cargo, output, run, stage, target_directory};

/// Where runs go: never committed.
pub const RUNS: &str = "runs";

/// The recipe of the shipped weights, as `lungsight-train train` takes it, without schedule, seed and teachers.
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

/// The seed of the run that is exported, and how much of what it is told is its teachers' opinion, if it has any.
const EXPORTED: [&str; 4] = ["--seed", "22", "--teach-share", "0.8"];

/// Of the teachers and of the run that is exported, for a GPU: three minutes of an H100 each. On two CPU cores one takes over three
/// hours; with `192x20` one.
pub const SCHEDULE: &str = "256x40";

/// The note of mild studies.
pub const MILD: &str = "severity CT-1";

/// Slices labelled by their study are not learned from (but for those that screening lists), slices without a lesion are
/// healthy.
const NOTES: [&str; 6] = [
    "--leave-out-note",
    MILD,
    "--leave-out-note",
    "hardly a lesion",
    "--healthy-note",
    "no lesion",
];

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
pub const VARIANTS: [(&str, &[&str]); 11] = [
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
];

/// Split, preprocess, train (going on where it stopped), export (which tells the recipe), count, evaluate, draw. `schedules`: of
/// the first run, and of the one that is exported to `out` and its teachers, of which it has none if `untaught`.
pub fn weights(name: &str, schedules: [&str; 2], untaught: bool, out: &str) -> Outcome {
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
    recipe.extend(EXPORTED);
    for weights in &teachers {
        recipe.extend(["--teacher", weights]);
    }
    stage("train", || trainer.train(&run, schedules[1], &recipe))?;
    stage("export", || {
        trainer.call(&["export", "--run", &run, "--name", name, "--out", out])
    })?;
    let (split, dataset) = (at("split.json"), at("dataset"));
    let (manifest, masks, series) = (data("slices.csv"), data("masks.csv"), data("volumes.csv"));
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
        arguments.extend(["--manifest", &manifest, "--annotated", &masks]);
        arguments.extend(COUNTED);
        trainer.call(&arguments)
    })?;
    stage("external series", || {
        let external = written("external.json");
        let arguments = ["evaluate", "--weights", out, "--out", &external];
        trainer.call(&[&arguments, &["--series", &series][..], &COUNTED].concat())
    })?;
    let faithfulness = written("faithfulness.json");
    stage("faithfulness", || {
        let mut arguments = vec!["faithfulness", "--weights", out, "--out", &faithfulness];
        arguments.extend(of_split);
        arguments.extend(["--masks", &masks]);
        trainer.call(&arguments)
    })?;
    stage("figures", || {
        let mut arguments = vec!["figures", "--evaluation", &evaluation];
        let figures = written("figures");
        arguments.extend(["--faithfulness", &faithfulness, "--out", &figures]);
        trainer.call(&arguments)
    })
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
    let others = |pair: &&[&str]| !difference.chunks_exact(2).any(|other| other[0] == pair[0]);
    let kept = recipe.chunks_exact(2).filter(others).flatten();
    kept.chain(difference).copied().collect()
}

/// A file of the data.
pub fn data(file: &str) -> String {
    format!("{DATA}/{file}")
}

/// The trainer, built for LibTorch where a Python with PyTorch is named, else for wgpu or the CPU.
pub struct Trainer {
    program: PathBuf,
    libraries: Option<String>,
    /// Where its split, its dataset and its runs are.
    folder: String,
}

impl Trainer {
    /// Built, with the split of the slices in `manifest` and `masks` drawn and the slices masked, in `folder`.
    pub fn prepared(folder: &str, manifest: &str, masks: &str) -> Result<Self, String> {
        let trainer = stage("trainer", || Self::build(folder))?;
        let of = ["--manifest", manifest, "--annotated", masks];
        let (split, dataset) = (trainer.split(), trainer.dataset());
        std::fs::create_dir_all(folder).map_err(|e| format!("{folder}: {e}"))?;
        trainer.split_once(&split, of)?;
        // The list is written last: without it, something broke off.
        if Path::new(&dataset).join("dataset.json").is_file() {
            println!("{dataset} is used as it is; remove it where the masks have changed since");
        } else {
            trainer.call(&[&["preprocess", "--out", &dataset], &of[..]].concat())?;
        }
        Ok(trainer)
    }

    /// Splits all slices there are, test patients included, into a file beside the runs, and gives its path.
    pub fn split_of_all(&self) -> Result<String, String> {
        let split = format!("{RUNS}/split.json");
        let (manifest, masks) = (data("slices.csv"), data("masks.csv"));
        self.split_once(&split, ["--manifest", &manifest, "--annotated", &masks])?;
        Ok(split)
    }

    /// Draws a split unless it is there.
    fn split_once(&self, split: &str, of: [&str; 4]) -> Outcome {
        if Path::new(split).is_file() {
            return Ok(());
        }
        self.call(&[&["split", "--out", split], &of[..]].concat())
    }

    /// With all slices there are; `None` where there are none.
    fn of_all() -> Result<Option<Self>, String> {
        if !Path::new(DATA).is_dir() {
            println!("skipped: {DATA} is not there");
            return Ok(None);
        }
        Self::prepared(RUNS, &data("slices.csv"), &data("masks.csv")).map(Some)
    }

    fn split(&self) -> String {
        format!("{}/split.json", self.folder)
    }

    fn dataset(&self) -> String {
        format!("{}/dataset", self.folder)
    }

    fn build(folder: &str) -> Result<Self, String> {
        let mut command = cargo();
        let libraries = match std::env::var_os("PYTHON") {
            None => {
                println!("PYTHON names no Python with PyTorch 2.9: training with wgpu or Flex");
                command.args([
                    "build",
                    "--workspace",
                    "--exclude=lungsight-client",
                    "--bins",
                ]);
                command.arg("--bench=segment");
                None
            }
            Some(python) => {
                let libraries = output(Command::new(&python).args(["-c", LIBRARIES]))?;
                let folder = Path::new(&python).parent().unwrap_or(Path::new(""));
                let path = std::env::var("PATH").unwrap_or_default();
                command
                    .args(["build", "--package=lungsight-training"])
                    .args(["--no-default-features", "--features=libtorch"])
                    .env("LIBTORCH_USE_PYTORCH", "1")
                    .env("LIBTORCH_BYPASS_VERSION_CHECK", "1")
                    .env("PATH", format!("{}:{path}", folder.display()));
                Some(libraries.trim().to_owned())
            }
        };
        run(&mut command)?;
        Ok(Self {
            program: target_directory()?.join("debug/lungsight-train"),
            libraries,
            folder: folder.to_owned(),
        })
    }

    /// Runs one of its commands.
    pub fn call(&self, arguments: &[&str]) -> Outcome {
        let mut command = Command::new(&self.program);
        command.args(arguments);
        if let Some(libraries) = &self.libraries {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        run(&mut command)
    }

    /// Which slices of mild studies show something, as a run's weights see it.
    fn screen(&self, run: &str, out: &str) -> Outcome {
        let weights = format!("{run}-weights");
        self.call(&["export", "--run", run, "--name", "first", "--out", &weights])?;
        let (split, dataset) = (self.split(), self.dataset());
        let mut arguments = vec!["screen", "--weights", &weights, "--out", out];
        arguments.extend(["--split", &split, "--dataset", &dataset, "--note", MILD]);
        self.call(&arguments)
    }

    /// Trains a run of each seed beside `run`, and gives the folders of their weights.
    fn teachers(
        &self,
        seeds: &[&str],
        run: &str,
        schedule: &str,
        recipe: &[&str],
    ) -> Result<Vec<String>, String> {
        let teacher = |seed: &&str| {
            let name = format!("teacher-{seed}");
            let (run, weights) = (format!("{run}-{name}"), format!("{run}-{name}-weights"));
            stage(&name, || {
                self.train(&run, schedule, &[recipe, &["--seed", seed]].concat())?;
                self.call(&["export", "--run", &run, "--name", &name, "--out", &weights])
            })?;
            Ok(weights)
        };
        seeds.iter().map(teacher).collect()
    }

    /// Trains in a run's folder, or goes on there.
    pub fn train(&self, folder: &str, schedule: &str, recipe: &[&str]) -> Outcome {
        let (split, dataset) = (self.split(), self.dataset());
        let start = data("resnet18-imagenet-without-layer4-convs.safetensors");
        let mut arguments = vec!["train", "--out", folder, "--split", &split];
        arguments.extend(["--dataset", &dataset, "--imagenet", &start]);
        arguments.extend(NOTES);
        arguments.extend(["--schedule", schedule]);
        arguments.extend(recipe);
        self.call(&arguments)
    }
}

/// Prints where PyTorch and the libraries it needs lie, as LD_LIBRARY_PATH takes them.
const LIBRARIES: &str = "import glob, os, torch
at = os.path.dirname(torch.__file__)
print(':'.join([at + '/lib'] + glob.glob(os.path.dirname(at) + '/nvidia/*/lib')))";
