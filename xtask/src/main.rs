//! The project's commands.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod check_api;
mod check_data;
mod compress;
mod dist;
mod fuzz;
mod lighthouse;
mod load;
mod oha;
mod process;
mod served;
mod site;
mod test;
mod tools;
mod trainer;
mod unseen;
mod watch;
mod weights;

/// Builds, serves and tests Lungsight. What is missing on the machine is installed, and said.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything and serve it; prints the address.
    Run {
        /// Handed to `lungsight serve`, such as `--addr 0.0.0.0:3000 --device cpu`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Install what the tests need and run them all.
    Test,
    /// Build the browser's part into dist/site.
    Build,
    /// Put binary, site, weights and papers into dist/lungsight and an archive beside it.
    Dist,
    /// Run the browser tests alone.
    EndToEnd,
    /// Hold decoded series to pydicom's and nibabel's, and the lung masks to the ground truth, in ../shared/data, where that
    /// is there.
    CheckData,
    /// Hold the running server to its OpenAPI document with Schemathesis (needs Python 3; pip fetches Schemathesis).
    CheckApi,
    /// Time the six steps, then the same steps in OpenCV (PYTHON names a Python that has it).
    BenchMask,
    /// Time the network on the CPU, then the same network in ONNX Runtime and PyTorch (PYTHON names a Python with torch,
    /// torchvision, onnx and onnxruntime; skipped where ../shared/tools/peer_network.py is not there).
    BenchNetwork,
    /// Time the network on the GPU and hold it to the CPU, then PyTorch on the same GPU (PYTHON names a Python with torch and
    /// torchvision; skipped where ../shared/tools/peer_network.py is not there).
    BenchGpu,
    /// Load the server with whole requests: throughput, waiting, a patient of 300 slices, memory; installs oha where missing.
    BenchServe,
    /// Take series of 150 and 300 slices from the file dialog to the patient's result in a browser, and time each part.
    BenchSeries,
    /// Send ten thousand slices and print the server's memory on the way; installs oha where missing.
    Soak {
        #[arg(long, default_value_t = 10_000)]
        slices: u64,
    },
    /// Fuzz everything that reads what others send, two targets at a time; installs cargo-fuzz where missing.
    Fuzz {
        /// How long each target runs.
        #[arg(long, default_value_t = 10)]
        minutes: u64,
        /// The corpora to run, such as `png form`; all where none is named.
        corpora: Vec<String>,
        /// Merge what was found into the corpora that are kept: the fewest files that reach as far.
        #[arg(long)]
        keep: bool,
    },
    /// Print Lighthouse's scores of the pages, as on a phone (needs Node.js; npm fetches Lighthouse).
    Lighthouse,
    /// Train, export and evaluate the weights from the slices in ../shared/data, and draw their figures; goes on where it
    /// stopped. PYTHON names a Python with PyTorch 2.9 to train with its library, several times as fast as without.
    Weights {
        /// Of the run that is exported and of those that teach it, as the trainer takes it. Without a GPU each takes over three hours,
        /// with `192x20` one.
        #[arg(long, default_value = weights::SCHEDULE)]
        schedule: String,
        /// Of the run before it, which tells the mild slices that show something.
        #[arg(long, default_value = weights::FIRST_SCHEDULE)]
        first_schedule: String,
        /// Trains no others first to teach the run that is exported: a third of the time, and somewhat worse.
        #[arg(long)]
        untaught: bool,
        /// The weights folder to write; another than this one to rehearse the whole way, with `64x1` for both schedules.
        #[arg(long, default_value = "weights")]
        out: String,
        /// The weights' name.
        #[arg(default_value = "lungsight-8")]
        name: String,
    },
    /// Train the recipe, and what differs from it in one thing, for three epochs each.
    Ablations,
    /// Train the recipe, and what differs from it in one thing, without one source, and judge that source: what each part is
    /// worth on a hospital that was never seen.
    Unseen {
        /// As the column `source` of ../shared/data/slices.csv names it; one with healthy and diseased people tells most.
        #[arg(default_value = "mosmed")]
        source: String,
        /// Leave its slices with this label out alone, such as drenet's `covid`, and judge them beside the others of the source
        #[arg(long)]
        label: Option<String>,
        /// Of every run, as the trainer takes it.
        #[arg(long, default_value = unseen::SCHEDULE)]
        schedule: String,
    },
    /// Rebuild and reload at every change, with cargo-leptos.
    Watch,
}

fn main() -> ExitCode {
    let result = process::to_repository_root().and_then(|()| match Arguments::parse().command {
        Command::Run { arguments } => served::run(&arguments),
        Command::Test => test::all(),
        Command::Build => site::build(),
        Command::Dist => dist::dist(),
        Command::EndToEnd => test::end_to_end(),
        Command::CheckData => check_data::all(),
        Command::CheckApi => check_api::check(),
        Command::BenchMask => bench::masks(),
        Command::BenchNetwork => bench::network(),
        Command::BenchGpu => bench::gpu(),
        Command::BenchServe => load::bench(),
        Command::BenchSeries => test::measure_series(),
        Command::Soak { slices } => load::soak(slices),
        Command::Fuzz {
            minutes,
            corpora,
            keep,
        } => fuzz::fuzz(minutes, &corpora, keep),
        Command::Lighthouse => lighthouse::scores(),
        Command::Weights {
            name,
            schedule,
            first_schedule,
            untaught,
            out,
        } => weights::weights(&name, [&first_schedule, &schedule], untaught, &out),
        Command::Ablations => weights::ablations(),
        Command::Unseen {
            source,
            label,
            schedule,
        } => unseen::unseen(&source, label.as_deref(), &schedule),
        Command::Watch => watch::watch(),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}
