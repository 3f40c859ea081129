//! What `lungsight-train` is told on its command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use lungsight_network::DeviceChoice;
use lungsight_training::export::Choice;
use lungsight_training::notes::Notes;
use lungsight_training::settings::Settings;
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

/// What to do, with what.
#[derive(Subcommand)]
pub enum Command {
    /// Split a manifest's patients into train, validation and test, 8:1:1 within each label and source.
    Split(SplitOptions),
    /// Mask every slice once, as the server does, into a folder that `train` reads.
    Preprocess(PreprocessOptions),
    /// Train in a folder; the same command again goes on after the last whole epoch.
    Train(TrainOptions),
    /// Draw what the network is shown in training: sights such as a run with these settings draws, in one picture.
    Sights(SightsOptions),
    /// List the training slices with a note that weights, which did not learn from them, find something on.
    Screen(ScreenOptions),
    /// Turn a run's best epoch into a weights folder for the server.
    Export(ExportOptions),
    /// Measure whether heatmaps show what decides: deletion, insertion, and heat within lesions drawn by radiologists.
    Faithfulness(FaithfulnessOptions),
    /// Measure what sways the name of a disease though it is none: grain, and chest wall along the lungs' edge.
    Cues(CuesOptions),
    /// Count a dataset's patients and slices by part, class and source, as `evaluate` counts them.
    Count(CountOptions),
    /// Draw the figures of an evaluation as SVG.
    Figures(FiguresOptions),
    /// Judge slices with a weights folder, as the server would.
    Evaluate(EvaluateOptions),
}

/// The slices of a dataset.
#[derive(Args)]
pub struct Lists {
    /// CSV with the columns path, label (healthy, pneumonia, covid), patient, source, and if need be note; paths are relative
    /// to its folder. Other columns, such as masked, are for people: the trainer does not read them.
    #[arg(long)]
    pub manifest: PathBuf,
    /// CSV of series annotated by radiologists, one line a slice: slice, lung (mask of the lungs, lesions included), lesion
    /// (mask), volume, lesion_px (pixels of the lesions at 512²: 0 gives the slice the note `no lesion`, less than 200
    /// `hardly a lesion`). Optional columns: patient (else the volume), label (else covid), lesions_turned (yes where lesions
    /// are stored a quarter turn clockwise of the slice, else no).
    #[arg(long)]
    pub annotated: Option<PathBuf>,
}

/// Of `split`.
#[derive(Args)]
pub struct SplitOptions {
    #[command(flatten)]
    pub lists: Lists,
    /// The split to write, JSON.
    #[arg(long)]
    pub out: PathBuf,
    /// Of the shuffle.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Of `preprocess`.
#[derive(Args)]
pub struct PreprocessOptions {
    #[command(flatten)]
    pub lists: Lists,
    /// The folder to write.
    #[arg(long)]
    pub out: PathBuf,
    /// Also write the archives of original and masked slices that the site offers for download, into this folder. Everybody
    /// can have what is in them: pictures as they are, with whatever these hold beside pixels and whatever is written into
    /// them; of DICOM files the slice alone, as PNG in the lung window; label, source and note. Patients and files are
    /// numbered, not named.
    #[arg(long)]
    pub archives: Option<PathBuf>,
}

/// Of `train`.
#[derive(Args)]
pub struct TrainOptions {
    /// Stop after this many further epochs, to go on another time.
    #[arg(long, value_parser = at_least_one)]
    pub stop_after: Option<usize>,
    /// The run's folder.
    #[arg(long)]
    pub out: PathBuf,
    /// `cpu`, `gpu` or `auto`.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    #[command(flatten)]
    pub settings: Settings,
}

/// Of `sights`.
#[derive(Args)]
pub struct SightsOptions {
    /// How many; no more than there are slices to learn from.
    #[arg(long, default_value_t = 48, value_parser = at_least_one)]
    pub count: usize,
    /// The PNG to write.
    #[arg(long)]
    pub out: PathBuf,
    #[command(flatten)]
    pub settings: Settings,
}

/// Of `screen`.
#[derive(Args)]
pub struct ScreenOptions {
    /// The weights folder.
    #[arg(long, default_value = "weights")]
    pub weights: PathBuf,
    /// Pre-processed dataset.
    #[arg(long)]
    pub dataset: PathBuf,
    /// Split by patient: the one that the weights were trained with.
    #[arg(long)]
    pub split: PathBuf,
    /// Such as `severity CT-1`.
    #[arg(long)]
    pub note: String,
    /// The list to write, JSON, for `train --screened`.
    #[arg(long)]
    pub out: PathBuf,
    /// `cpu`, `gpu` or `auto`.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

/// Of `export`.
#[derive(Args)]
pub struct ExportOptions {
    /// The run's folder.
    #[arg(long)]
    pub run: PathBuf,
    /// The weights folder; one that holds weights of another name is refused.
    #[arg(long, default_value = "weights")]
    pub out: PathBuf,
    /// The model's name: letters, digits, - _ .
    #[arg(long, value_parser = name)]
    pub name: String,
    /// Replace weights of another name, and remove what was measured of them.
    #[arg(long)]
    pub replace: bool,
    #[command(flatten)]
    pub choice: Choice,
}

/// Of `faithfulness`.
#[derive(Args)]
pub struct FaithfulnessOptions {
    /// The weights folder.
    #[arg(long, default_value = "weights")]
    pub weights: PathBuf,
    /// Pre-processed dataset.
    #[arg(long)]
    pub dataset: PathBuf,
    /// Split by patient; slices of its validation part are changed, one of a patient.
    #[arg(long)]
    pub split: PathBuf,
    /// At most so many of them, evenly picked.
    #[arg(long, default_value_t = 60, value_parser = at_least_one)]
    pub most: usize,
    /// CSV of annotated slices, as `preprocess --annotated` takes it; those of patients in the training part are not used,
    /// those of the test part are told apart: what is shown is not chosen by them.
    #[arg(long)]
    pub masks: Option<PathBuf>,
    /// Figures to write, JSON.
    #[arg(long)]
    pub out: PathBuf,
    /// `cpu`, `gpu` or `auto`.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

/// Of `cues`.
#[derive(Args)]
pub struct CuesOptions {
    /// The weights folder.
    #[arg(long, default_value = "weights")]
    pub weights: PathBuf,
    /// Pre-processed dataset.
    #[arg(long)]
    pub dataset: PathBuf,
    /// Split by patient; no slice of its test part is changed.
    #[arg(long)]
    pub split: PathBuf,
    #[command(flatten)]
    pub notes: Notes,
    /// Figures to write, JSON.
    #[arg(long)]
    pub out: PathBuf,
    /// `cpu`, `gpu` or `auto`.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

/// Of `count`.
#[derive(Args)]
pub struct CountOptions {
    /// Pre-processed dataset.
    #[arg(long)]
    pub dataset: PathBuf,
    /// Split by patient.
    #[arg(long)]
    pub split: PathBuf,
    #[command(flatten)]
    pub notes: Notes,
    /// Numbers to write, JSON.
    #[arg(long, default_value = "weights/dataset.json")]
    pub out: PathBuf,
}

/// Of `figures`.
#[derive(Args)]
pub struct FiguresOptions {
    /// JSON of `evaluate`.
    #[arg(long, default_value = "weights/test.json")]
    pub evaluation: PathBuf,
    /// JSON of `faithfulness`.
    #[arg(long)]
    pub faithfulness: Option<PathBuf>,
    /// The folder to write.
    #[arg(long, default_value = "weights/figures")]
    pub out: PathBuf,
}

/// Of `evaluate`.
#[derive(Args)]
pub struct EvaluateOptions {
    /// The weights folder.
    #[arg(long, default_value = "weights")]
    pub weights: PathBuf,
    /// CSV, as `preprocess` takes it.
    #[arg(long, required_unless_present = "series")]
    pub manifest: Option<PathBuf>,
    /// CSV of annotated series, as `preprocess` takes it.
    #[arg(long, requires = "manifest")]
    pub annotated: Option<PathBuf>,
    /// Instead: CSV with path, label, infected, of one whole series per label. Where `infected` is 0 (else 1), a slice of
    /// somebody diseased shows nothing and has the note `no lesion`: give --healthy-note "no lesion", or it counts as diseased.
    #[arg(long, conflicts_with_all = ["manifest", "annotated", "split"])]
    pub series: Option<PathBuf>,
    /// With --part: the split. Without, every slice of the list is judged, those that the weights learned from too.
    #[arg(long, requires = "part")]
    pub split: Option<PathBuf>,
    /// With --split: which part of it.
    #[arg(long, requires = "split")]
    pub part: Option<Part>,
    #[command(flatten)]
    pub notes: Notes,
    /// Figures to write, JSON.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// CSV to write: one line a slice, with patient, source, label, the three probabilities and what was made of it. It
    /// names files and patients as the list does.
    #[arg(long)]
    pub slices: Option<PathBuf>,
    /// `cpu`, `gpu` or `auto`.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be 1 or more".into()),
        Ok(number) => Ok(number),
        Err(reason) => Err(format!("{reason}")),
    }
}

/// Names are shown on pages and in reports, and written into files.
fn name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("must be letters, digits, - _ and . alone".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) {
        let words = line.split(' ');
        assert!(
            Arguments::try_parse_from(std::iter::once("lungsight-train").chain(words)).is_err(),
            "{line}"
        );
    }

    fn taken(line: &str) {
        let words = line.split(' ');
        if let Err(reason) =
            Arguments::try_parse_from(std::iter::once("lungsight-train").chain(words))
        {
            panic!("{line}: {reason}");
        }
    }

    #[test]
    fn the_command_line_holds_together() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_name_is_of_letters_digits_and_a_few_signs() {
        taken("export --run r --name lungsight-7_b.2");
        for name in ["", "a/b", "ä", "a:b", "../a"] {
            refused(&format!("export --run r --name {name}"));
        }
    }

    #[test]
    fn none_at_all_is_asked_for_by_nobody() {
        let of = "--dataset d --split s --out o";
        taken(&format!("train {of} --stop-after 1"));
        refused(&format!("train {of} --stop-after 0"));
        refused(&format!("sights {of} --count 0"));
        refused(&format!("faithfulness {of} --most 0"));
    }

    #[test]
    fn series_are_judged_alone() {
        taken("evaluate --series volumes.csv");
        refused("evaluate --series volumes.csv --annotated masks.csv");
        refused("evaluate --series volumes.csv --manifest slices.csv --annotated masks.csv");
        refused("evaluate --series volumes.csv --split s --part test");
    }
}
