//! `lungsight-train`: split, train, export, evaluate.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lungsight_network::{Classifier, DeviceChoice, device};
use lungsight_training::run::{Settings, read_json, write_json};
use lungsight_training::split::{Part, Split};
use lungsight_training::{evaluate, export, manifest, train};

/// Trains and evaluates Lungsight's network on your own slices.
///
/// In this order: `split` once, `train` (stop and start it as you like), `export`, `evaluate`.
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
        /// The split to write, JSON.
        #[arg(long)]
        out: PathBuf,
        /// Of the shuffle.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Train in a folder; the same command again goes on after the last whole epoch.
    Train {
        /// The run's folder.
        #[arg(long)]
        out: PathBuf,
        /// `cpu`, `gpu` or `auto`.
        #[arg(long, default_value = "auto")]
        device: DeviceChoice,
        #[command(flatten)]
        settings: Settings,
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
    /// Judge slices with a weights folder, as the server would.
    Evaluate {
        /// The weights folder.
        #[arg(long, default_value = "weights")]
        weights: PathBuf,
        /// CSV with path, label, patient, source, masked, note.
        #[arg(long)]
        manifest: PathBuf,
        /// With --part: the split.
        #[arg(long, requires = "part")]
        split: Option<PathBuf>,
        /// With --split: which part of it.
        #[arg(long, requires = "split")]
        part: Option<Part>,
        /// Slices with this note are reported in their group and counted nowhere else.
        #[arg(long = "apart-note")]
        apart: Vec<String>,
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
            out,
            seed,
        } => {
            let rows = manifest::read(&manifest).map_err(|e| e.to_string())?;
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
        Command::Train {
            out,
            device,
            settings,
        } => {
            let chosen = choose(device)?;
            if let Some(code) = restart_for_cpu(&chosen)? {
                return Ok(code);
            }
            println!("training on {}", chosen.name);
            train::train(&out, &settings, &chosen.device)?;
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
        Command::Evaluate {
            weights,
            manifest,
            split,
            part,
            apart,
            out,
            device,
        } => {
            let classifier = Classifier::load(&weights, device).map_err(|e| e.to_string())?;
            let mut rows = manifest::read(&manifest).map_err(|e| e.to_string())?;
            let mut slices_of = manifest.display().to_string();
            if let (Some(split), Some(part)) = (split, part) {
                rows = read_json::<Split>(&split)?.part(&rows, part)?;
                slices_of = format!("{part:?} part of {}", split.display());
            }
            let folder = manifest.parent().unwrap_or(Path::new(""));
            let evaluation = evaluate::evaluate(&classifier, folder, rows, &slices_of, &apart)?;
            print!("{}", evaluate::table(&evaluation));
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

/// Burn puts a resumed optimiser's state on its default device first, which is wgpu in this build and a panic where there
/// is no GPU. Only the environment changes that default, and only before the program starts: so it is started once more.
fn restart_for_cpu(chosen: &device::NamedDevice) -> Result<Option<ExitCode>, String> {
    const VARIABLE: &str = "BURN_DEVICE";
    if chosen.device != device::cpu().device || std::env::var_os(VARIABLE).is_some() {
        return Ok(None);
    }
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let status = std::process::Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(VARIABLE, "flex")
        .status()
        .map_err(|e| e.to_string())?;
    let code = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1);
    Ok(Some(ExitCode::from(code)))
}
