//! From real slices to the shipped weights and figures, and what each part of the recipe is worth.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::check_data::DATA;
use crate::process::{Outcome, cargo, output, run, stage, target_directory};

/// Where runs go: never committed.
pub const RUNS: &str = "runs";

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

/// The note of mild studies.
pub const MILD: &str = "severity CT-1";

/// Slices labelled by their study are not learned from (but for those that screening lists), where there are such.
const NOT_LEARNED: [&str; 2] = ["--leave-out-note", MILD];

/// Nor are annotated slices with hardly a lesion; those without one are healthy.
const NOTES: [&str; 4] = [
    "--leave-out-note",
    "hardly a lesion",
    "--healthy-note",
    "no lesion",
];

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

/// A file of the data.
pub fn data(file: &str) -> String {
    format!("{DATA}/{file}")
}

/// Writes the list of annotated slices into `folder`, with what is peculiar to this data set, and gives its path: volumes 2
/// and 3 are the same person, all have COVID-19, and lesions are stored a quarter turn off (README, Measure).
fn annotated(folder: &str) -> Result<String, String> {
    let list = data("masks.csv");
    let wrong = |e: std::io::Error| format!("{list}: {e}");
    let pictures = std::fs::canonicalize(DATA).map_err(|e| format!("{DATA}: {e}"))?;
    let text = std::fs::read_to_string(&list).map_err(wrong)?;
    // Not masks.csv, which in a folder of `unseen` once was a link to the data's own.
    let path = format!("{folder}/annotated.csv");
    std::fs::create_dir_all(folder).map_err(|e| format!("{folder}: {e}"))?;
    let own = with_peculiarities(&text, &pictures).map_err(|reason| format!("{list}: {reason}"))?;
    std::fs::write(&path, own).map_err(|e| format!("{path}: {e}"))?;
    Ok(path)
}

fn with_peculiarities(list: &str, pictures: &Path) -> Result<String, String> {
    let mut lines = list.lines();
    let head = "slice,lung,lesion,volume,lesion_px";
    if lines.next() != Some(head) {
        return Err(format!("line 1 is not {head}"));
    }
    let mut own = format!("{head},patient,label,lesions_turned\n");
    for (line, number) in lines.zip(2..) {
        // Nothing in it is quoted.
        let [slice, lung, lesion, volume, lesion_px] = line.split(',').collect::<Vec<_>>()[..]
        else {
            return Err(format!("line {number} has not five fields"));
        };
        for path in [slice, lung, lesion] {
            own += &format!("{},", pictures.join(path).display());
        }
        let patient = if volume == "vol3" { "vol2" } else { volume };
        own += &format!("{volume},{lesion_px},{patient},covid,yes\n");
    }
    Ok(own)
}

/// Whether a list of slices has mild studies.
pub fn has_mild(list: &str) -> Result<bool, String> {
    let text = std::fs::read_to_string(list).map_err(|e| format!("{list}: {e}"))?;
    let mut notes = text.lines().filter_map(|line| line.rsplit(',').next());
    Ok(notes.any(|note| note == MILD))
}

/// The trainer, built for LibTorch where a Python with PyTorch is named, else for wgpu or the CPU.
pub struct Trainer {
    program: PathBuf,
    libraries: Option<String>,
    /// Where its split, its dataset and its runs are.
    folder: String,
    /// Its list of annotated slices.
    annotated: String,
    /// Which slices count differently from their label.
    notes: Vec<&'static str>,
}

impl Trainer {
    /// Built, with the split of the slices in `manifest` and of the annotated ones drawn and the slices masked, in `folder`.
    pub fn prepared(folder: &str, manifest: &str) -> Result<Self, String> {
        let mut trainer = stage("trainer", || Self::build(folder))?;
        trainer.annotated = annotated(folder)?;
        if has_mild(manifest)? {
            trainer.notes.extend(NOT_LEARNED);
        }
        trainer.notes.extend(NOTES);
        let of = ["--manifest", manifest, "--annotated", &trainer.annotated];
        let (split, dataset) = (trainer.split(), trainer.dataset());
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
        let (manifest, masks) = (data("slices.csv"), annotated(RUNS)?);
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
        Self::prepared(RUNS, &data("slices.csv")).map(Some)
    }

    /// Where its split is.
    pub fn split(&self) -> String {
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
            annotated: String::new(),
            notes: Vec::new(),
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
        arguments.extend(&self.notes);
        arguments.extend(["--schedule", schedule]);
        arguments.extend(recipe);
        self.call(&arguments)
    }
}

/// Prints where PyTorch and the libraries it needs lie, as LD_LIBRARY_PATH takes them.
const LIBRARIES: &str = "import glob, os, torch
at = os.path.dirname(torch.__file__)
print(':'.join([at + '/lib'] + glob.glob(os.path.dirname(at) + '/nvidia/*/lib')))";

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

    #[test]
    fn the_list_of_annotated_slices_tells_what_is_peculiar_to_it() {
        let list = "slice,lung,lesion,volume,lesion_px\na.jpg,b.png,c.png,vol3,7\n";
        let own = with_peculiarities(list, Path::new("/data")).expect("a list");
        let lines: Vec<&str> = own.lines().collect();
        assert_eq!(
            lines,
            [
                "slice,lung,lesion,volume,lesion_px,patient,label,lesions_turned",
                "/data/a.jpg,/data/b.png,/data/c.png,vol3,7,vol2,covid,yes"
            ]
        );
        with_peculiarities("slice,lung\n", Path::new("/data")).expect_err("other columns");
        with_peculiarities(&format!("{list}x,y\n"), Path::new("/data")).expect_err("two fields");
    }
}
