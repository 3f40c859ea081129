//! The training loop: sample → logits → loss → step, an epoch at a time, resumable.

mod claim;
mod course;
mod judge;
mod start;
#[cfg(test)]
pub(crate) mod tests;

use std::path::Path;
use std::time::Instant;

use lungsight_network::device::NamedDevice;

use crate::augment::Look;
use crate::material::{Material, material};
use crate::metrics::{balanced_accuracy, balanced_log_loss, balanced_log_loss_of, confusion};
use crate::places::Learner;
use crate::prepare::Prepared;
use crate::recipe;
use crate::run::{Epoch, RunFolder, State};
use crate::say::{say, warn};
use crate::settings::Settings;
use crate::sights::Sights;
use crate::step::Method;
use crate::targets::Teaching;
use crate::teachers::Teachers;

use claim::claim;
pub use course::AVERAGE_EVERY;
use course::Course;
use judge::judge;
use start::start;

/// Trains, or goes on training, in `folder`, for at most `most` further epochs.
///
/// # Errors
/// What the user can mend: a faulty dataset or split, settings that differ from the run's, a full disk.
pub fn train(
    folder: &Path,
    settings: &Settings,
    most: Option<usize>,
    device: &NamedDevice,
) -> Result<(), String> {
    let run = RunFolder(folder.to_owned());
    let name = &device.name;
    let device = &device.device;
    let Material {
        training,
        validation,
        ..
    } = material(settings)?;
    let settings = &as_they_act(settings, &training);
    say(format_args!(
        "{} slices to learn from, {} to choose by",
        training.len(),
        validation.len()
    ));
    let sights = Sights::new(settings, training)?;
    let learner = Learner::of(start(settings, device)?, settings, device);
    let teachers = Teachers::read(settings, device)?;
    if settings.outside > 0 && settings.look != Look::Masked {
        return Err(
            "--outside: where all is shown nothing is outside; --look must be masked".into(),
        );
    }
    // Only now: settings that can't work must not claim the folder.
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let _alone = run.lock()?;
    claim(&run, settings, name)?;
    let unchanging = learner.network.clone();
    let mut course = Course::new(learner, settings);
    if run.state().is_file() {
        course = course.resumed(&run, settings)?;
        say(format_args!(
            "going on after epoch {}",
            course.state.epochs_done
        ));
    }
    let method = Method::new(
        &course.learner.network,
        unchanging,
        teachers,
        settings,
        device,
    );
    let epochs = settings.schedule.epochs();
    let last = most.map_or(epochs, |most| epochs.min(course.state.epochs_done + most));
    while course.state.epochs_done < last {
        let began = Instant::now();
        let side = settings.schedule.side(course.state.epochs_done);
        let train_loss;
        (course, train_loss) = course.epoch(&method, &sights, settings, side, device)?;

        let items = judge(
            course.average.network()?,
            &validation,
            settings,
            side,
            device,
        );
        // What is never taught is nothing to choose by.
        let named =
            |slice: &Prepared| !settings.balance_names && sights.ever_name(&slice.row.source);
        let asked = items.iter().zip(validation.iter().map(named));
        let figures = Epoch {
            side,
            train_loss,
            validation_loss: balanced_log_loss_of(asked),
            validation_loss_named: balanced_log_loss(&items),
            validation_balanced_accuracy: balanced_accuracy(&confusion(&items)),
            seconds: began.elapsed().as_secs_f64(),
        };
        course.state.epochs_done += 1;
        say(told(course.state.epochs_done, &figures));
        // Figures of smaller pictures do not compare.
        let at_last_side = side == settings.schedule.last_side();
        let best = course.state.best;
        if at_last_side && best.is_none_or(|best| figures.validation_loss < best) {
            course.state.best = Some(figures.validation_loss);
        }
        course.state.history.push(figures);
        course.save(&run, settings)?;
    }
    say(standing(&run, settings, &course.state));
    Ok(())
}

/// The line of an epoch.
fn told(epoch: usize, figures: &Epoch) -> String {
    format!(
        "epoch {epoch:2} at {}²: training loss {:.3}, validation loss {:.3} ({:.3} with every disease asked for by name), balanced accuracy {:.3}, {:.0} s",
        figures.side,
        figures.train_loss,
        figures.validation_loss,
        figures.validation_loss_named,
        figures.validation_balanced_accuracy,
        figures.seconds
    )
}

/// The settings without what cannot act on these slices, which is said: what a run records must be what it did.
fn as_they_act(settings: &Settings, training: &[Prepared]) -> Settings {
    let mut acting = settings.clone();
    let rows: Vec<_> = training.iter().map(|slice| slice.row.clone()).collect();
    if settings.hide_tied > 0.0 && !Teaching::of(&rows, settings.hide_tied).hides() {
        warn(
            "--hide-tied: no source has both diseases, so that the name of none is hidden; the run is recorded with 0",
        );
        acting.hide_tied = 0.0;
    }
    acting
}

/// Where a run stands, and what comes next.
fn standing(run: &RunFolder, settings: &Settings, state: &State) -> String {
    let (done, epochs) = (state.epochs_done, settings.schedule.epochs());
    let best = match recipe::best(&state.history, settings.schedule.last_side()) {
        Some(best) => format!(
            "epoch {best} is the best, validation loss {:.3}",
            state.history[best - 1].validation_loss
        ),
        None => "none has been judged at the last side yet".into(),
    };
    if done < epochs {
        return format!("{done} of {epochs} epochs done: {best}; the same command goes on");
    }
    let next = if settings.is_served() {
        format!(
            "next: lungsight-train export --run {} --name NAME --out FOLDER",
            run.0.display()
        )
    } else {
        "an experiment that is not exported".into()
    };
    format!("finished, {done} epochs: {best}; {next}")
}
