//! The pre-processed dataset: every slice as the network sees it, in one file that a run reads in a second.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lungsight_imaging::{INPUT_SIDE, Limits, Mask, Rect};
use lungsight_network::checkpoint::write_atomically;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::manifest::Row;
use crate::masks;
use crate::prepare::{LeftOut, Prepared, prepare, slice_input};
use crate::run::{commit, read_json, write_json};

/// The list of a dataset's slices, in its folder.
pub const INDEX: &str = "dataset.json";
pub(crate) const PIXELS: &str = "dataset.safetensors";
pub(crate) const LESIONS: &str = "lesions.safetensors";
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

/// Prepares every slice of the manifest, and of the annotated series beside it, and writes `dataset.json`,
/// `dataset.safetensors` and `lesions.safetensors` into `folder`.
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
    if let Some(annotated) = annotated {
        write_lesions(annotated, folder)?;
    }
    write_json(&folder.join(INDEX), &index)?;
    Ok(index)
}

/// The lesions of annotated slices as the network sees them: one mask of `INPUT_SIDE²` for each slice, named by its path.
fn write_lesions(annotated: &Path, folder: &Path) -> Result<(), String> {
    let pictures = annotated.parent().unwrap_or(Path::new(""));
    let mut masks: Vec<(String, Vec<u8>)> = Vec::new();
    for item in masks::read(annotated)? {
        let Ok((slice, both)) = slice_input(&pictures.join(&item.slice), &Limits::default()) else {
            continue;
        };
        let (_, lesion) = item.masks(pictures, &slice)?;
        let path = item.slice.to_string_lossy().into_owned();
        masks.push((path, cropped(&lesion, both.input.crop)));
    }
    let views = masks
        .iter()
        .map(|(path, mask)| {
            TensorView::new(Dtype::U8, vec![INPUT_SIDE, INPUT_SIDE], mask).map(|view| (path, view))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(|reason| reason.to_string())?;
    let bytes = safetensors::serialize(views, None).map_err(|reason| reason.to_string())?;
    let path = folder.join(LESIONS);
    write_atomically(&path, &bytes).map_err(|e| format!("{}: {e}", path.display()))
}

/// A mask's square at the network's size, the nearest pixel for each; 0 where the slice ends.
pub(crate) fn cropped(mask: &Mask, crop: Rect) -> Vec<u8> {
    let (width, height) = (i64::from(mask.width()), i64::from(mask.height()));
    let side = INPUT_SIDE as i64;
    // The pixel under the centre of the one asked for.
    let at = |start: i32, length: u32, index: i64| {
        i64::from(start) + (2 * index + 1) * i64::from(length) / (2 * side)
    };
    (0..side * side)
        .map(|index| {
            let x = at(crop.x, crop.width, index % side);
            let y = at(crop.y, crop.height, index / side);
            if (0..width).contains(&x) && (0..height).contains(&y) {
                mask.values()[(y * width + x) as usize]
            } else {
                0
            }
        })
        .collect()
}

/// The lesions that [`preprocess`] wrote, by the slice's path.
///
/// # Errors
/// Names the file that is missing (a dataset without annotated series, or of before there was one) or damaged.
pub fn lesions(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, String> {
    let path = folder.join(LESIONS);
    let wrong = |reason: String| format!("{}: {reason}", path.display());
    let bytes = std::fs::read(&path).map_err(|e| wrong(e.to_string()))?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|e| wrong(e.to_string()))?;
    tensors
        .iter()
        .map(|(name, mask)| {
            if mask.shape() == [INPUT_SIDE, INPUT_SIDE] && mask.dtype() == Dtype::U8 {
                Ok((name.into(), mask.data().to_vec()))
            } else {
                Err(wrong(format!("{name} is {:?}", mask.shape())))
            }
        })
        .collect()
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
