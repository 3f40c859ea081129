//! What changes from step to step of a run, and how it outlives the program.

use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::store::ModuleRecord;
use burn::tensor::Device;
use lungsight_network::checkpoint::write_atomically;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::average::Average;
use crate::best;
use crate::places::Learner;
use crate::prepare::progress;
use crate::run::{RunFolder, State, read_json, write_json};
use crate::say::Words;
use crate::settings::Settings;
use crate::sights::Sights;
use crate::step::{Method, optimiser};

/// Steps between two additions to the average of the weights.
pub const AVERAGE_EVERY: usize = 8;

/// A run as far as it has come.
pub(super) struct Course {
    pub learner: Learner,
    /// Of the learner's weights: what is judged and kept.
    pub average: Average,
    pub state: State,
    optimiser: ModuleOptimizer,
}

impl Course {
    /// Before the first step.
    pub fn new(learner: Learner, settings: &Settings) -> Self {
        Self {
            learner,
            average: Average::default(),
            state: State {
                epochs_done: 0,
                best: None,
                history: Vec::new(),
            },
            optimiser: optimiser(settings),
        }
    }

    /// As it was saved after the last epoch that `run` completed, whose weights are kept if it is the best and they aren't yet.
    ///
    /// # Errors
    /// Names the file that is missing, truncated or of another network, or can't be written.
    pub fn resumed(self, run: &RunFolder, settings: &Settings) -> Result<Self, String> {
        let state: State = read_json(&run.state())?;
        let [last, moments, averaged] = [
            run.last(state.epochs_done),
            run.optimiser(state.epochs_done),
            run.average(state.epochs_done),
        ];
        let learner = ModuleRecord::load(&last)
            .and_then(|record| self.learner.try_load_record(record))
            .map_err(|e| format!("{}: {e}", last.display()))?;
        let optimiser = self
            .optimiser
            .load(&moments)
            .map_err(|e| format!("{}: {e}", moments.display()))?;
        let average = std::fs::read(&averaged)
            .map_err(|e| e.to_string())
            .and_then(|bytes| Average::from_bytes(bytes, &learner.network))
            .map_err(|e| format!("{}: {e}", averaged.display()))?;
        best::keep(run, &state, settings.schedule.last_side(), &average)?;
        Ok(Self {
            learner,
            average,
            state,
            optimiser,
        })
    }

    /// Learns for an epoch at pictures of `side` pixels, and tells the mean loss of its steps. The state is left to whoever judges
    /// what came of it.
    ///
    /// # Errors
    /// When a loss is no number.
    pub fn epoch(
        self,
        method: &Method,
        sights: &Sights,
        settings: &Settings,
        side: usize,
        device: &Device,
    ) -> Result<(Self, f64), String> {
        let Self {
            learner,
            mut average,
            state,
            mut optimiser,
        } = self;
        let epoch = state.epochs_done;
        let epochs = settings.schedule.epochs();
        let steps = sights.slices().div_ceil(settings.batch);
        let mut rng = epoch_rng(settings.seed, epoch);
        // Dropout draws from the device's own generator.
        device.seed(rng.random());
        let title = format!("epoch {} of {epochs} at {side}²", epoch + 1);
        let bar = progress(steps as u64, &title);
        let mut words = Words::of(&title);
        let picks = sights.epoch(&mut rng);
        let sights_seed = rng.random();
        let mut loss_sum = 0.0;
        let learner = std::thread::scope(|scope| {
            let mut learning = learner.train();
            let batches = sights.batches(&picks, settings.batch, sights_seed, scope);
            for (step, seen) in batches.enumerate() {
                let rate = settings
                    .schedule
                    .rate(epoch as f64 + step as f64 / steps as f64);
                let loss;
                (learning, loss) =
                    method.step(learning, &mut optimiser, &seen, side, rate, &mut rng);
                if !loss.is_finite() {
                    return Err(no_number(loss, step, epoch));
                }
                loss_sum += loss;
                if (step + 1) % AVERAGE_EVERY == 0 || step + 1 == steps {
                    average.fold(&learning.network);
                }
                bar.inc(1);
                words.tell(step + 1, steps);
            }
            Ok(learning.valid())
        })?;
        bar.finish_and_clear();
        let course = Self {
            learner,
            average,
            state,
            optimiser,
        };
        Ok((course, loss_sum / steps.max(1) as f64))
    }

    /// Weights, optimiser and average of the epoch first, then the state that names the epoch, then the average once more if it is
    /// the best; only then those of the epoch before go. Whenever this is stopped, the state on disk has what belongs to it.
    ///
    /// # Errors
    /// Names the file that can't be written.
    pub fn save(&self, run: &RunFolder, settings: &Settings) -> Result<(), String> {
        let weights = self
            .learner
            .clone()
            .into_record()
            .into_bytes()
            .map_err(|e| e.to_string())?;
        let moments = self.optimiser.into_bytes().map_err(|e| e.to_string())?;
        let done = self.state.epochs_done;
        let folder = run.epoch(done);
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let average = self.average.to_bytes()?;
        let files: [(_, &[u8]); 3] = [
            (run.last(done), &weights),
            (run.optimiser(done), &moments),
            (run.average(done), &average),
        ];
        for (path, bytes) in files {
            write_atomically(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
        }
        write_json(&run.state(), &self.state)?;
        best::keep(
            run,
            &self.state,
            settings.schedule.last_side(),
            &self.average,
        )?;
        let before = run.epoch(done - 1);
        if before.is_dir() {
            std::fs::remove_dir_all(&before).map_err(|e| format!("{}: {e}", before.display()))?;
        }
        Ok(())
    }
}

fn no_number(loss: f64, step: usize, epoch: usize) -> String {
    let elsewhere = if epoch == 0 {
        ""
    } else {
        ", in another folder"
    };
    format!(
        "the loss is {loss} in step {} of epoch {}: lower the learning rate{elsewhere}",
        step + 1,
        epoch + 1
    )
}

/// Each epoch has a generator of its own, so that a resumed run draws what an uninterrupted one would.
fn epoch_rng(seed: u64, epoch: usize) -> StdRng {
    StdRng::seed_from_u64(
        seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(epoch as u64),
    )
}
