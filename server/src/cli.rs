//! The command line: `serve`, `diagnose`, `mask`, `measure`. Results go to stdout, reasons and the log to stderr.

mod diagnose;
mod files;
mod mask;
mod measure;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::{log, serve};

#[derive(Parser)]
#[command(
    name = "lungsight",
    version,
    about = "Reads chest CT slices: a research tool, no medical device"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the pages and the API
    Serve(Box<Config>),
    /// Classify slices; exit status 1 when a file failed
    Diagnose(diagnose::Diagnose),
    /// Write the lung mask of each slice; exit status 1 when a file failed
    Mask(mask::Masks),
    /// Measure the network on this machine, and hold its device to the CPU
    Measure(measure::Measure),
}

/// Runs what the arguments ask for.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let traces = log::start(matches!(arguments.command, Command::Serve(_)));
    let outcome = match arguments.command {
        Command::Serve(config) => serve::serve(*config).map(|()| true),
        Command::Diagnose(diagnose) => diagnose.run(),
        Command::Mask(masks) => masks.run(),
        Command::Measure(measure) => measure.run(),
    };
    if let Some(traces) = traces {
        traces.end();
    }
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        // Some files failed, each with its reason said already.
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("lungsight: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error("the network could not be loaded: {0}")]
    Engine(#[from] crate::engine::EngineError),
    #[error("{what}: {error}")]
    Io { what: String, error: std::io::Error },
    #[error("{0}")]
    Offers(#[from] crate::offers::OfferError),
    #[error("the database cannot be used: {0}")]
    Database(#[from] crate::store::OpenError),
    #[error(
        "without a device of its own (--device none) a server needs a --database, through which others compute"
    )]
    NobodyComputes,
    #[error("{0}")]
    Access(#[from] crate::access::AccessError),
    #[error("{0}")]
    Report(#[from] crate::report::ReportError),
    #[error("{0}")]
    Dicom(#[from] lungsight_dicom::OutError),
    #[error("{0}")]
    Table(#[from] diagnose::TableError),
    #[error("{0}")]
    Pacs(#[from] crate::pacs::PacsError),
    #[error("{0}")]
    Arguments(String),
}

impl CommandError {
    /// An error of the system, with what was being done.
    pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        |error| Self::Io { what, error }
    }
}
