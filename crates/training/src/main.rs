//! `lungsight-train`: split, train, export, evaluate.

mod arguments;
mod commands;
mod engine;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;
use lungsight_training::say::warn;

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(reason) => {
            warn(reason);
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode, String> {
    match command {
        Command::Split(options) => commands::split(&options),
        Command::Preprocess(options) => commands::preprocess(&options),
        Command::Train(options) => return commands::train(&options),
        Command::Sights(options) => commands::sights(&options),
        Command::Screen(options) => commands::screen(&options),
        Command::Export(options) => commands::export(&options),
        Command::Faithfulness(options) => commands::faithfulness(&options),
        Command::Cues(options) => commands::cues(&options),
        Command::Count(options) => commands::count(&options),
        Command::Figures(options) => commands::figures(&options),
        Command::Evaluate(options) => commands::evaluate(&options),
    }?;
    Ok(ExitCode::SUCCESS)
}
