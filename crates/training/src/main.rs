//! `lungsight-train`: split, train, export, evaluate.

mod arguments;

use std::path::Path;
use std::process::ExitCode;

use arguments::{Arguments, Command, Lists};
use clap::Parser;
use lungsight_network::{Classifier, DeviceChoice, device};
use lungsight_training::counts::Counts;
use lungsight_training::run::{read_json, write_json};
use lungsight_training::split::{Part, Split};
use lungsight_training::{
    archive, dataset, evaluate, export, faithfulness, figures, masks, screen, series, sights,
    table, train,
};

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
        Command::Split { lists, out, seed } => {
            let rows = masks::with_manifest(&lists.manifest, lists.annotated.as_deref())?;
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
            lists,
            out,
            archives,
        } => {
            let Lists {
                manifest,
                annotated,
            } = lists;
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
            let split = Split::of_weights(&split, classifier.manifest())?;
            let screened = screen::screen(&classifier, &dataset, &split, &note)?;
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
            let split = Split::of_weights(&split, classifier.manifest())?;
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
                let parts = Split::of_weights(&split, classifier.manifest())?;
                rows = parts.part(&rows, part)?;
                let split = split.file_name().unwrap_or(split.as_os_str());
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
    let mut again = std::process::Command::new(program);
    again
        .args(std::env::args_os().skip(1))
        .env(VARIABLE, device::CPU_ENGINE);
    // In this process's place where that can be had: whoever stops the trainer stops what trains.
    #[cfg(unix)]
    return Err(std::os::unix::process::CommandExt::exec(&mut again).to_string());
    #[cfg(not(unix))]
    {
        let status = again.status().map_err(|e| e.to_string())?;
        let code = status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(1);
        Ok(Some(ExitCode::from(code)))
    }
}
