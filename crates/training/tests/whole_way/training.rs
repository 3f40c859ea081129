//! Train, stop, go on.

use std::path::Path;

use lungsight_training::run::{State, read_json};

use crate::common::{TRAIN, refused, succeed, trainer, with_slices};

/// `run` is stopped after an epoch and goes on, `whole` is not stopped: both learn the same.
pub fn a_stop_changes_nothing(folder: &Path) {
    succeed(folder, &format!("{TRAIN} --schedule 32x1,64x1 --out whole"));
    succeed(
        folder,
        &format!("{TRAIN} --schedule 32x1,64x1 --out run --stop-after 1"),
    );
    let state: State = read_json(&folder.join("run/state.json")).expect("state");
    assert_eq!(state.epochs_done, 1);
    succeed(folder, &format!("{TRAIN} --schedule 32x1,64x1 --out run"));
    for file in ["epoch-2/average.safetensors", "best.safetensors"] {
        let read = |run: &str| std::fs::read(folder.join(run).join(file)).expect("weights");
        assert!(
            read("run") == read("whole"),
            "{file} differs from that of a run without a stop"
        );
    }
    let losses = |run: &str| -> Vec<f64> {
        let state: State = read_json(&folder.join(run).join("state.json")).expect("state");
        state.history.iter().map(|epoch| epoch.train_loss).collect()
    };
    assert_eq!(losses("run"), losses("whole"));
    assert_eq!(losses("run").len(), 2);
}

/// Of a dataset without what is asked for, and of a run that was started otherwise.
pub fn other_settings_are_refused(folder: &Path) {
    let none = refused(folder, &format!("{TRAIN} --put-lesions 0.2 --out other"));
    assert!(
        none.contains("--put-lesions") && none.contains("preprocess --annotated"),
        "{none}"
    );
    let other = refused(folder, &format!("{TRAIN} --schedule 32x3 --out run"));
    assert!(
        other.contains("other settings: --schedule was \"32x1,64x1\", now \"32x3\""),
        "{other}"
    );
}

/// Also where the dataset is spelt otherwise.
pub fn a_finished_run_tells_what_comes_next(folder: &Path) {
    let again = trainer(
        folder,
        &format!("{TRAIN} --dataset ./dataset --schedule 32x1,64x1 --out run").replacen(
            "--dataset dataset ",
            "",
            1,
        ),
    );
    assert!(again.status.success(), "the same dataset, spelt otherwise");
    let told = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(
        told.contains("finished, 2 epochs: epoch 2 is the best") && told.contains("export --run"),
        "{told}"
    );
}

#[test]
fn two_classes_are_refused_before_anything_is_learned() {
    let temporary = with_slices();
    let folder = temporary.path();
    let list = std::fs::read_to_string(folder.join("slices.csv")).expect("manifest");
    let two: Vec<&str> = list
        .lines()
        .filter(|line| !line.contains(",pneumonia,"))
        .collect();
    std::fs::write(folder.join("slices.csv"), two.join("\n")).expect("manifest");
    let split = trainer(folder, "split --manifest slices.csv --out split.json");
    let told = String::from_utf8_lossy(&split.stderr).into_owned();
    assert_eq!(told.matches("no patient with").count(), 3, "{told}");
    succeed(folder, "preprocess --manifest slices.csv --out dataset");
    let reason = refused(folder, &format!("{TRAIN} --schedule 32x1 --out run"));
    assert!(
        reason.contains("no slice of pneumonia") && reason.contains("the part train"),
        "{reason}"
    );
    let reason = refused(
        folder,
        &format!("{TRAIN} --schedule 32x1 --out run --leave-out-note mild"),
    );
    assert!(reason.contains("--leave-out-note \"mild\""), "{reason}");
    assert!(!folder.join("run").exists(), "refused before it starts");
}

#[test]
fn a_damaged_checkpoint_is_refused_and_kept() {
    let temporary = with_slices();
    let folder = temporary.path();
    succeed(folder, "split --manifest slices.csv --out split.json");
    succeed(folder, "preprocess --manifest slices.csv --out dataset");
    let train = format!("{TRAIN} --schedule 32x2 --out run");
    succeed(folder, &format!("{train} --stop-after 1"));
    for file in ["average.safetensors", "last.bpk", "optimiser.bpk"] {
        let path = folder.join("run/epoch-1").join(file);
        let whole = std::fs::read(&path).expect("checkpoint");
        std::fs::write(&path, &whole[..whole.len() / 2]).expect("write");
        let reason = refused(folder, &train);
        assert!(reason.contains(file), "{reason}");
        assert_eq!(
            std::fs::read(&path).expect("still there").len(),
            whole.len() / 2
        );
        std::fs::write(&path, whole).expect("write");
    }
    let best = folder.join("run/best.safetensors");
    let whole = std::fs::read(&best).expect("weights");
    std::fs::write(&best, &whole[..whole.len() / 2]).expect("write");
    let reason = refused(folder, "export --run run --name synthetic --out weights");
    assert!(reason.contains("best.safetensors"), "{reason}");
    assert!(!folder.join("weights").exists());
}
