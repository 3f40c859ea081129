//! `lungsight diagnose`: classes, heatmaps and a report for files, without a server.

mod classify;
mod dicom;
mod gather;
mod patient;
mod patients;
mod pictures;
mod table;

use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use lungsight_app::analysis::{Grouping, LeftOut, Remarks};

pub use patients::TableError;

use super::CommandError;
use crate::config::NetworkConfig;
use crate::engine;
use crate::error::Error;
use crate::evaluation;
use crate::id;
use crate::record::Record;
use crate::report::report;
use classify::{Classified, classify};
use gather::{Gathered, Item, gather};
use patient::Chosen;

/// Classifies slices and series, and explains the classes
#[derive(Args)]
pub(super) struct Diagnose {
    /// Slices (PNG, JPEG, BMP or TIFF), DICOM files, NIfTI volumes, zips of them, folders of all these. Slices of series are
    /// looked at in the lung window; those without lungs are left out
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print what the API answers, as JSON. The links are files: `slice` is the picture given, or written by --heatmaps, which
    /// writes `mask` and `heatmap` too (empty without it); `layers` is empty
    #[arg(long)]
    json: bool,
    /// Write the Word report
    #[arg(long, value_name = "FILE.docx")]
    report: Option<PathBuf>,
    /// Write NAME.heatmap.png (a layer to be laid over the slice), NAME.overlay.png (the two together) and NAME.mask.png; of
    /// series NAME.slice.png too
    #[arg(long, value_name = "DIR")]
    heatmaps: Option<PathBuf>,
    /// Take all slices as one patient, and say what the patient has. Of several series the one with the most slices is taken
    #[arg(long)]
    patient: bool,
    /// With --patient: the series to take, as counted in the message about those that were not
    #[arg(long, value_name = "NUMBER", requires = "patient")]
    series: Option<usize>,
    /// With --patient: write the result as DICOM files, a Secondary Capture of every overlay and a Structured Report. They hold
    /// fresh identifiers and nothing of the patient
    #[arg(long, value_name = "DIR", requires = "patient")]
    dicom: Option<PathBuf>,
    /// With --dicom: put the files into the study of the series and refer to its images, by their UIDs
    #[arg(long, requires = "dicom")]
    refer: bool,
    /// Take every folder, zip and volume in the folders given as a patient of its own and write a row for each into this table.
    /// Patients who have a result there are passed over, so that a run that was stopped goes on
    #[arg(long, value_name = "TABLE.csv", conflicts_with_all = ["json", "report", "heatmaps", "patient", "dicom"])]
    patients: Option<PathBuf>,
    #[command(flatten)]
    network: NetworkConfig,
}

impl Diagnose {
    /// Whether all files were read.
    pub(super) fn run(&self) -> Result<bool, CommandError> {
        let engine = engine::load(&self.network.weights, self.network.device)?;
        if let Some(table) = &self.patients {
            return patients::run(engine.as_ref(), &self.files, table);
        }
        let gathered = gather(&self.files);
        for (file, reason) in &gathered.refused {
            eprintln!("{file}: {reason}");
        }
        let Chosen { items, notes } = self.choose(&gathered)?;
        let bar = progress(items.len(), "slices");
        let classified = classify(engine.as_ref(), &items, &bar);
        bar.finish_and_clear();
        let Classified {
            items,
            outcomes,
            left_out,
        } = classified;
        if outcomes.is_empty() && left_out > 0 {
            self.nothing_read(&Error::NoLungs(left_out));
            return Ok(false);
        }
        let all_read = gathered.refused.is_empty() && outcomes.iter().all(|one| one.result.is_ok());
        for (item, outcome) in items.iter().zip(&outcomes) {
            if let Err(fault) = &outcome.result {
                eprintln!("{}: {fault}", item.label());
            }
        }
        let grouping = if self.patient {
            Grouping::Patient
        } else {
            Grouping::Slices
        };
        let links = |number: usize| pictures::links(items[number], self.heatmaps.as_deref());
        let left_out = LeftOut {
            no_lungs: left_out,
            ..LeftOut::default()
        };
        let remarks = Remarks { left_out, notes };
        let info = engine.info();
        match Record::assemble(id::random(), &info, grouping, remarks, outcomes, links) {
            Ok(record) => self.write(&record, &items)?,
            Err(error) => {
                self.nothing_read(&error);
                return Ok(false);
            }
        }
        Ok(all_read)
    }

    fn choose(&self, gathered: &Gathered) -> Result<Chosen, CommandError> {
        let mut tell = |line: String| eprintln!("{line}");
        if self.patient {
            return patient::choose(gathered, self.series, &mut tell)
                .map_err(|error| CommandError::Arguments(error.to_string()));
        }
        let of_series = (1..).zip(&gathered.series);
        for note in of_series.flat_map(|(number, series)| {
            let notes = series.notes().iter();
            notes.map(move |note| format!("series {number}: {note}"))
        }) {
            tell(note);
        }
        for note in &gathered.notes {
            tell(note.to_string());
        }
        let notes = match &gathered.series[..] {
            [only] if gathered.pictures.is_empty() => only.notes().to_vec(),
            // Each series has its own, which a result of them all cannot tell.
            _ => gathered.notes.clone(),
        };
        Ok(Chosen {
            items: Item::all(&gathered.pictures, &gathered.series),
            notes,
        })
    }

    fn write(&self, record: &Record, items: &[&Item]) -> Result<(), CommandError> {
        if let Some(folder) = &self.heatmaps {
            pictures::write(record, items, folder)?;
        }
        if let Some(folder) = &self.dicom {
            dicom::write(record, items, self.refer, folder)?;
        }
        if let Some(path) = &self.report {
            let known = evaluation::read(&self.network.weights);
            let docx = report(record, known.as_ref())?;
            std::fs::write(path, docx)
                .map_err(CommandError::io(format!("writing {}", path.display())))?;
        }
        if self.json {
            println!(
                "{}",
                serde_json::to_string(&record.analysis).expect("an analysis has a JSON form")
            );
        } else {
            table::print(record);
        }
        Ok(())
    }

    fn nothing_read(&self, error: &Error) {
        if self.json {
            println!(
                "{}",
                serde_json::to_string(&error.body()).expect("an error has a JSON form")
            );
        } else {
            eprintln!("{error}");
        }
    }
}

/// How far the work is, with the time left; drawn on a terminal only.
fn progress(count: usize, of_what: &'static str) -> ProgressBar {
    let template = format!("{{bar:30}} {{pos}} of {{len}} {of_what}, {{eta}} left  {{msg}}");
    let style = ProgressStyle::with_template(&template).expect("the template is in order");
    ProgressBar::new(count as u64).with_style(style)
}
