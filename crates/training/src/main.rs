//! `lungsight-train`: split, train, export, evaluate.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lungsight_network::{Classifier, DeviceChoice, device};
use lungsight_training::counts::Counts;
use lungsight_training::evaluate::Notes;
use lungsight_training::run::{Settings, checksum, read_json, write_json};
use lungsight_training::split::{Part, Split};
use lungsight_training::{
    archive, dataset, evaluate, export, faithfulness, figures, masks, screen, series, sights,
    table, train,
};

/// Trains and evaluates Lungsight's network on your own slices.
///
/// In this order: `split` and `preprocess` once, `train` (stop and start it as you like), `export`, `evaluate`.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Split a manifest's patients into train, validation and test, 8:1:1 within each label and source.
    Split {
        /// CSV with path, label (healthy, pneumonia, covid), patient, source, masked, note.
        #[arg(long)]
        manifest: PathBuf,
        /// `masks.csv` of annotated series, beside the manifest.
        #[arg(long)]
        annotated: Option<PathBuf>,
        /// The split to write, JSON.
        #[arg(long)]
        out: PathBuf,
        /// Of the shuffle.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Mask every slice once, as the server does, into a folder that `train` reads.
    Preprocess {
        /// CSV with path, label, patient, source, masked, note.
        #[arg(long)]
        manifest: PathBuf,
        /// `masks.csv` of annotated series, beside the manifest.
        #[arg(long)]
        annotated: Option<PathBuf>,
        /// The folder to write.
        #[arg(long)]
        out: PathBuf,
        /// Also write the archives of original and masked slices that the site offers for download, into this folder.
        #[arg(long)]
        archives: Option<PathBuf>,
    },
    /// Train in a folder; the same command again goes on after the last whole epoch.
    Train {
        /// Stop after this many epochs, to go on another time.
        #[arg(long)]
        stop_after: Option<usize>,
        /// The run's folder.
        #[arg(long)]
        out: PathBuf,
        /// `cpu`, `gpu` or `auto`.
        #[arg(long, default_value = "auto")]
        device: DeviceChoice,
        #[command(flatten)]
        settings: Settings,
    },
    /// Draw what the network is shown in training: the first sights of a run with these settings, in one picture.
    Sights {
        /// How many.
        #[arg(long, default_value_t = 48)]
        count: usize,
        /// The PNG to write.
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        settings: Settings,
    },
    /// List the training slices with a note that weights, which did not learn from them, find something on.
    Screen {
        /// The weights folder.
        #[arg(long, default_value = "weights")]
        weights: PathBuf,
        /// Pre-processed dataset.
        #[arg(long)]
        dataset: PathBuf,
        /// Split by patient.
        #[arg(long)]
        split: PathBuf,
        /// Such as `severity CT-1`.
        #[arg(long)]
        note: String,
        /// The list to write, JSON, for `train --screened`.
        #[arg(long)]
        out: PathBuf,
        /// `cpu`, `gpu` or `auto`.
        #[arg(long, default_value = "auto")]
        device: DeviceChoice,
    },
    /// Turn a run's best epoch into a weights folder for the server.
    Export {
        /// The run's folder.
        #[arg(long)]
        run: PathBuf,
        /// The weights folder.
        #[arg(long, default_value = "weights")]
        out: PathBuf,
        /// The model's name.
        #[arg(long)]
        name: String,
    },
    /// Measure whether heatmaps show what decides: deletion, insertion, and heat within lesions drawn by radiologists.
    Faithfulness {
        /// The weights folder.
        #[arg(long, default_value = "weights")]
        weights: PathBuf,
        /// Pre-processed dataset.
        #[arg(long)]
        dataset: PathBuf,
        /// Split by patient; slices of its validation part are changed, one of a patient.
        #[arg(long)]
        split: PathBuf,
        /// At most so many of them.
        #[arg(long, default_value_t = 60)]
        most: usize,
        /// CSV with slice, lung, lesion, volume, lesion_px; slices of patients in the training part are not used.
        #[arg(long)]
        masks: Option<PathBuf>,
        /// Figures to write, JSON.
        #[arg(long)]
        out: PathBuf,
        /// `cpu`, `gpu` or `auto`.
        #[arg(long, default_value = "auto")]
        device: DeviceChoice,
    },
    /// Count a dataset's patients and slices by part, class and source, as `evaluate` counts them.
    Count {
        /// Pre-processed dataset.
        #[arg(long)]
        dataset: PathBuf,
        /// Split by patient.
        #[arg(long)]
        split: PathBuf,
        #[command(flatten)]
        notes: Notes,
        /// Numbers to write, JSON.
        #[arg(long, default_value = "weights/dataset.json")]
        out: PathBuf,
    },
    /// Draw the figures of an evaluation as SVG.
    Figures {
        /// JSON of `evaluate`.
        #[arg(long, default_value = "weights/test.json")]
        evaluation: PathBuf,
        /// JSON of `faithfulness`.
        #[arg(long)]
        faithfulness: Option<PathBuf>,
        /// The folder to write.
        #[arg(long, default_value = "weights/figures")]
        out: PathBuf,
    },
    /// Judge slices with a weights folder, as the server would.
    Evaluate {
        /// The weights folder.
        #[arg(long, default_value = "weights")]
        weights: PathBuf,
        /// CSV with path, label, patient, source, masked, note.
        #[arg(long, required_unless_present = "series")]
        manifest: Option<PathBuf>,
        /// `masks.csv` of annotated series, beside the manifest.
        #[arg(long, requires = "manifest")]
        annotated: Option<PathBuf>,
        /// Instead: CSV with path, label, infected, of one whole series per label.
        #[arg(long, conflicts_with = "manifest")]
        series: Option<PathBuf>,
        /// With --part: the split.
        #[arg(long, requires = "part")]
        split: Option<PathBuf>,
        /// With --split: which part of it.
        #[arg(long, requires = "split")]
        part: Option<Part>,
        #[command(flatten)]
        notes: Notes,
        /// Figures to write, JSON.
        #[arg(long)]
        out: Option<PathBuf>,
        /// `cpu`, `gpu` or `auto`.
        #[arg(long, default_value = "auto")]
        device: DeviceChoice,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode, String> {
    match command {
        Command::Split {
            manifest,
            annotated,
            out,
            seed,
        } => {
            let rows = masks::with_manifest(&manifest, annotated.as_deref())?;
            let split = Split::draw(&rows, seed, [8, 1, 1]);
            for part in [Part::Train, Part::Validation, Part::Test] {
                let patients = split.patients.values().filter(|p| **p == part).count();
                println!(
                    "{part:?}: {patients} patients, {} slices",
                    split.part(&rows, part)?.len()
                );
            }
            write_json(&out, &split)?;
        }
        Command::Preprocess {
            manifest,
            annotated,
            out,
            archives,
        } => {
            let index = dataset::preprocess(&manifest, annotated.as_deref(), &out)?;
            if let Some(archives) = archives {
                let (_, slices) = dataset::read(&out)?;
                let pictures = manifest.parent().unwrap_or(Path::new(""));
                archive::write(pictures, &slices, &archives)?;
            }
            for slice in &index.left_out {
                println!("left out: {}: {}", slice.row.path.display(), slice.reason);
            }
            println!("{} slices in {}", index.rows.len(), out.display());
        }
        Command::Screen {
            weights,
            dataset,
            split,
            note,
            out,
            device,
        } => {
            let classifier = Classifier::load(&weights, device).map_err(|e| e.to_string())?;
            let screened = screen::screen(&classifier, &dataset, &read_json(&split)?, &note)?;
            println!(
                "{} of {} slices show something (threshold {:.2})",
                screened.shown.len(),
                screened.looked_at,
                screened.threshold
            );
            write_json(&out, &screened)?;
        }
        Command::Train {
            stop_after,
            out,
            device,
            settings,
        } => {
            let chosen = choose(device)?;
            if let Some(code) = restart_for_cpu(&chosen)? {
                return Ok(code);
            }
            println!("training on {}", chosen.name);
            train::train(&out, &settings, stop_after, &chosen)?;
        }
        Command::Sights {
            count,
            out,
            settings,
        } => {
            for sight in sights::picture(&settings, count, &out)? {
                println!("{sight}");
            }
        }
        Command::Export { run, out, name } => {
            let manifest = export::export(&run, &out, &name)?;
            println!(
                "{} in {}, temperature {:.2}",
                manifest.title(),
                out.display(),
                manifest.temperature
            );
        }
        Command::Faithfulness {
            weights,
            dataset,
            split,
            most,
            masks,
            out,
            device,
        } => {
            let classifier = Classifier::load(&weights, device).map_err(|e| e.to_string())?;
            let split: Split = read_json(&split)?;
            let found =
                faithfulness::measure(&classifier, &dataset, &split, most, masks.as_deref())?;
            print!("{}", faithfulness::table(&found));
            write_json(&out, &found)?;
        }
        Command::Count {
            dataset,
            split,
            notes,
            out,
        } => {
            let counts = Counts::of(&dataset, &split, &notes)?;
            for (name, part) in [
                ("train", &counts.train),
                ("validation", &counts.validation),
                ("test", &counts.test),
            ] {
                let [patients, slices] = [
                    part.classes.map(|count| count.patients),
                    part.classes.map(|count| count.slices),
                ]
                .map(|of_class| of_class.iter().sum::<usize>());
                println!("{name}: {patients} patients, {slices} slices counted");
            }
            write_json(&out, &counts)?;
        }
        Command::Figures {
            evaluation,
            faithfulness,
            out,
        } => {
            let faithfulness = faithfulness.map(|path| read_json(&path)).transpose()?;
            let drawn = figures::draw(&read_json(&evaluation)?, faithfulness.as_ref(), &out)?;
            println!("{} figures in {}", drawn.len(), out.display());
        }
        Command::Evaluate {
            weights,
            manifest,
            annotated,
            series,
            split,
            part,
            notes,
            out,
            device,
        } => {
            let classifier = Classifier::load(&weights, device).map_err(|e| e.to_string())?;
            let list = series.as_ref().or(manifest.as_ref()).ok_or("no slices")?;
            let mut rows = if series.is_some() {
                series::read(list)?
            } else {
                masks::with_manifest(list, annotated.as_deref())?
            };
            let mut slices_of = list.display().to_string();
            if let (Some(split), Some(part)) = (split, part) {
                let expected = classifier.manifest().split_sha256.as_ref();
                if expected.is_some_and(|expected| checksum(&split).as_ref() != Ok(expected)) {
                    return Err(format!(
                        "{}: these weights were trained with another split; its parts would mix with theirs",
                        split.display()
                    ));
                }
                rows = read_json::<Split>(&split)?.part(&rows, part)?;
                slices_of = format!("{part:?} part of {}", split.display());
            }
            let folder = list.parent().unwrap_or(Path::new(""));
            let evaluation = evaluate::evaluate(&classifier, folder, rows, &slices_of, &notes)?;
            print!("{}", table::table(&evaluation));
            if let Some(out) = out {
                write_json(&out, &evaluation)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn choose(choice: DeviceChoice) -> Result<device::NamedDevice, String> {
    match choice {
        DeviceChoice::Cpu => Ok(device::cpu()),
        DeviceChoice::Gpu => device::gpu(),
        DeviceChoice::Auto => Ok(device::gpu().unwrap_or_else(|_| device::cpu())),
    }
}

/// Burn puts a resumed optimiser's state on its default device first, which may be wgpu, and a panic where there is no
/// GPU. Only the environment changes that default, and only before the program starts: so it is started once more.
fn restart_for_cpu(chosen: &device::NamedDevice) -> Result<Option<ExitCode>, String> {
    const VARIABLE: &str = "BURN_DEVICE";
    if chosen.device != device::cpu().device || std::env::var_os(VARIABLE).is_some() {
        return Ok(None);
    }
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let status = std::process::Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(VARIABLE, device::CPU_ENGINE)
        .status()
        .map_err(|e| e.to_string())?;
    let code = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1);
    Ok(Some(ExitCode::from(code)))
}
