//! What the trainer wrote about the weights, beside them: read once, for the introduction to show.

use std::io;
use std::path::Path;

use lungsight_app::evaluation::{Cues, Dataset, Evaluation, Judgement, Training};
use lungsight_network::manifest::{MANIFEST, Manifest};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::bounded_file;

/// Larger files are no evaluation of ours.
const MOST_BYTES: u64 = 4 << 20;

/// Reads `dataset.json`, `training.json`, `test.json`, `external.json` and `cues.json` of a weights folder. A file that is not there is left out;
/// so is one that can't be read or is about other weights, with a warning. `None` where nothing is left.
pub fn read(weights: &Path) -> Option<Evaluation> {
    // Weights whose manifest can't be read are not served: who loads them says why.
    let manifest = Manifest::read(&weights.join(MANIFEST)).ok();
    let title = manifest.as_ref().map(Manifest::title);
    let split = manifest.and_then(|manifest| manifest.split_sha256);
    let judgement = |name| {
        part(weights, name, |written: Written| {
            about(&written.judgement.model, title.as_ref())?;
            if !written.judgement.is_sound() {
                return Err("the figures do not add up".to_owned());
            }
            Ok(Judgement {
                no_lungs: written.left_out.len(),
                ..written.judgement
            })
        })
    };
    let evaluation = Evaluation {
        dataset: part(weights, "dataset.json", |dataset: Dataset| {
            about(&dataset.split_sha256, split.as_ref()).map(|()| dataset)
        }),
        training: part(weights, "training.json", |training: Training| {
            about(&training.model, title.as_ref()).map(|()| training)
        }),
        test: judgement("test.json"),
        external: judgement("external.json"),
        cues: part(weights, "cues.json", |cues: Cues| {
            about(&cues.model, title.as_ref())?;
            if cues.is_sound() {
                Ok(cues)
            } else {
                Err("the figures do not add up".to_owned())
            }
        }),
    };
    (evaluation != Evaluation::default()).then_some(evaluation)
}

/// An evaluation as the trainer writes it: slices without lungs are listed by their files' names, which go no further.
#[derive(Deserialize)]
struct Written {
    #[serde(flatten)]
    judgement: Judgement,
    #[serde(default)]
    left_out: Vec<IgnoredAny>,
}

/// Refuses what is about other weights, or another split, than those that are served.
fn about(of: &str, served: Option<&String>) -> Result<(), String> {
    match served {
        Some(served) if served != of => Err(format!("it is about {of}, served is {served}")),
        _ => Ok(()),
    }
}

/// One file, checked; `None` with a warning when it is there and can't be used.
fn part<T: DeserializeOwned, U>(
    weights: &Path,
    name: &'static str,
    check: impl FnOnce(T) -> Result<U, String>,
) -> Option<U> {
    let path = weights.join(name);
    let text = match text(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => return warn(name, &error),
    };
    match serde_json::from_slice(&text) {
        Ok(read) => check(read).map_or_else(|reason| warn(name, &reason), Some),
        Err(error) => warn(name, &error),
    }
}

fn warn<U>(file: &str, error: &dyn std::fmt::Display) -> Option<U> {
    tracing::warn!(file, %error, "a part of the weights' evaluation is left out");
    None
}

fn text(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = bounded_file::read(path, MOST_BYTES)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("more than {MOST_BYTES} bytes"),
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn level(confusion: [[usize; 3]; 3]) -> Value {
        let count: usize = confusion.iter().flatten().sum();
        json!({
            "count": count,
            "confusion": confusion,
            "accuracy": { "value": 0.5, "low": 0.2, "high": 0.8 },
            "balanced_accuracy": 0.5,
            "recall": [0.5, 1.0, null],
            "precision": [1.0, 0.5, null],
            "roc": [{ "area": 0.75, "points": [[0.0, 0.0], [1.0, 1.0]] }, null, null],
        })
    }

    fn judgement() -> Value {
        let level = || level([[1, 1, 0], [0, 1, 0], [0, 0, 0]]);
        let reliability = json!({ "error": 0.1, "bins": [] });
        json!({
            "model": "tiny 00000000",
            "device": "cpu",
            "notes": { "apart": ["mild"], "healthy": [] },
            "slices": level(),
            "patients": level(),
            "calibration": { "temperature": 0.9, "before": reliability, "after": reliability },
            "abstention": {
                "unlike": 0, "too_close": 1, "answered": level(),
                "patients_unlike": 0, "patients_too_close": 0, "patients_answered": level(),
                "curve": [],
            },
            "by_group": { "a": level(), "a mild": level() },
            "left_out": [["secret/name.png", "no lungs found"]],
        })
    }

    fn write(folder: &Path, name: &str, text: &str) {
        std::fs::write(folder.join(name), text).expect("written");
    }

    #[test]
    fn a_folder_without_an_evaluation_has_none() {
        let folder = tempfile::tempdir().expect("temporary folder");
        assert_eq!(read(folder.path()), None);
        assert_eq!(read(&folder.path().join("nowhere")), None);
    }

    #[test]
    fn what_the_trainer_writes_is_summed_up_without_files_names() {
        let folder = tempfile::tempdir().expect("temporary folder");
        write(folder.path(), "test.json", &judgement().to_string());
        let evaluation = read(folder.path()).expect("one file");
        assert_eq!((&evaluation.dataset, &evaluation.external), (&None, &None));
        let test = evaluation.test.expect("test.json");
        assert_eq!((test.slices.right(), test.no_lungs), (2, 1));
        assert_eq!(test.slices.roc[0].map(|roc| roc.area), Some(0.75));
        let apart: Vec<&str> = test
            .groups_noted(&test.notes.apart)
            .map(|(g, _)| g)
            .collect();
        assert_eq!(apart, ["a mild"]);
        let sent = serde_json::to_string(&test).expect("JSON");
        assert!(
            !sent.contains("secret") && !sent.contains("points"),
            "{sent}"
        );
    }

    #[test]
    fn a_damaged_file_is_left_out_and_the_others_stay() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let whole = judgement().to_string();
        write(folder.path(), "external.json", &whole);
        let mut wrong_sum = judgement();
        wrong_sum["slices"]["count"] = json!(7);
        for damaged in [
            &whole[..whole.len() / 2],
            "",
            "[]",
            wrong_sum.to_string().as_str(),
        ] {
            write(folder.path(), "test.json", damaged);
            let evaluation = read(folder.path()).expect("one sound file");
            assert!(evaluation.test.is_none() && evaluation.external.is_some());
        }
        let spaces = " ".repeat(MOST_BYTES as usize + 1);
        write(folder.path(), "external.json", &spaces);
        assert_eq!(read(folder.path()), None);
    }

    #[test]
    fn figures_of_other_weights_are_not_shown_as_these_weights() {
        assert!(about("a 1", Some(&"b 2".to_owned())).is_err());
        assert!(about("a 1", Some(&"a 1".to_owned())).is_ok());
        assert!(about("a 1", None).is_ok());
    }

    #[test]
    fn the_shipped_weights_come_with_an_evaluation_of_themselves() {
        let weights = Path::new("../weights");
        let evaluation = read(weights).expect("evaluation");
        let (dataset, test) = (evaluation.dataset, evaluation.test.expect("test.json"));
        let counted = dataset.expect("dataset.json").test.classes;
        for class in lungsight_imaging::Class::ALL {
            let counted = counted[class.index()];
            assert_eq!(counted.slices, test.slices.of(class), "{class}");
        }
        let patients: usize = counted.iter().map(|count| count.patients).sum();
        assert_eq!(
            patients,
            test.patients.count + test.abstention.patients_unlike
        );
        assert!(evaluation.training.is_some() && evaluation.external.is_some());
        assert!(evaluation.cues.is_some(), "what sways it is told");
    }

    #[test]
    fn more_swayed_than_there_were_is_left_out() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let cues = |swayed: usize| {
            json!({
                "model": "tiny 00000000",
                "patients": 9,
                "learned_from": 8,
                "grain_area": 0.9,
                "called": [{
                    "change": { "blur": 2.0 },
                    "pneumonia_as_covid": { "count": swayed, "of": 5 },
                    "covid_as_pneumonia": { "count": 0, "of": 4 },
                }],
            })
        };
        write(folder.path(), "cues.json", &cues(6).to_string());
        assert_eq!(read(folder.path()), None);
        write(folder.path(), "cues.json", &cues(5).to_string());
        assert!(read(folder.path()).is_some_and(|read| read.cues.is_some()));
    }
}
