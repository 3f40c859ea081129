//! A run's best weights → a folder that the server loads: half precision, manifest, reference slices.

use std::path::Path;

use burn::module::Module;
use burn::tensor::Device;
use lungsight_imaging::{
    Class, Finding, INPUT_SIDE, PhantomOptions, SegmentOptions, Slice, encode_png_grey,
    network_input, phantom, segment,
};
use lungsight_network::checkpoint::{Precision, from_bytes, sha256, to_bytes, write_atomically};
use lungsight_network::input::{IMAGENET_GREY, to_tensor};
use lungsight_network::manifest::{MANIFEST, Manifest, ReferenceSlice};
use lungsight_network::{Network, NetworkConfig};

use crate::metrics::fit_temperature;
use crate::prepare::Prepared;
use crate::run::{RunFolder, Settings, read_json, write_json};
use crate::split::Part;
use crate::train::material_rows;

/// The findings that the reference slices show.
const REFERENCES: [(&str, Finding); 4] = [
    ("healthy", Finding::None),
    ("ground-glass", Finding::GroundGlass),
    ("pleural-consolidation", Finding::PleuralConsolidation),
    ("lobar-consolidation", Finding::LobarConsolidation),
];

/// Writes `network.safetensors`, `manifest.json` and `reference/*.png` into `out`.
///
/// The temperature is fitted on the validation part, in half precision, as it will be served.
///
/// # Errors
/// When the run has no weights yet, or a file can't be read or written.
pub fn export(run: &Path, out: &Path, name: &str) -> Result<Manifest, String> {
    let run = RunFolder(run.to_owned());
    let settings: Settings = read_json(&run.settings())?;
    let device = lungsight_network::device::cpu().device;
    let config = NetworkConfig::new().with_pyramid_width(settings.pyramid_width);
    let load = |bytes: Vec<u8>, path: &Path| {
        let mut network = config.init(&device);
        from_bytes(&mut network, bytes, path).map_err(|e| e.to_string())?;
        Ok::<Network, String>(network.valid())
    };

    let best = std::fs::read(run.best()).map_err(|e| format!("{}: {e}", run.best().display()))?;
    let half = to_bytes(&load(best, &run.best())?, Precision::Half)?;
    let network = load(half.clone(), &out.join("network.safetensors"))?;

    let temperature = fit_temperature(&validation_logits(&settings, &network, &device)?);
    let reference = references()?;
    let pixels: Vec<&[u8]> = reference.iter().map(|(_, slice)| slice.pixels()).collect();
    let logits = logits(&network, &pixels, &device)?;

    std::fs::create_dir_all(out.join("reference")).map_err(|e| e.to_string())?;
    let write = |name: &str, bytes: &[u8]| {
        write_atomically(&out.join(name), bytes).map_err(|e| format!("{name}: {e}"))
    };
    for (picture, slice) in &reference {
        write(picture, &encode_png_grey(slice))?;
    }
    write("network.safetensors", &half)?;
    let manifest = Manifest {
        name: name.to_owned(),
        weights: "network.safetensors".into(),
        sha256: sha256(&half),
        classes: Class::ALL.to_vec(),
        input_side: INPUT_SIDE,
        normalisation: IMAGENET_GREY,
        pyramid_width: settings.pyramid_width,
        temperature,
        commit: commit(),
        reference: reference
            .into_iter()
            .zip(logits)
            .map(|((picture, _), logits)| ReferenceSlice { picture, logits })
            .collect(),
    };
    write_json(&out.join(MANIFEST), &manifest)?;
    Ok(manifest)
}

fn validation_logits(
    settings: &Settings,
    network: &Network,
    device: &Device,
) -> Result<Vec<([f32; 3], Class)>, String> {
    let slices: Vec<Prepared> = material_rows(settings, Part::Validation)?;
    let pixels: Vec<&[u8]> = slices.iter().map(|slice| slice.pixels.as_slice()).collect();
    let labels = slices.iter().map(|slice| slice.row.label);
    Ok(logits(network, &pixels, device)?
        .into_iter()
        .zip(labels)
        .collect())
}

fn logits(network: &Network, inputs: &[&[u8]], device: &Device) -> Result<Vec<[f32; 3]>, String> {
    let mut all = Vec::with_capacity(inputs.len());
    for batch in inputs.chunks(16) {
        let x = to_tensor(batch.iter().copied(), IMAGENET_GREY, device);
        let values = network
            .forward(x)
            .logits
            .try_into_vec_as::<f32>()
            .map_err(|e| e.to_string())?;
        all.extend(values.chunks_exact(3).map(|row| [row[0], row[1], row[2]]));
    }
    Ok(all)
}

/// Synthetic slices, prepared: nothing real is shipped.
fn references() -> Result<Vec<(String, Slice)>, String> {
    REFERENCES
        .iter()
        .zip(1..)
        .map(|(&(name, finding), seed)| {
            let options = PhantomOptions {
                seed,
                finding,
                ..PhantomOptions::default()
            };
            let drawn = phantom(&options);
            let segmentation = segment(&drawn.slice, &SegmentOptions::default());
            let lungs = segmentation.lungs().map_err(|e| e.to_string())?;
            let input = network_input(&drawn.slice, lungs).map_err(|e| e.to_string())?;
            let side = INPUT_SIDE as u32;
            let slice = Slice::new(side, side, input.pixels).ok_or("input of another size")?;
            Ok((format!("reference/{name}.png"), slice))
        })
        .collect()
}

/// The commit this was run from; `unknown` outside a checkout.
fn commit() -> String {
    std::process::Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown".into(), |text| text.trim().to_owned())
}
