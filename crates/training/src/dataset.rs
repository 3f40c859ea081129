//! The pre-processed dataset: every slice as the network sees it, in one file that a run reads in a second.

use std::path::Path;

use lungsight_imaging::{INPUT_SIDE, Limits};
use lungsight_network::checkpoint::write_atomically;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::manifest::Row;
use crate::masks;
use crate::prepare::{LeftOut, Prepared, prepare};
use crate::run::{commit, read_json, write_json};

/// The list of a dataset's slices, in its folder.
pub const INDEX: &str = "dataset.json";
const PIXELS: &str = "dataset.safetensors";
const AREA: usize = INPUT_SIDE * INPUT_SIDE;

/// `dataset.json`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// The manifest it was made from.
    pub manifest: String,
    /// The commit whose masking made it.
    pub commit: String,
    /// Slices, in the order of the pixels.
    pub rows: Vec<Row>,
    /// Slices without lungs.
    pub left_out: Vec<LeftOut>,
}

/// Prepares every slice of the manifest, and of the annotated series beside it, and writes `dataset.json` and `dataset.safetensors` into `folder`.
///
/// # Errors
/// A faulty manifest; pictures that can't be read, each named with its line; a full disk.
pub fn preprocess(
    manifest: &Path,
    annotated: Option<&Path>,
    folder: &Path,
) -> Result<Index, String> {
    let rows = masks::with_manifest(manifest, annotated)?;
    let lines: Vec<Row> = rows.clone();
    let pictures = manifest.parent().unwrap_or(Path::new(""));
    let preparation = prepare(pictures, rows, &Limits::default());
    if !preparation.unreadable.is_empty() {
        let place = |row: &Row| {
            if row.source == masks::SOURCE {
                return String::from("annotated series");
            }
            let index = lines.iter().position(|other| other == row).unwrap_or(0);
            format!("line {}", index + 2)
        };
        let problems: Vec<String> = preparation
            .unreadable
            .iter()
            .map(|fault| {
                format!(
                    "{}: {}: {}",
                    place(&fault.row),
                    fault.row.path.display(),
                    fault.reason
                )
            })
            .collect();
        return Err(format!("{}:\n{}", manifest.display(), problems.join("\n")));
    }
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let stack = |plane: fn(&Prepared) -> &[u8]| -> Vec<u8> {
        preparation
            .prepared
            .iter()
            .flat_map(|slice| plane(slice).iter().copied())
            .collect()
    };
    let (pixels, around) = (stack(|s| &s.pixels), stack(|s| &s.around));
    let shape = vec![preparation.prepared.len(), INPUT_SIDE, INPUT_SIDE];
    let view = |plane| {
        TensorView::new(Dtype::U8, shape.clone(), plane).map_err(|reason| reason.to_string())
    };
    let tensors = [("around", view(&around)?), ("pixels", view(&pixels)?)];
    let bytes = safetensors::serialize(tensors, None).map_err(|reason| reason.to_string())?;
    let path = folder.join(PIXELS);
    write_atomically(&path, &bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    let index = Index {
        manifest: manifest.display().to_string(),
        commit: commit(),
        rows: preparation
            .prepared
            .into_iter()
            .map(|slice| slice.row)
            .collect(),
        left_out: preparation.left_out,
    };
    write_json(&folder.join(INDEX), &index)?;
    Ok(index)
}

/// Reads what [`preprocess`] wrote.
///
/// # Errors
/// Names the file that is missing, truncated or of another number of slices.
pub fn read(folder: &Path) -> Result<(Index, Vec<Prepared>), String> {
    let index: Index = read_json(&folder.join(INDEX))?;
    let path = folder.join(PIXELS);
    let wrong = |reason: String| format!("{}: {reason}", path.display());
    let bytes = std::fs::read(&path).map_err(|e| wrong(e.to_string()))?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|e| wrong(e.to_string()))?;
    let plane = |name: &str| {
        let tensor = tensors.tensor(name).map_err(|e| wrong(e.to_string()))?;
        if tensor.shape() == [index.rows.len(), INPUT_SIDE, INPUT_SIDE] {
            Ok(tensor.data())
        } else {
            Err(wrong(format!(
                "{name} is {:?}, {INDEX} lists {} slices",
                tensor.shape(),
                index.rows.len()
            )))
        }
    };
    let (pixels, around) = (plane("pixels")?, plane("around")?);
    let slices = index
        .rows
        .iter()
        .zip(pixels.chunks_exact(AREA).zip(around.chunks_exact(AREA)))
        .map(|(row, (pixels, around))| Prepared {
            row: row.clone(),
            pixels: pixels.to_vec(),
            around: around.to_vec(),
        })
        .collect();
    Ok((index, slices))
}
