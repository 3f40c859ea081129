//! The training loop: sample → logits → loss → step, an epoch at a time, resumable.

use std::path::Path;
use std::time::Instant;

use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::store::ModuleRecord;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use lungsight_imaging::{Class, Limits, Probabilities};
use lungsight_network::checkpoint::{Precision, to_bytes, write_atomically};
use lungsight_network::input::{IMAGENET_GREY, to_tensor};
use lungsight_network::{Network, NetworkConfig, imagenet};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use crate::augment::augment;
use crate::batches::Sampler;
use crate::features::{FeatureStore, gather};
use crate::manifest::{self, Row};
use crate::metrics::{Judged, balanced_log_loss, confusion};
use crate::prepare::{Prepared, prepare, progress};
use crate::run::{Epoch, RunFolder, Settings, State, read_json, write_json};
use crate::split::{Part, Split};

/// What the network learns from, or is tried on.
enum Material {
    /// Prepared slices, augmented anew at every sight.
    Pixels(Vec<Prepared>),
    /// Outputs of the frozen stages: the original first, then augmented copies.
    Stored(Vec<FeatureStore>),
}

/// Trains, or goes on training, in `folder`.
///
/// # Errors
/// What the user can mend: a faulty manifest or split, settings that differ from the run's, a full disk.
pub fn train(folder: &Path, settings: &Settings, device: &Device) -> Result<(), String> {
    let run = RunFolder(folder.to_owned());
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    claim(&run, settings)?;

    let training = material_rows(settings, Part::Train)?;
    let validation = material_rows(settings, Part::Validation)?;
    let rows: Vec<Row> = training.iter().map(|slice| slice.row.clone()).collect();
    let judged: Vec<Row> = validation.iter().map(|slice| slice.row.clone()).collect();
    println!(
        "{} slices to learn from, {} to choose by",
        rows.len(),
        judged.len()
    );

    let mut network = start(settings, device)?;
    let (training, validation) = if settings.frozen {
        let stored = |name: &str, slices: &[Prepared], copies: usize| {
            store(&run, name, slices, copies, &network, settings, device)
        };
        (
            Material::Stored(stored("train", &training, settings.copies)?),
            Material::Stored(stored("validation", &validation, 0)?),
        )
    } else {
        (Material::Pixels(training), Material::Pixels(validation))
    };

    let mut optimiser: ModuleOptimizer = AdamWConfig::new()
        .with_weight_decay(settings.weight_decay)
        .init();
    let mut state = State {
        epochs_done: 0,
        best: None,
        history: Vec::new(),
    };
    if run.state().is_file() {
        state = read_json(&run.state())?;
        network = ModuleRecord::load(run.last())
            .and_then(|record| network.try_load_record(record))
            .map_err(|e| format!("{}: {e}", run.last().display()))?;
        optimiser = optimiser
            .load(run.optimiser())
            .map_err(|e| format!("{}: {e}", run.optimiser().display()))?;
        println!("going on after epoch {}", state.epochs_done);
    }

    let training_device = device.clone().autodiff();
    let sampler = Sampler::new(&rows);
    let steps = rows.len().div_ceil(settings.batch);
    while state.epochs_done < settings.epochs {
        let epoch = state.epochs_done;
        let began = Instant::now();
        let mut rng = epoch_rng(settings.seed, epoch);
        let bar = progress(
            steps as u64,
            &format!("epoch {} of {}", epoch + 1, settings.epochs),
        );
        let mut learner = network.train();
        let mut loss_sum = 0.0;
        for (step, picks) in sampler
            .epoch(rows.len(), &mut rng)
            .chunks(settings.batch)
            .enumerate()
        {
            let labels: Vec<Class> = picks.iter().map(|&slice| rows[slice].label).collect();
            let logits = training_logits(&learner, &training, picks, &training_device, &mut rng);
            let loss = cross_entropy(logits, &labels, settings.label_smoothing);
            loss_sum += f64::from(loss.clone().into_scalar::<f32>());
            let gradients = GradientsParams::from_grads(loss.backward(), &learner);
            let at = (epoch * steps + step) as f64 / steps as f64;
            learner = optimiser.step(learning_rate(settings, at), learner, gradients);
            bar.inc(1);
        }
        bar.finish_and_clear();
        network = learner.valid();

        let items = judge(&network, &validation, &judged, settings.batch, device);
        let figures = Epoch {
            train_loss: loss_sum / steps.max(1) as f64,
            validation_loss: balanced_log_loss(&items),
            validation_balanced_accuracy: balanced_accuracy(&items),
            seconds: began.elapsed().as_secs_f64(),
        };
        println!(
            "epoch {:2}: training loss {:.3}, validation loss {:.3}, balanced accuracy {:.3}, {:.0} s",
            epoch + 1,
            figures.train_loss,
            figures.validation_loss,
            figures.validation_balanced_accuracy,
            figures.seconds
        );
        if state.best.is_none_or(|best| figures.validation_loss < best) {
            state.best = Some(figures.validation_loss);
            let bytes = to_bytes(&network, Precision::Full)?;
            write_atomically(&run.best(), &bytes).map_err(|e| e.to_string())?;
        }
        state.epochs_done += 1;
        state.history.push(figures);
        save(&run, &network, &optimiser, &state)?;
    }
    Ok(())
}

/// Writes the settings, or holds them to those of the run that is there.
fn claim(run: &RunFolder, settings: &Settings) -> Result<(), String> {
    if !run.settings().is_file() {
        return write_json(&run.settings(), settings);
    }
    let mut before: Settings = read_json(&run.settings())?;
    // More epochs may be asked of a run; anything else would make it another one.
    before.epochs = settings.epochs;
    if before == *settings {
        write_json(&run.settings(), settings)
    } else {
        Err(format!(
            "{} was started with other settings; choose another folder",
            run.0.display()
        ))
    }
}

/// The prepared slices of one part, without those left out by their note.
///
/// # Errors
/// A faulty manifest or split; no slice left.
pub fn material_rows(settings: &Settings, part: Part) -> Result<Vec<Prepared>, String> {
    let rows = manifest::read(&settings.manifest).map_err(|e| e.to_string())?;
    let split: Split = read_json(&settings.split)?;
    let mut rows = split.part(&rows, part)?;
    rows.retain(|row| !settings.leave_out_notes.contains(&row.note));
    let folder = settings.manifest.parent().unwrap_or(Path::new(""));
    let (prepared, left_out) = prepare(folder, rows, &Limits::default());
    for slice in &left_out {
        println!("left out: {}: {}", slice.row.path.display(), slice.reason);
    }
    if prepared.is_empty() {
        return Err(format!("no slice to use in the part {part:?}"));
    }
    Ok(prepared)
}

fn start(settings: &Settings, device: &Device) -> Result<Network, String> {
    device.seed(settings.seed);
    let mut network = NetworkConfig::new()
        .with_pyramid_width(settings.pyramid_width)
        .init(device);
    if let Some(path) = &settings.imagenet {
        let imported = imagenet::import(&mut network, path).map_err(|e| e.to_string())?;
        println!(
            "{} tensors from {}; random: {}",
            imported.taken,
            path.display(),
            imported.missing.join(", ")
        );
    }
    Ok(network.valid())
}

/// Outputs of the frozen stages for the slices and `copies` augmented copies of them.
fn store(
    run: &RunFolder,
    name: &str,
    slices: &[Prepared],
    copies: usize,
    network: &Network,
    settings: &Settings,
    device: &Device,
) -> Result<Vec<FeatureStore>, String> {
    (0..=copies)
        .map(|copy| {
            let inputs: Vec<Vec<u8>> = slices
                .par_iter()
                .enumerate()
                .map(|(index, slice)| {
                    if copy == 0 {
                        return slice.pixels.clone();
                    }
                    let seed = settings.seed ^ ((copy as u64) << 40) ^ index as u64;
                    augment(&slice.pixels, &mut StdRng::seed_from_u64(seed))
                })
                .collect();
            let path = run.features(&format!("{name}-{copy}"));
            FeatureStore::cached(&path, network, &inputs, IMAGENET_GREY, device)
                .map_err(|e| format!("{}: {e}", path.display()))
        })
        .collect()
}

fn training_logits(
    network: &Network,
    material: &Material,
    picks: &[usize],
    device: &Device,
    rng: &mut StdRng,
) -> Tensor<2> {
    match material {
        Material::Stored(stores) => {
            let picks: Vec<(usize, usize)> = picks
                .iter()
                .map(|&slice| (rng.random_range(0..stores.len()), slice))
                .collect();
            let [stage2, stage3] = gather(stores, &picks, device);
            network
                .forward_from_stage3(stage2, stage3, &mut |_, _| {})
                .logits
        }
        Material::Pixels(slices) => {
            let seeded: Vec<(usize, u64)> =
                picks.iter().map(|&slice| (slice, rng.random())).collect();
            let inputs: Vec<Vec<u8>> = seeded
                .into_par_iter()
                .map(|(slice, seed)| {
                    augment(&slices[slice].pixels, &mut StdRng::seed_from_u64(seed))
                })
                .collect();
            let x = to_tensor(inputs.iter().map(Vec::as_slice), IMAGENET_GREY, device);
            network.forward(x).logits
        }
    }
}

/// Probabilities for every slice, unaugmented.
fn judge(
    network: &Network,
    material: &Material,
    rows: &[Row],
    batch: usize,
    device: &Device,
) -> Vec<Judged> {
    let order: Vec<usize> = (0..rows.len()).collect();
    let logits = order.chunks(batch).flat_map(|picks| {
        let logits = match material {
            Material::Stored(stores) => {
                let picks: Vec<(usize, usize)> = picks.iter().map(|&slice| (0, slice)).collect();
                let [stage2, stage3] = gather(stores, &picks, device);
                network
                    .forward_from_stage3(stage2, stage3, &mut |_, _| {})
                    .logits
            }
            Material::Pixels(slices) => {
                let inputs = picks.iter().map(|&slice| slices[slice].pixels.as_slice());
                network
                    .forward(to_tensor(inputs, IMAGENET_GREY, device))
                    .logits
            }
        };
        logits.into_data().iter::<f32>().collect::<Vec<f32>>()
    });
    let logits: Vec<f32> = logits.collect();
    rows.iter()
        .zip(logits.chunks_exact(3))
        .map(|(row, logits)| Judged {
            patient: row.patient.clone(),
            label: row.label,
            probabilities: Probabilities::from_logits([logits[0], logits[1], logits[2]]),
        })
        .collect()
}

/// Cross-entropy with label smoothing (Szegedy et al. 2016, arXiv 1512.00567), mean over the batch.
///
/// # Shapes
/// `[batch, classes]` → `[1]`
pub fn cross_entropy(logits: Tensor<2>, labels: &[Class], smoothing: f32) -> Tensor<1> {
    let [batch, classes] = logits.dims();
    let floor = smoothing / classes as f32;
    let mut targets = vec![floor; batch * classes];
    for (row, label) in labels.iter().enumerate() {
        targets[row * classes + label.index()] += 1.0 - smoothing;
    }
    let targets =
        Tensor::<2>::from_data(TensorData::new(targets, [batch, classes]), &logits.device());
    (log_softmax(logits, 1) * targets)
        .sum()
        .div_scalar(-(batch as f32))
}

/// Linear over the first epoch, then a cosine to 0. `at`: epochs gone, fractional.
fn learning_rate(settings: &Settings, at: f64) -> f64 {
    let (warm, all) = (1.0, settings.epochs as f64);
    if at < warm {
        return settings.learning_rate * (at + 0.02).min(1.0);
    }
    let share = ((at - warm) / (all - warm).max(1e-9)).min(1.0);
    settings.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * share).cos())
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

/// Weights and optimiser first, the state last: a state on disk always has its weights.
fn save(
    run: &RunFolder,
    network: &Network,
    optimiser: &ModuleOptimizer,
    state: &State,
) -> Result<(), String> {
    let weights = network
        .clone()
        .into_record()
        .into_bytes()
        .map_err(|e| e.to_string())?;
    let moments = optimiser.into_bytes().map_err(|e| e.to_string())?;
    for (path, bytes) in [(run.last(), weights), (run.optimiser(), moments)] {
        write_atomically(&path, &bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    write_json(&run.state(), state)
}
