//! `lungsight diagnose`: classes, heatmaps and a report for files, without a server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use lungsight_app::analysis::{Grouping, Inconclusive, SliceResult};
use lungsight_imaging::{
    Class, Limits, NetworkInput, Probabilities, encode_png_mask, encode_png_rgb, encode_png_rgba,
};
use lungsight_network::Classification;

use super::{CommandError, files};
use crate::config::{NetworkConfig, QueueConfig};
use crate::engine::{self, Engine};
use crate::error::Error;
use crate::id;
use crate::inference::InferenceError;
use crate::prepare::{PreparedSlice, SliceFault, prepare};
use crate::record::{Links, Outcome, Record};
use crate::report::{CAUTION, report};

/// Classifies slices and explains the classes
#[derive(Args)]
pub(super) struct Diagnose {
    /// Slices: PNG, JPEG, BMP or TIFF
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print what the API answers, as JSON. The links are files: `slice` is the file given, `mask` and `heatmap` are those
    /// written by --heatmaps (empty without it), `layers` is empty
    #[arg(long)]
    json: bool,
    /// Write the Word report
    #[arg(long, value_name = "FILE.docx")]
    report: Option<PathBuf>,
    /// Write NAME.heatmap.png (a layer to be laid over the slice), NAME.overlay.png (the two together) and NAME.mask.png
    #[arg(long, value_name = "DIR")]
    heatmaps: Option<PathBuf>,
    /// Take all slices as one patient, and say what the patient has
    #[arg(long)]
    patient: bool,
    #[command(flatten)]
    network: NetworkConfig,
}

impl Diagnose {
    /// Whether all files were read.
    pub(super) fn run(&self) -> Result<bool, CommandError> {
        let engine = engine::load(&self.network.weights, self.network.device)?;
        let names = match self.heatmaps {
            Some(_) => files::output_names(&self.files),
            None => vec![String::new(); self.files.len()],
        };
        let outcomes = self.classify(engine.as_ref());
        let all_read = outcomes.iter().all(|outcome| outcome.result.is_ok());
        for (path, outcome) in self.files.iter().zip(&outcomes) {
            if let Err(fault) = &outcome.result {
                eprintln!("{}: {fault}", path.display());
            }
        }
        let grouping = if self.patient {
            Grouping::Patient
        } else {
            Grouping::Slices
        };
        let links = |number: usize| self.links(&self.files[number], &names[number]);
        match Record::assemble(id::random(), &engine.info(), grouping, outcomes, links) {
            Ok(record) => self.write(&record, &names)?,
            Err(error) => self.nothing_read(&error),
        }
        Ok(all_read)
    }

    fn classify(&self, engine: &dyn Engine) -> Vec<Outcome> {
        let limits = Limits::default();
        let prepared: Vec<Result<Arc<PreparedSlice>, SliceFault>> = self
            .files
            .iter()
            .map(|path| {
                let bytes = files::read(path, limits.max_bytes)?;
                prepare(&bytes, None, &limits).map(Arc::new)
            })
            .collect();
        let inputs: Vec<NetworkInput> = prepared
            .iter()
            .flatten()
            .map(|slice| slice.input.as_ref().clone())
            .collect();
        let mut classes = inputs
            .chunks(QueueConfig::default().batch_slices)
            .flat_map(|batch| run(engine, batch));
        let outcomes = prepared.into_iter().enumerate().map(|(number, prepared)| {
            let result = prepared.and_then(|slice| {
                let class = classes.next().unwrap_or(Err(InferenceError::Failed));
                Ok((slice, class.map_err(SliceFault::Inference)?))
            });
            Outcome {
                name: files::shown(&self.files[number], number + 1),
                result,
            }
        });
        outcomes.collect()
    }

    fn links(&self, path: &Path, name: &str) -> Links {
        let written = |kind: &str| {
            let folder = self.heatmaps.as_ref();
            folder.map_or_else(String::new, |folder| {
                folder
                    .join(format!("{name}.{kind}.png"))
                    .display()
                    .to_string()
            })
        };
        Links {
            slice: path.display().to_string(),
            mask: written("mask"),
            heatmap: written("heatmap"),
            region: String::new(),
            layers: String::new(),
        }
    }

    fn write(&self, record: &Record, names: &[String]) -> Result<(), CommandError> {
        if let Some(folder) = &self.heatmaps {
            write_pictures(record, names, folder)?;
        }
        if let Some(path) = &self.report {
            let docx = report(record)?;
            std::fs::write(path, docx)
                .map_err(CommandError::io(format!("writing {}", path.display())))?;
        }
        if self.json {
            println!(
                "{}",
                serde_json::to_string(&record.analysis).expect("an analysis has a JSON form")
            );
        } else {
            print_table(record);
        }
        Ok(())
    }

    fn nothing_read(&self, error: &Error) {
        if self.json {
            println!(
                "{}",
                serde_json::to_string(&error.body()).expect("an error has a JSON form")
            );
        }
    }
}

/// One result per input; a batch that fails is tried again slice by slice.
fn run(engine: &dyn Engine, batch: &[NetworkInput]) -> Vec<Result<Classification, InferenceError>> {
    match engine.classify(batch) {
        Ok(results) => results.into_iter().map(Ok).collect(),
        Err(error) if batch.len() == 1 => {
            tracing::error!(%error, "the network failed on a slice");
            vec![Err(InferenceError::Failed)]
        }
        Err(_) => batch
            .iter()
            .flat_map(|input| run(engine, std::slice::from_ref(input)))
            .collect(),
    }
}

fn write_pictures(record: &Record, names: &[String], folder: &Path) -> Result<(), CommandError> {
    files::make_folder(folder)?;
    for (slice, name) in record.slices.iter().zip(names) {
        if let Some(slice) = slice {
            let (width, height) = (slice.prepared.slice.width(), slice.prepared.slice.height());
            let heatmap = encode_png_rgba(width, height, &slice.heat_layer(slice.predicted));
            files::write(folder, &format!("{name}.heatmap.png"), &heatmap)?;
            files::write(
                folder,
                &format!("{name}.overlay.png"),
                &encode_png_rgb(width, height, &slice.overlay()),
            )?;
            files::write(
                folder,
                &format!("{name}.mask.png"),
                &encode_png_mask(&slice.prepared.lungs),
            )?;
        }
    }
    Ok(())
}

/// The class, unless the result is inconclusive.
fn name_of(class: Class, inconclusive: Option<Inconclusive>) -> &'static str {
    inconclusive.map_or(class.name(), |_| "inconclusive")
}

fn print_table(record: &Record) {
    let analysis = &record.analysis;
    eprintln!("{} on {}", analysis.model, analysis.device);
    println!(
        "{:<13}{}  image",
        "class",
        Class::ALL
            .map(|class| format!("{:>11}", class.name()))
            .concat()
    );
    let row = |class: &str, probabilities: &Probabilities, name: &str| {
        let each = Class::ALL
            .map(|class| format!("{:>10.1}%", probabilities.of(class) * 100.0))
            .concat();
        println!("{class:<13}{each}  {name}");
    };
    for result in &analysis.slices {
        if let SliceResult::Read(slice) = result {
            let class = name_of(slice.predicted, slice.inconclusive);
            row(class, &slice.probabilities, &slice.name);
        }
    }
    if let Some(patient) = &analysis.patient {
        let class = name_of(patient.predicted, patient.inconclusive);
        row(class, &patient.probabilities, "(the patient)");
    }
    eprintln!("{CAUTION}");
}
