//! What `lungsight-train` is told on its command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use lungsight_network::DeviceChoice;
use lungsight_training::evaluate::Notes;
use lungsight_training::run::Settings;
use lungsight_training::split::Part;

/// Trains and evaluates Lungsight's network on your own slices.
///
/// In this order: `split` and `preprocess` once, `train` (stop and start it as you like), `export`, `evaluate`.
#[derive(Parser)]
#[command(version)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The slices of a dataset.
#[derive(Args)]
pub struct Lists {
    /// CSV with path, label (healthy, pneumonia, covid), patient, source, masked, note.
    #[arg(long)]
    pub manifest: PathBuf,
    /// `masks.csv` of annotated series, beside the manifest.
    #[arg(long)]
    pub annotated: Option<PathBuf>,
}

/// What to do, with what.
#[derive(Subcommand)]
pub enum Command {
    /// Split a manifest's patients into train, validation and test, 8:1:1 within each label and source.
    Split {
        #[command(flatten)]
        lists: Lists,
        /// The split to write, JSON.
        #[arg(long)]
        out: PathBuf,
        /// Of the shuffle.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Mask every slice once, as the server does, into a folder that `train` reads.
    Preprocess {
        #[command(flatten)]
        lists: Lists,
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
    /// Draw what the network is shown in training: sights such as a run with these settings draws, in one picture.
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
