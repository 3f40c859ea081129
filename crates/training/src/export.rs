//! A run's weights → a folder that the server loads: half precision, manifest, reference slices.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use lungsight_imaging::{
    Class, Finding, INPUT_SIDE, PhantomOptions, SegmentOptions, Slice, encode_png_grey,
    network_input, phantom, segment,
};
use lungsight_network::checkpoint::{Precision, from_bytes, sha256, to_bytes, write_atomically};
use lungsight_network::input::to_tensor;
use lungsight_network::manifest::{LEAST_SIDE, MANIFEST, Manifest, ReferenceSlice};
use lungsight_network::model::pyramid::LEVELS;
use lungsight_network::typicality::{Limits, Typical};
use lungsight_network::{Network, read_network};

use crate::augment::{Look, plain};
use crate::average::{mean, same_stage1};
use crate::best;
use crate::cues::CUES;
use crate::limits;
use crate::manifest::Row;
use crate::material::{Material, material};
use crate::metrics::{Judged, TEMPERATURES, fit_temperature, is_at_an_end};
use crate::prepare::{Prepared, progress};
use crate::recipe::{RECIPE, Recipe};
use crate::run::{Origin, RunFolder, State, read_json, write_json};
use crate::say::{say, warn};
use crate::settings::{Frozen, Settings};
use crate::split::Split;
use crate::statistics::by_training_slices;
use crate::targets::Teaching;

/// The findings that the reference slices show.
const REFERENCES: [(&str, Finding); 4] = [
    ("healthy", Finding::None),
    ("ground-glass", Finding::GroundGlass),
    ("pleural-consolidation", Finding::PleuralConsolidation),
    ("lobar-consolidation", Finding::LobarConsolidation),
];

/// Which weights of a run are exported.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub struct Choice {
    /// The averaged weights of the last epoch that is done, not those of the best one: what chooses the best asks for no disease by
    /// name with --balance-names, and may take the first of a run that goes on from other weights.
    #[arg(long)]
    pub last: bool,
    /// Weights folder of the same build, such as the one that the run started from: what is exported is the mean of both,
    /// its batch norms' statistics estimated anew by training slices.
    #[arg(long, value_name = "WEIGHTS")]
    pub mean_with: Option<PathBuf>,
}

/// A run's weights as they will be served: in half precision, on the CPU.
pub struct Exported {
    /// The run's settings.
    pub settings: Settings,
    /// The weights on disk.
    pub half: Vec<u8>,
    /// The weights at work.
    pub network: Network,
    /// Where they work.
    pub device: Device,
}

impl Exported {
    /// Of the run in this folder.
    ///
    /// # Errors
    /// When the run has no weights yet, or a file can't be read.
    pub fn of(run: &Path, choice: &Choice) -> Result<Self, String> {
        let run = RunFolder(run.to_owned());
        let settings: Settings = read_json(&run.settings())?;
        if !run.state().is_file() {
            return Err(format!(
                "{}: no epoch is done yet: go on training",
                run.0.display()
            ));
        }
        let state: State = read_json(&run.state())?;
        if state.best.is_none() {
            let side = settings.schedule.last_side();
            return Err(format!(
                "{}: no epoch has been judged at {side}² yet, the side that the run ends with ({} of {} epochs are done): \
                 go on training",
                run.0.display(),
                state.epochs_done,
                settings.schedule.epochs()
            ));
        }
        let device = lungsight_network::device::cpu().device;
        let config = settings.network_config();
        let (path, own) = if choice.last {
            let path = run.average(state.epochs_done);
            let own = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            (path, own)
        } else {
            best::read(&run, &state, settings.schedule.last_side())?
        };
        let load = |bytes: Vec<u8>| {
            let mut network = config.init(&device);
            from_bytes(&mut network, bytes, &path).map_err(|e| e.to_string())?;
            Ok::<Network, String>(network.valid())
        };
        let mut network = load(own)?;
        if let Some(other) = &choice.mean_with {
            let (manifest, other) = read_network(other, &device).map_err(|e| e.to_string())?;
            Split::of_weights(&settings.split, &manifest)?;
            if manifest.pyramid_width != settings.pyramid_width {
                return Err(format!(
                    "--mean-with: {} has another build than the run",
                    manifest.title()
                ));
            }
            let Material { training, .. } = material(&settings)?;
            // What was frozen in both is one network's still, and has its statistics.
            let frozen = match same_stage1(&network, &other)? {
                true => settings.frozen,
                false => Frozen::None,
            };
            let mean = mean(network, &other);
            network = by_training_slices(mean, &training, &settings, frozen, &device);
        }
        let half = to_bytes(&network, Precision::Half)?;
        Ok(Self {
            network: load(half.clone())?,
            settings,
            half,
            device,
        })
    }

    /// What the network gives for slices, as the run looked at them.
    ///
    /// # Errors
    /// When the device fails.
    pub fn see(&self, slices: &[&Prepared]) -> Result<Seen, String> {
        let pixels: Vec<&[u8]> = slices
            .iter()
            .map(|slice| plain(slice, self.settings.look))
            .collect();
        self.run(&pixels)
    }

    fn run(&self, inputs: &[&[u8]]) -> Result<Seen, String> {
        let bar = progress(inputs.len() as u64, "looking");
        let mut seen = Seen::default();
        for batch in inputs.chunks(BATCH) {
            let side = self.settings.schedule.last_side();
            let normalisation = self.settings.normalisation();
            let x = to_tensor(batch.iter().copied(), normalisation, side, &self.device);
            let features = self.network.forward(x);
            let values = |tensor: Tensor<2>| {
                let [_, columns] = tensor.dims();
                let data = tensor
                    .into_data()
                    .try_into_vec::<f32>()
                    .map_err(|e| format!("{e:?}"))?;
                Ok::<_, String>((data, columns))
            };
            let (logits, _) = values(features.logits)?;
            seen.logits
                .extend(logits.chunks_exact(3).map(|row| [row[0], row[1], row[2]]));
            let (pooled, columns) = values(features.pooled)?;
            seen.features
                .extend(pooled.chunks_exact(columns).map(<[f32]>::to_vec));
            bar.inc(batch.len() as u64);
        }
        bar.finish_and_clear();
        Ok(seen)
    }
}

/// Logits and pooled features, in the order of the slices.
#[derive(Debug, Default)]
pub struct Seen {
    /// Before the temperature.
    pub logits: Vec<[f32; 3]>,
    /// The head's input.
    pub features: Vec<Vec<f32>>,
}

/// Slices looked at at once.
const BATCH: usize = 8;

/// Where the typical features are, beside the manifest.
const TYPICAL: &str = "typical.safetensors";

/// Writes `network.safetensors`, `typical.safetensors`, `manifest.json`, `training.json` and `reference/*.png` into `out`.
///
/// Temperature, patient rule and limits are chosen on the validation part, in half precision, as it will be served; where no
/// name was ever taught, by whether what is diseased is found.
///
/// # Errors
/// When the run has no weights yet or is an experiment that the server can't serve, or a file can't be read or written; when
/// weights of another name are in `out` already and are not to be replaced.
pub fn export(
    run: &Path,
    choice: &Choice,
    out: &Path,
    name: &str,
    replace: bool,
) -> Result<Manifest, String> {
    if !replace {
        spare_others(out, name)?;
    }
    let exported = Exported::of(run, choice)?;
    let settings = &exported.settings;
    if settings.look != Look::Masked || usize::from(settings.levels) != LEVELS {
        return Err(format!(
            "{}: the server shows lungs alone to a pyramid of {LEVELS} levels; this run is an experiment",
            run.display()
        ));
    }
    let side = settings.schedule.last_side();
    if side < LEAST_SIDE {
        return Err(format!(
            "{}: the server shows {LEAST_SIDE}² pixels at least; this run ended at {side}²",
            run.display()
        ));
    }
    let run_folder = RunFolder(run.to_owned());
    let origin: Origin = read_json(&run_folder.origin())?;
    let state: State = read_json(&run_folder.state())?;
    origin
        .check(settings)
        .map_err(|reason| format!("{}: {reason}", run.display()))?;
    let material = material(settings)?;
    let Material {
        training,
        validation,
        patients,
    } = &material;
    let validation: Vec<&Prepared> = validation.iter().collect();
    let seen = exported.see(&validation)?;
    let rows: Vec<Row> = training.iter().map(|slice| slice.row.clone()).collect();
    // What was never taught is nothing to choose by.
    let teaching = Teaching::of(&rows, settings.hide_tied);
    let named = |slice: &Prepared| teaching.ever_names(&slice.row.source);
    let asked = seen.logits.iter().zip(&validation);
    let asked = asked.map(|(logits, slice)| (*logits, slice.row.label, named(slice)));
    let temperature = fit_temperature(&asked.collect::<Vec<_>>());
    if is_at_an_end(temperature) {
        let [least, most] = TEMPERATURES;
        warn(format_args!(
            "the temperature {temperature:.2} lies at the end of where it is looked for, {least} to {most}: on validation \
             slices these weights are far too sure or not sure enough; too few slices, or too short a run?"
        ));
    }
    let few = limits::typical_slices(training);
    let features = limits::labelled(exported.see(&few)?.features, &few);
    let typical = Typical::of(&features, limits::CLASSES).ok_or("a class without slices")?;
    let farthest = limits::farthest(&typical, &seen.features);
    // As the server does: slices unlike those in training have no say.
    let judged = |seen: &Seen, slices: &[&Prepared]| -> Vec<(Judged, bool)> {
        limits::judged(&seen.logits, slices, temperature)
            .into_iter()
            .zip(slices)
            .zip(&seen.features)
            .filter(|(_, features)| typical.distance(features) <= farthest)
            .map(|((item, slice), _)| (item, named(slice)))
            .collect()
    };
    let patients: Vec<&Prepared> = patients.iter().collect();
    let (items, names): (Vec<Judged>, Vec<bool>) = judged(&exported.see(&patients)?, &patients)
        .into_iter()
        .unzip();
    let of_patients = items.iter().map(|item| item.patient.as_str()).zip(names);
    let of_patients: BTreeMap<&str, bool> = of_patients.collect();
    let rules = limits::rate_rules(&items, |patient| of_patients.get(patient) != Some(&false));
    for rated in &rules {
        say(format_args!(
            "{}: balanced accuracy {:.3}, log loss {:.3} on validation patients, names asked for where they were taught",
            rated.rule, rated.balanced_accuracy, rated.log_loss
        ));
    }
    let asked: Vec<Judged> = judged(&seen, &validation)
        .into_iter()
        .map(|(item, named)| item.asked(named))
        .collect();
    let typical_bytes = typical.to_bytes();
    let reference = references()?;
    let pixels: Vec<&[u8]> = reference.iter().map(|(_, slice)| slice.pixels()).collect();
    let logits = exported.run(&pixels)?.logits;

    let manifest = Manifest {
        name: name.to_owned(),
        weights: "network.safetensors".into(),
        sha256: sha256(&exported.half),
        classes: Class::ALL.to_vec(),
        input_side: settings.schedule.last_side(),
        normalisation: settings.normalisation(),
        pyramid_width: settings.pyramid_width,
        temperature,
        patient_rule: rules[0].rule,
        limits: Some(Limits {
            typical: TYPICAL.into(),
            sha256: sha256(&typical_bytes),
            farthest,
            least_probability: limits::least_probability(&asked),
        }),
        commit: origin.commit.clone(),
        split_sha256: Some(origin.split.clone()),
        reference: reference
            .iter()
            .zip(logits)
            .map(|((picture, _), logits)| ReferenceSlice {
                picture: picture.clone(),
                logits,
            })
            .collect(),
    };
    let recipe = Recipe::of(settings, &origin, &state, &material, &manifest, choice)?;

    // Only now, when nothing but the disk can fail: the weights that were here stay whole.
    let pictures = out.join("reference");
    std::fs::create_dir_all(&pictures).map_err(|e| format!("{}: {e}", pictures.display()))?;
    let write = |name: &str, bytes: &[u8]| {
        write_atomically(&out.join(name), bytes).map_err(|e| format!("{name}: {e}"))
    };
    for (picture, slice) in &reference {
        write(picture, &encode_png_grey(slice))?;
    }
    write("network.safetensors", &exported.half)?;
    write(TYPICAL, &typical_bytes)?;
    write_json(&out.join(RECIPE), &recipe)?;
    write_json(&out.join(MANIFEST), &manifest)?;
    forget_figures(out)?;
    Ok(manifest)
}

/// Refuses a folder that holds weights of another name: figures and weights there would be lost.
fn spare_others(out: &Path, name: &str) -> Result<(), String> {
    let path = out.join(MANIFEST);
    if !path.is_file() {
        return Ok(());
    }
    let found = Manifest::read(&path).map_err(|e| e.to_string())?;
    if found.name == name {
        return Ok(());
    }
    Err(format!(
        "{} holds {}; export to another folder, or with --replace",
        out.display(),
        found.title()
    ))
}

/// Takes away what was written about the weights that were here. Until it is gone, it names them, and is shown by nobody as
/// these weights'.
fn forget_figures(out: &Path) -> Result<(), String> {
    for name in [
        "test.json",
        "external.json",
        "faithfulness.json",
        CUES,
        "dataset.json",
        "figures",
    ] {
        let path = out.join(name);
        let gone = if path.is_dir() {
            std::fs::remove_dir_all(&path)
        } else if path.is_file() {
            std::fs::remove_file(&path)
        } else {
            Ok(())
        };
        gone.map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

/// Synthetic slices, prepared: nothing real is shipped.
fn references() -> Result<Vec<(String, Slice)>, String> {
    REFERENCES
        .iter()
        .zip(1..)
        .map(|(&(name, finding), seed)| {
            let options = PhantomOptions {
                seed,
                finding,
                ..PhantomOptions::default()
            };
            let drawn = phantom(&options);
            let segmentation = segment(&drawn.slice, &SegmentOptions::default());
            let lungs = segmentation.lungs().map_err(|e| e.to_string())?;
            let input = network_input(&drawn.slice, lungs).map_err(|e| e.to_string())?;
            let side = INPUT_SIDE as u32;
            let slice = Slice::new(side, side, input.pixels).ok_or("input of another size")?;
            Ok((format!("reference/{name}.png"), slice))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_another_name_are_spared() {
        let folder = tempfile::tempdir().expect("temporary folder");
        spare_others(folder.path(), "mine").expect("an empty folder");
        let theirs = crate::teachers::tests::manifest(64, 1.0);
        write_json(&folder.path().join(MANIFEST), &theirs).expect("written");
        let reason = spare_others(folder.path(), "mine").expect_err("another's");
        assert!(
            reason.contains("random") && reason.contains("--replace"),
            "{reason}"
        );
        spare_others(folder.path(), "random").expect("the same name");
    }

    #[test]
    fn a_run_that_was_stopped_before_its_last_side_says_so() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let run = RunFolder(folder.path().to_owned());
        let settings = crate::train::tests::settings();
        write_json(&run.settings(), &settings).expect("written");
        let reason = Exported::of(folder.path(), &Choice::default())
            .err()
            .expect("no state");
        assert!(reason.contains("no epoch is done yet"), "{reason}");
        let state = State {
            epochs_done: 1,
            best: None,
            history: Vec::new(),
        };
        write_json(&run.state(), &state).expect("written");
        let reason = Exported::of(folder.path(), &Choice::default())
            .err()
            .expect("no weights");
        assert!(
            reason.contains("no epoch has been judged at 64²"),
            "{reason}"
        );
    }
}
