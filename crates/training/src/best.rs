//! The averaged weights of a run's best epoch. They are written after the state that says which epoch that is; until then the
//! epoch's own folder has them. Whenever a run is stopped, what is exported is what the state tells of.

use std::path::PathBuf;

use lungsight_network::checkpoint::write_atomically;

use crate::average::{Average, epoch_of};
use crate::recipe;
use crate::run::{RunFolder, State};

/// Keeps the weights as they are after the last epoch that is done, if that is the best one. The state must be on disk.
///
/// # Errors
/// Names the file that can't be written.
pub(crate) fn keep(
    run: &RunFolder,
    state: &State,
    last_side: usize,
    average: &Average,
) -> Result<(), String> {
    if recipe::best(&state.history, last_side) != Some(state.epochs_done) {
        return Ok(());
    }
    let bytes = average.to_bytes_of_epoch(state.epochs_done)?;
    write_atomically(&run.best(), &bytes).map_err(|e| format!("{}: {e}", run.best().display()))
}

/// The weights of the best epoch, and the file that they are from.
///
/// # Errors
/// Names the file that can't be read; weights of another epoch than the state's best.
pub(crate) fn read(
    run: &RunFolder,
    state: &State,
    last_side: usize,
) -> Result<(PathBuf, Vec<u8>), String> {
    let best = recipe::best(&state.history, last_side);
    let from = |path: PathBuf| {
        let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok::<_, String>((path, bytes))
    };
    // Of the last epoch that is done, kept or not.
    let last = run.average(state.epochs_done);
    let is_last = best == Some(state.epochs_done) && last.is_file();
    if is_last && !run.best().is_file() {
        return from(last);
    }
    let (path, bytes) = from(run.best())?;
    match epoch_of(&bytes).map_err(|e| format!("{}: {e}", path.display()))? {
        epoch if epoch == best => Ok((path, bytes)),
        _ if is_last => from(last),
        // From before it was written down.
        None => Ok((path, bytes)),
        Some(epoch) => Err(format!(
            "{} holds the weights after epoch {epoch}, while the best epoch in {} is {}: they are of different runs",
            path.display(),
            run.state().display(),
            best.map_or_else(|| "none".into(), |best| best.to_string()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use lungsight_network::{NetworkConfig, device};

    use super::*;
    use crate::run::Epoch;

    fn state(losses: &[f64]) -> State {
        let epoch = |&validation_loss: &f64| Epoch {
            side: 64,
            train_loss: 0.5,
            validation_loss,
            validation_loss_named: validation_loss,
            validation_balanced_accuracy: 0.8,
            seconds: 1.0,
        };
        State {
            epochs_done: losses.len(),
            best: losses.iter().copied().reduce(f64::min),
            history: losses.iter().map(epoch).collect(),
        }
    }

    #[test]
    fn a_stop_between_state_and_best_weights_mixes_nothing_up() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let run = RunFolder(folder.path().to_owned());
        let device = device::cpu().device;
        let network = NetworkConfig::new().with_pyramid_width(4).init(&device);
        let mut average = Average::default();
        average.fold(&network);
        let first = state(&[0.4]);
        keep(&run, &first, 64, &average).expect("the first is the best");
        let (path, bytes) = read(&run, &first, 64).expect("kept");
        assert_eq!(path, run.best());
        assert_eq!(epoch_of(&bytes), Ok(Some(1)));

        // The state tells of a better epoch, whose weights are in its folder and not kept yet.
        let second = state(&[0.4, 0.3]);
        std::fs::create_dir(run.epoch(2)).expect("folder");
        std::fs::write(run.average(2), average.to_bytes().expect("bytes")).expect("write");
        assert_eq!(
            read(&run, &second, 64).expect("there").0,
            run.average(2),
            "not those of the epoch before"
        );
        // Going on keeps them.
        keep(&run, &second, 64, &average).expect("the second is the best");
        assert_eq!(read(&run, &second, 64).expect("kept").0, run.best());
        keep(&run, &state(&[0.4, 0.3, 0.5]), 64, &average).expect("nothing to keep");
        let third = read(&run, &state(&[0.4, 0.3, 0.5]), 64).expect("the second's");
        assert_eq!(epoch_of(&third.1), Ok(Some(2)));

        let reason = read(&run, &state(&[0.4, 0.5, 0.5]), 64).expect_err("another run's");
        assert!(
            reason.contains("epoch 2") && reason.contains("is 1"),
            "{reason}"
        );
        std::fs::write(run.best(), average.to_bytes().expect("bytes")).expect("write");
        let old = read(&run, &state(&[0.4, 0.5, 0.5]), 64).expect("no epoch is named");
        assert_eq!(old.0, run.best());
    }
}
