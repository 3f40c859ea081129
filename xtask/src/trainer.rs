//! The trainer as a program, with what it is given of the data: the split, the masked slices, the list of annotated ones.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::check_data::DATA;
use crate::process::{Outcome, cargo, output, run, stage, target_directory};

/// Where runs go: never committed.
pub const RUNS: &str = "runs";

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
    pub annotated: String,
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
    pub fn of_all() -> Result<Option<Self>, String> {
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

    pub fn dataset(&self) -> String {
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
    pub fn screen(&self, run: &str, out: &str) -> Outcome {
        let weights = format!("{run}-weights");
        self.call(&["export", "--run", run, "--name", "first", "--out", &weights])?;
        let (split, dataset) = (self.split(), self.dataset());
        let mut arguments = vec!["screen", "--weights", &weights, "--out", out];
        arguments.extend(["--split", &split, "--dataset", &dataset, "--note", MILD]);
        self.call(&arguments)
    }

    /// Trains a run of each seed beside `run`, and gives the folders of their weights.
    pub fn teachers(
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
