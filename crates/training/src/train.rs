//! The training loop: sample → logits → loss → step, an epoch at a time, resumable.

use std::path::Path;
use std::time::Instant;

use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::store::ModuleRecord;
use burn::tensor::Device;
use lungsight_imaging::Probabilities;
use lungsight_network::checkpoint::write_atomically;
use lungsight_network::device::NamedDevice;
use lungsight_network::input::to_tensor;
use lungsight_network::{Network, imagenet, read_network};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::augment::Look;
use crate::augment::plain;
use crate::average::Average;
use crate::differing::differing;
use crate::material::{Material, material};
use crate::metrics::{Judged, balanced_log_loss, balanced_log_loss_of, confusion};
use crate::places::Learner;
use crate::prepare::{Prepared, progress};
use crate::recipe;
use crate::run::{Epoch, Origin, RunFolder, State, read_json, write_json};
use crate::say::{Words, say, warn};
use crate::settings::{Frozen, Settings};
use crate::sights::Sights;
use crate::split::Split;
use crate::step::{Method, optimiser};
use crate::targets::Teaching;
use crate::teachers::Teachers;

/// Slices judged at once: larger batches are slower on a CPU.
const JUDGED_AT_ONCE: usize = 8;

/// Steps between two additions to the average of the weights.
pub const AVERAGE_EVERY: usize = 8;

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

    let mut learner = Learner::of(start(settings, device)?, settings, device);
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
    let mut optimiser = optimiser(settings);
    let mut average = Average::default();
    let mut state = State {
        epochs_done: 0,
        best: None,
        history: Vec::new(),
    };
    if run.state().is_file() {
        state = read_json(&run.state())?;
        let [last, moments, averaged] = [
            run.last(state.epochs_done),
            run.optimiser(state.epochs_done),
            run.average(state.epochs_done),
        ];
        learner = ModuleRecord::load(&last)
            .and_then(|record| learner.try_load_record(record))
            .map_err(|e| format!("{}: {e}", last.display()))?;
        optimiser = optimiser
            .load(&moments)
            .map_err(|e| format!("{}: {e}", moments.display()))?;
        average = std::fs::read(&averaged)
            .map_err(|e| e.to_string())
            .and_then(|bytes| Average::from_bytes(bytes, &learner.network))
            .map_err(|e| format!("{}: {e}", averaged.display()))?;
        say(format_args!("going on after epoch {}", state.epochs_done));
    }

    let method = Method::new(&learner.network, unchanging, teachers, settings, device);
    let steps = sights.slices().div_ceil(settings.batch);
    let epochs = settings.schedule.epochs();
    let last = most.map_or(epochs, |most| epochs.min(state.epochs_done + most));
    while state.epochs_done < last {
        let epoch = state.epochs_done;
        let side = settings.schedule.side(epoch);
        let began = Instant::now();
        let mut rng = epoch_rng(settings.seed, epoch);
        // Dropout draws from the device's own generator.
        device.seed(rng.random());
        let title = format!("epoch {} of {epochs} at {side}²", epoch + 1);
        let bar = progress(steps as u64, &title);
        let mut words = Words::of(&title);
        let picks = sights.epoch(&mut rng);
        let sights_seed = rng.random();
        let mut loss_sum = 0.0;
        learner = std::thread::scope(|scope| {
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
                    let elsewhere = if epoch == 0 {
                        ""
                    } else {
                        ", in another folder"
                    };
                    return Err(format!(
                        "the loss is {loss} in step {} of epoch {}: lower the learning rate{elsewhere}",
                        step + 1,
                        epoch + 1
                    ));
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

        let items = judge(average.network()?, &validation, settings, side, device);
        // What is never taught is nothing to choose by.
        let named =
            |slice: &Prepared| !settings.balance_names && sights.ever_name(&slice.row.source);
        let asked = items.iter().zip(validation.iter().map(named));
        let all_names = balanced_log_loss(&items);
        let figures = Epoch {
            side,
            train_loss: loss_sum / steps.max(1) as f64,
            validation_loss: balanced_log_loss_of(asked),
            validation_loss_named: all_names,
            validation_balanced_accuracy: balanced_accuracy(&items),
            seconds: began.elapsed().as_secs_f64(),
        };
        say(format_args!(
            "epoch {:2} at {side}²: training loss {:.3}, validation loss {:.3} ({:.3} with every disease asked for by name), balanced accuracy {:.3}, {:.0} s",
            epoch + 1,
            figures.train_loss,
            figures.validation_loss,
            figures.validation_loss_named,
            figures.validation_balanced_accuracy,
            figures.seconds
        ));
        // Figures of smaller pictures do not compare.
        let at_last_side = side == settings.schedule.last_side();
        if at_last_side && state.best.is_none_or(|best| figures.validation_loss < best) {
            state.best = Some(figures.validation_loss);
            write_atomically(&run.best(), &average.to_bytes()?)
                .map_err(|e| format!("{}: {e}", run.best().display()))?;
        }
        state.epochs_done += 1;
        state.history.push(figures);
        save(&run, &learner, &optimiser, &average, &state)?;
    }
    say(standing(&run, settings, &state));
    Ok(())
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

/// Writes the settings, or holds them to those of the run that is there. A folder where no epoch was ever done may be begun
/// anew with others.
fn claim(run: &RunFolder, settings: &Settings, device: &str) -> Result<(), String> {
    if !run.settings().is_file() || !run.state().is_file() {
        // Of an epoch that was cut off: with other settings it is nobody's best.
        if run.best().is_file() {
            std::fs::remove_file(run.best())
                .map_err(|e| format!("{}: {e}", run.best().display()))?;
        }
        write_json(&run.origin(), &Origin::of(settings, device)?)?;
        return write_json(&run.settings(), settings);
    }
    let differing = differing(&read_json(&run.settings())?, settings)?;
    if !differing.is_empty() {
        return Err(format!(
            "{} was started with other settings: {}; choose another folder",
            run.0.display(),
            differing.join("; ")
        ));
    }
    let origin: Origin = read_json(&run.origin())?;
    origin.tell_other_code();
    origin
        .check_code()
        .and_then(|()| origin.check(settings))
        .map_err(|reason| format!("{}: {reason}", run.0.display()))
}

fn start(settings: &Settings, device: &Device) -> Result<Network, String> {
    device.seed(settings.seed);
    if let Some(folder) = &settings.start {
        let (manifest, network) = read_network(folder, device).map_err(|e| e.to_string())?;
        Split::of_weights(&settings.split, &manifest)?;
        let (found, asked) = (manifest.network_config(), settings.network_config());
        if found.feature_size() != asked.feature_size()
            || found.pyramid_width != asked.pyramid_width
        {
            return Err(format!(
                "{}: another network than is asked for",
                folder.display()
            ));
        }
        say(format_args!("starting from {}", manifest.title()));
        let network = if settings.trunk_only {
            settings.network_config().init(device).behind(network)
        } else {
            network
        };
        return Ok(network.valid());
    }
    let mut network = settings.network_config().init(device);
    if let Some(path) = &settings.imagenet {
        let imported = imagenet::import(&mut network, path).map_err(|e| e.to_string())?;
        say(format_args!(
            "{} tensors from {}; random: {}",
            imported.taken,
            path.display(),
            imported.missing.join(", ")
        ));
    } else if settings.frozen != Frozen::None {
        return Err(
            "--frozen keeps what --imagenet or --start gives; without them only none makes sense"
                .into(),
        );
    }
    Ok(network.valid())
}

/// Probabilities for every slice, unaugmented, at the size that is learned at.
fn judge(
    network: &Network,
    slices: &[Prepared],
    settings: &Settings,
    side: usize,
    device: &Device,
) -> Vec<Judged> {
    slices
        .chunks(JUDGED_AT_ONCE)
        .flat_map(|batch| {
            let inputs = batch.iter().map(|slice| plain(slice, settings.look));
            let x = to_tensor(inputs, settings.normalisation(), side, device);
            let logits = network.forward(x).logits;
            let logits: Vec<f32> = logits.into_data().iter::<f32>().collect();
            let judged = batch
                .iter()
                .zip(logits.chunks_exact(3))
                .map(|(slice, logits)| Judged {
                    patient: slice.row.patient.clone(),
                    label: slice.row.label,
                    probabilities: Probabilities::from_logits([logits[0], logits[1], logits[2]]),
                });
            judged.collect::<Vec<_>>()
        })
        .collect()
}

/// Each epoch has a generator of its own, so that a resumed run draws what an uninterrupted one would.
fn epoch_rng(seed: u64, epoch: usize) -> StdRng {
    StdRng::seed_from_u64(
        seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(epoch as u64),
    )
}

fn balanced_accuracy(items: &[Judged]) -> f64 {
    let recalls: Vec<f64> = confusion(items)
        .iter()
        .enumerate()
        .filter(|(_, row)| row.iter().sum::<usize>() > 0)
        .map(|(class, row)| row[class] as f64 / row.iter().sum::<usize>() as f64)
        .collect();
    recalls.iter().sum::<f64>() / recalls.len().max(1) as f64
}

/// Weights, optimiser and average of the epoch first, then the state that names the epoch; only then those of the epoch
/// before go. Whenever this is stopped, the state on disk has what belongs to it.
fn save(
    run: &RunFolder,
    learner: &Learner,
    optimiser: &ModuleOptimizer,
    average: &Average,
    state: &State,
) -> Result<(), String> {
    let weights = learner
        .clone()
        .into_record()
        .into_bytes()
        .map_err(|e| e.to_string())?;
    let moments = optimiser.into_bytes().map_err(|e| e.to_string())?;
    let done = state.epochs_done;
    let folder = run.epoch(done);
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let average = average.to_bytes()?;
    let files: [(_, &[u8]); 3] = [
        (run.last(done), &weights),
        (run.optimiser(done), &moments),
        (run.average(done), &average),
    ];
    for (path, bytes) in files {
        write_atomically(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    write_json(&run.state(), state)?;
    let before = run.epoch(done - 1);
    if before.is_dir() {
        std::fs::remove_dir_all(&before).map_err(|e| format!("{}: {e}", before.display()))?;
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::dataset;
    use crate::loss::{Target, disagreement};
    use crate::settings::Precision;
    use crate::sights::Sight;
    use crate::teachers::tests::manifest;
    use burn::tensor::Tensor;
    use lungsight_imaging::{
        Class, Finding, PhantomOptions, SegmentOptions, network_input, phantom, segment,
    };

    /// A short run of a small network, without any file.
    pub fn settings() -> Settings {
        Settings {
            dataset: "dataset".into(),
            split: "split.json".into(),
            imagenet: None,
            leave_out_notes: Vec::new(),
            healthy_notes: Vec::new(),
            screened: None,
            schedule: "64x1".parse().expect("a schedule"),
            batch: 6,
            learning_rate: 1e-3,
            backbone_learning_rate: 1e-3,
            weight_decay: 0.0,
            label_smoothing: 0.0,
            hide_tied: 0.0,
            mix_style: 0.0,
            put_lesions: 0.0,
            even_grain: 0.0,
            balance_names: false,
            locate: 0.0,
            teachers: Vec::new(),
            teach_share: 0.0,
            bound_teachers: false,
            start: None,
            trunk_only: false,
            frozen: Frozen::None,
            precision: Precision::Full,
            pyramid_width: 16,
            levels: 3,
            look: Look::Masked,
            outside: 0,
            seed: 1,
        }
    }

    #[test]
    fn the_backbone_without_stage_4_has_a_rate_of_its_own() {
        let device = lungsight_network::device::cpu().device;
        let settings = settings();
        let network = start(&settings, &device).expect("a random start");
        // Stem: 3 tensors; stages 1–3: 2 blocks of 6; 2 projections of 3. Two more for each of the 15 batch norms: its
        // running statistics, which no gradient reaches.
        assert_eq!(
            Method::new(
                &network,
                network.clone(),
                Teachers::default(),
                &settings,
                &device
            )
            .from_imagenet
            .len(),
            3 + 36 + 6 + 30
        );
    }

    #[test]
    fn a_folder_without_an_epoch_may_be_begun_anew_and_another_tells_what_differs() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let at = |name: &str| folder.path().join(name);
        let dataset = at("dataset");
        std::fs::create_dir(&dataset).expect("folder");
        for name in [dataset::INDEX, dataset::PIXELS] {
            std::fs::write(dataset.join(name), b"x").expect("write");
        }
        std::fs::write(at("split.json"), b"x").expect("write");
        let run = RunFolder(at("run"));
        std::fs::create_dir(&run.0).expect("folder");
        let mut settings = Settings {
            dataset,
            split: at("split.json"),
            ..settings()
        };
        claim(&run, &settings, "cpu").expect("an empty folder");
        std::fs::write(run.best(), b"x").expect("write");
        settings.learning_rate = 1e-4;
        claim(&run, &settings, "cpu").expect("nothing was learned yet");
        assert!(!run.best().is_file());
        let state = State {
            epochs_done: 1,
            best: None,
            history: Vec::new(),
        };
        write_json(&run.state(), &state).expect("written");
        claim(&run, &settings, "cpu").expect("the same settings");
        settings.learning_rate = 1e-5;
        let reason = claim(&run, &settings, "cpu").expect_err("others");
        assert!(
            reason.contains("other settings: --learning-rate was 0.0001, now"),
            "{reason}"
        );
        settings.learning_rate = 1e-4;
        let mut origin: Origin = read_json(&run.origin()).expect("written");
        origin.augmentation = None;
        write_json(&run.origin(), &origin).expect("written");
        let reason = claim(&run, &settings, "cpu").expect_err("older code");
        assert!(reason.contains("changed slices otherwise"), "{reason}");
    }

    #[test]
    fn a_run_tells_its_best_epoch_and_what_comes_next() {
        let run = RunFolder("runs/first".into());
        let epoch = |side, validation_loss| Epoch {
            side,
            train_loss: 0.5,
            validation_loss,
            validation_loss_named: validation_loss,
            validation_balanced_accuracy: 0.8,
            seconds: 1.0,
        };
        let mut settings = settings();
        settings.schedule = "32x1,64x2".parse().expect("a schedule");
        let mut state = State {
            epochs_done: 1,
            best: None,
            history: vec![epoch(32, 0.1)],
        };
        let text = standing(&run, &settings, &state);
        assert!(
            text.starts_with("1 of 3 epochs done: none has been judged"),
            "{text}"
        );
        state.history.extend([epoch(64, 0.3), epoch(64, 0.4)]);
        state.epochs_done = 3;
        let text = standing(&run, &settings, &state);
        assert!(
            text.starts_with("finished, 3 epochs: epoch 2 is the best"),
            "{text}"
        );
        assert!(text.contains("export --run runs/first"), "{text}");
        settings.levels = 1;
        let text = standing(&run, &settings, &state);
        assert!(!text.contains("--run"), "{text}");
    }

    #[test]
    fn one_batch_is_learned_by_heart() {
        let losses = losses_of_one_batch(&settings(), Teachers::default());
        assert!(losses[0] > 0.5, "{losses:?}");
        assert!(losses[24] < 0.1, "{losses:?}");
    }

    #[test]
    fn two_bytes_a_number_learn_it_too() {
        let short = Settings {
            precision: Precision::Bfloat16,
            ..settings()
        };
        let losses = losses_of_one_batch(&short, Teachers::default());
        assert!(losses[0] > 0.5, "{losses:?}");
        assert!(losses[24] < 0.1, "{losses:?}");
    }

    #[test]
    fn lesions_are_found_where_they_lie() {
        let both = Settings {
            locate: 1.0,
            ..settings()
        };
        let losses = losses_of_one_batch(&both, Teachers::default());
        // Whoever finds nothing loses ln 2 of places alone.
        assert!(losses[0] > 0.9, "{losses:?}");
        assert!(losses[24] < 0.4, "{losses:?}");
    }

    #[test]
    fn what_teachers_think_is_learned_where_the_label_has_no_share() {
        let device = lungsight_network::device::cpu().device;
        let mut teachers = Teachers::default();
        let network = settings().network_config().init(&device);
        // At a low temperature even a random network has opinions.
        teachers.add(&manifest(64, 0.02), &network);
        let opinion = teachers.opinion(&phantoms(), &device).expect("one teaches");
        let of_labels = Tensor::<2>::from_data(
            [[1.0f32, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            &device,
        );
        let agree = (opinion.clone() * of_labels.repeat_dim(0, 2))
            .sum()
            .into_scalar::<f32>();
        assert!(
            agree < 4.0,
            "the teacher must not think as the labels do: {agree}"
        );
        // Nobody can disagree less with an opinion than whoever has it.
        let least = disagreement(opinion.clone().log(), opinion, &[true; 6]);
        let least = f64::from(least.into_scalar::<f32>());
        let taught = Settings {
            teach_share: 1.0,
            ..settings()
        };
        let losses = losses_of_one_batch(&taught, teachers);
        assert!(losses[0] - least > 0.3, "{least} {losses:?}");
        assert!(losses[24] - least < 0.1, "{least} {losses:?}");
    }

    #[test]
    fn bound_teachers_name_no_disease() {
        let device = lungsight_network::device::cpu().device;
        let teacher = settings().network_config().init(&device);
        let free = Settings {
            teach_share: 1.0,
            ..settings()
        };
        let bound = Settings {
            bound_teachers: true,
            ..free.clone()
        };
        // What is dropped is drawn anew at each step.
        let network = settings().network_config().with_dropout(0.0).init(&device);
        let loss = |settings: &Settings, named: bool| {
            // At so high a temperature whoever it is finds all classes as likely: a name that is not to be told weighs two thirds.
            let mut teachers = Teachers::default();
            teachers.add(&manifest(64, 1e6), &teacher);
            let method = Method::new(&network, network.clone(), teachers, settings, &device);
            let learner = Learner::of(network.clone(), settings, &device).train();
            let mut sights = phantoms();
            for sight in &mut sights {
                if !named && sight.target != Class::Healthy.into() {
                    sight.target = Target::DISEASED;
                }
            }
            let mut rng = StdRng::seed_from_u64(1);
            let (_, loss) = method.step(
                learner,
                &mut optimiser(settings),
                &sights,
                64,
                1.0,
                &mut rng,
            );
            loss
        };
        assert!((loss(&free, false) - loss(&free, true)).abs() < 1e-5);
        // There is less to disagree on: at least ln 2 for each of the two diseases, of which the teacher gives a third each.
        let less = loss(&free, false) - loss(&bound, false);
        assert!(less > 2.0 / 3.0 * 2f64.ln() - 1e-3, "{less}");
        // A label that names it is learned all the same.
        let by_name = loss(&bound, true) - loss(&bound, false);
        assert!(by_name > 0.01, "{by_name}");
    }

    /// Before each of 25 steps on the same six phantoms.
    fn losses_of_one_batch(settings: &Settings, teachers: Teachers) -> Vec<f64> {
        let device = lungsight_network::device::cpu().device;
        let sights = phantoms();
        let network = start(settings, &device).expect("a random start");
        let method = Method::new(&network, network.clone(), teachers, settings, &device);
        let mut optimiser = optimiser(settings);
        let mut learner = Learner::of(network, settings, &device).train();
        let mut losses = Vec::new();
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..25 {
            let loss;
            (learner, loss) = method.step(learner, &mut optimiser, &sights, 64, 1.0, &mut rng);
            losses.push(loss);
        }
        losses
    }

    /// Two of each class.
    fn phantoms() -> Vec<Sight> {
        let findings = [
            Finding::None,
            Finding::LobarConsolidation,
            Finding::GroundGlass,
        ];
        (0..6u64)
            .map(|seed| {
                let class = seed as usize % 3;
                let drawn = phantom(&PhantomOptions {
                    side: 256,
                    seed,
                    finding: findings[class],
                    ..PhantomOptions::default()
                });
                let segmentation = segment(&drawn.slice, &SegmentOptions::default());
                let lungs = segmentation.lungs().expect("a phantom has lungs");
                let input = network_input(&drawn.slice, lungs).expect("lungs");
                Sight {
                    lesion: Some(dataset::cropped(&drawn.lesion, input.crop)),
                    input: input.pixels,
                    target: Class::ALL[class].into(),
                }
            })
            .collect()
    }
}
