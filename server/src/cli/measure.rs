//! `lungsight measure`: how fast this machine is, and whether its device agrees with the CPU.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use lungsight_imaging::{
    Finding, Limits, NetworkInput, PhantomOptions, SegmentOptions, Slice, encode_png_grey,
    network_input, phantom, segment,
};
use lungsight_network::DeviceChoice;

use super::{CommandError, files};
use crate::config::{NetworkConfig, at_least_one};
use crate::engine::{self, Engine, EngineError};
use crate::prepare::prepare;

/// Measures the network on this machine: time to ready, time per slice with all heatmaps, agreement with the CPU
#[derive(Args)]
pub(super) struct Measure {
    /// Slices to compare with the CPU beside the synthetic ones: PNG, JPEG, BMP or TIFF
    slices: Vec<PathBuf>,
    /// Slices that the network takes at once, one measurement for each
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32], value_parser = at_least_one())]
    batches: Vec<usize>,
    /// Runs of each batch
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    #[command(flatten)]
    network: NetworkConfig,
}

/// Synthetic slices, each another chest.
const PHANTOMS: u64 = 32;

impl Measure {
    /// Whether all files were read.
    pub(super) fn run(&self) -> Result<bool, CommandError> {
        let began = Instant::now();
        let engine = engine::load(&self.network.weights, self.network.device)?;
        let ready = began.elapsed();
        let info = engine.info();
        println!("device: {}", info.device);
        if let Some(note) = info.device_note {
            println!("note: {note}");
        }
        println!("weights: {}", info.model);
        println!("ready after: {:.2} s", ready.as_secs_f64());
        println!("preparing, one thread: {}", shown(&self.preparing(), 1));
        let phantoms: Vec<NetworkInput> = drawn().filter_map(|slice| input(&slice)).collect();
        for &batch in &self.batches {
            let times = self.times(engine.as_ref(), &phantoms, batch)?;
            println!("batch {batch}: {}", shown(&times, batch));
        }
        let (read, all_read) = self.read();
        self.compare(engine.as_ref(), &phantoms, &read)?;
        Ok(all_read)
    }

    /// The time that a slice takes from file to network input: decoding, the six steps, cutting out.
    fn preparing(&self) -> Vec<Duration> {
        let files: Vec<Vec<u8>> = drawn().map(|slice| encode_png_grey(&slice)).collect();
        let rounds = files.iter().cycle().take(self.rounds as usize);
        let mut times: Vec<Duration> = rounds
            .map(|file| {
                let began = Instant::now();
                let prepared = prepare(file, None, &Limits::default());
                let took = began.elapsed();
                drop(prepared);
                took
            })
            .collect();
        times.sort_unstable();
        times
    }

    /// The time of each run of a batch, from the shortest to the longest.
    fn times(
        &self,
        engine: &dyn Engine,
        inputs: &[NetworkInput],
        batch: usize,
    ) -> Result<Vec<Duration>, EngineError> {
        let inputs: Vec<NetworkInput> = inputs.iter().cycle().take(batch).cloned().collect();
        // A device prepares itself for a batch size when it first meets it.
        engine.classify(&inputs)?;
        let mut times = Vec::new();
        for _ in 0..self.rounds {
            let began = Instant::now();
            engine.classify(&inputs)?;
            times.push(began.elapsed());
        }
        times.sort_unstable();
        Ok(times)
    }

    /// What of the given files can be classified; what cannot is said.
    fn read(&self) -> (Vec<NetworkInput>, bool) {
        let limits = Limits::default();
        let mut inputs = Vec::new();
        for path in &self.slices {
            let prepared = files::read(path, limits.max_bytes)
                .and_then(|bytes| prepare(&bytes, None, &limits));
            match prepared {
                Ok(slice) => inputs.push(slice.input.as_ref().clone()),
                Err(fault) => eprintln!("{}: {fault}", path.display()),
            }
        }
        let all_read = inputs.len() == self.slices.len();
        (inputs, all_read)
    }

    /// The greatest difference of a logit from what the CPU gives, over synthetic slices and the given ones.
    fn compare(
        &self,
        engine: &dyn Engine,
        phantoms: &[NetworkInput],
        read: &[NetworkInput],
    ) -> Result<(), EngineError> {
        let cpu = engine::load(&self.network.weights, DeviceChoice::Cpu)?;
        if cpu.info().device == engine.info().device {
            println!("agreement with the CPU: this is the CPU");
            return Ok(());
        }
        for (name, inputs) in [("synthetic", phantoms), ("given", read)] {
            if inputs.is_empty() {
                continue;
            }
            let mut greatest: f32 = 0.0;
            for batch in inputs.chunks(8) {
                let pairs = engine
                    .classify(batch)?
                    .into_iter()
                    .zip(cpu.classify(batch)?);
                for (ours, theirs) in pairs {
                    for (one, other) in ours.logits.iter().zip(theirs.logits) {
                        greatest = greatest.max((one - other).abs());
                    }
                }
            }
            println!(
                "agreement with the CPU: {} {name} slices, greatest difference of a logit {greatest:.1e}",
                inputs.len()
            );
        }
        Ok(())
    }
}

/// Chests with and without findings.
fn drawn() -> impl Iterator<Item = Slice> {
    let findings = [
        Finding::None,
        Finding::GroundGlass,
        Finding::LobarConsolidation,
    ];
    let seeds = (0..PHANTOMS).zip(findings.into_iter().cycle());
    seeds.map(|(seed, finding)| {
        let options = PhantomOptions {
            seed,
            finding,
            ..PhantomOptions::default()
        };
        phantom(&options).slice
    })
}

/// What the network takes of a slice.
fn input(slice: &Slice) -> Option<NetworkInput> {
    let segmentation = segment(slice, &SegmentOptions::default());
    network_input(slice, segmentation.lungs().ok()?).ok()
}

/// `12.3 ms a slice (median of 20; 12.0 to 14.1), 81.3 slices a second`
fn shown(times: &[Duration], batch: usize) -> String {
    let per_slice = |time: Duration| time.as_secs_f64() * 1e3 / batch as f64;
    let median = per_slice(times[times.len() / 2]);
    let (shortest, longest) = (per_slice(times[0]), per_slice(times[times.len() - 1]));
    format!(
        "{median:.2} ms a slice (median of {}; {shortest:.2} to {longest:.2}), {:.1} slices a second",
        times.len(),
        1e3 / median
    )
}
