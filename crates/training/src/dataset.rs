//! The pre-processed dataset: every slice as the network sees it, in one file that a run reads in a second.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lungsight_imaging::{INPUT_SIDE, Limits, Mask, Rect};
use lungsight_network::checkpoint::{sha256, write_atomically};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::augment::leave_outside_alone_black;
use crate::manifest::Row;
use crate::masks::{self, Within};
use crate::prepare::{LeftOut, Prepared, Unusable, prepare, slice_input};
use crate::run::{commit, read_json, write_json};
use crate::say::warn;
use crate::twins;

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
    /// SHA-256 of the pixels that it lists; datasets from before it was kept have none.
    #[serde(default)]
    pub pixels_sha256: Option<String>,
    /// SHA-256 of the lesions of annotated slices, where there are any.
    #[serde(default)]
    pub lesions_sha256: Option<String>,
}

impl Index {
    /// Those without lungs included.
    pub fn all_rows(&self) -> impl Iterator<Item = &Row> + Clone {
        let left_out = self.left_out.iter().map(|out| &out.row);
        self.rows.iter().chain(left_out)
    }
}

/// Prepares every slice of the manifest, and of the annotated series beside it, and writes `dataset.json`,
/// `dataset.safetensors` and `lesions.safetensors` into `folder`. All is computed before the first of them is replaced, and
/// the list, which tells what the others must be, comes last. Slices of different patients that look nearly the same are told.
///
/// # Errors
/// A faulty manifest; pictures that can't be read, each named with its line; the same file under two patients; lesions
/// outside the lungs; a full disk.
pub fn preprocess(
    manifest: &Path,
    annotated: Option<&Path>,
    folder: &Path,
) -> Result<Index, String> {
    let rows = masks::with_manifest(manifest, annotated)?;
    let pictures = manifest.parent().unwrap_or(Path::new(""));
    twins::refuse(pictures, &rows).map_err(|reason| format!("{}: {reason}", manifest.display()))?;
    let preparation = prepare(pictures, rows, &Limits::default());
    if !preparation.unreadable.is_empty() {
        let place = |row: &Row| match annotated {
            Some(list) if row.source == masks::SOURCE => {
                format!("line {} of {}", row.line, list.display())
            }
            _ => format!("line {}", row.line),
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
    if let Some(pairs) = twins::alike(&preparation.prepared) {
        warn(pairs);
    }
    let pixels = stacked(&preparation.prepared)?;
    let lesions = annotated
        .map(|list| drawn_lesions(list, manifest))
        .transpose()?;
    let index = Index {
        manifest: manifest.display().to_string(),
        commit: commit(),
        rows: preparation
            .prepared
            .into_iter()
            .map(|slice| slice.row)
            .collect(),
        left_out: preparation.left_out,
        pixels_sha256: Some(sha256(&pixels)),
        lesions_sha256: lesions.as_deref().map(sha256),
    };
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        write_atomically(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))
    };
    write(PIXELS, &pixels)?;
    if let Some(lesions) = lesions {
        write(LESIONS, &lesions)?;
    }
    write_json(&folder.join(INDEX), &index)?;
    Ok(index)
}

/// Both planes of every slice, one after another.
fn stacked(slices: &[Prepared]) -> Result<Vec<u8>, String> {
    let stack = |plane: fn(&Prepared) -> &[u8]| -> Vec<u8> {
        slices
            .iter()
            .flat_map(|slice| plane(slice).iter().copied())
            .collect()
    };
    let (pixels, around) = (stack(|s| &s.pixels), stack(|s| &s.around));
    let shape = vec![slices.len(), INPUT_SIDE, INPUT_SIDE];
    let view = |plane| {
        TensorView::new(Dtype::U8, shape.clone(), plane).map_err(|reason| reason.to_string())
    };
    let tensors = [("around", view(&around)?), ("pixels", view(&pixels)?)];
    safetensors::serialize(tensors, None).map_err(|reason| reason.to_string())
}

/// The lesions of annotated slices as the network sees them: one mask of `INPUT_SIDE²` for each slice, named by its path.
fn drawn_lesions(list: &Path, manifest: &Path) -> Result<Vec<u8>, String> {
    let pictures = manifest.parent().unwrap_or(Path::new(""));
    let mut within = Within::default();
    let mut masks: Vec<(String, Vec<u8>)> = Vec::new();
    for item in masks::beside(list, manifest)? {
        let (slice, both) = match slice_input(&pictures.join(&item.slice), &Limits::default()) {
            Ok(seen) => seen,
            Err(Unusable::NoLungs(_)) => continue,
            Err(reason) => {
                return Err(format!("{}: {reason}", item.slice.display()));
            }
        };
        let (lung, lesion) = item.masks(pictures, &slice)?;
        within.add(&lung, &lesion);
        let path = item.slice.to_string_lossy().into_owned();
        masks.push((path, cropped(&lesion, both.input.crop)));
    }
    within.check(list)?;
    let views = masks
        .iter()
        .map(|(path, mask)| {
            TensorView::new(Dtype::U8, vec![INPUT_SIDE, INPUT_SIDE], mask).map(|view| (path, view))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(|reason| reason.to_string())?;
    safetensors::serialize(views, None).map_err(|reason| reason.to_string())
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
/// Where there are none, and how they come about; names the file that is damaged or of another dataset.
pub fn lesions(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, String> {
    let index: Index = read_json(&folder.join(INDEX))?;
    let path = folder.join(LESIONS);
    let wrong = |reason: String| format!("{}: {reason}", path.display());
    let without = index.pixels_sha256.is_some() && index.lesions_sha256.is_none();
    if without || !path.is_file() {
        return Err(format!(
            "{} has no annotated slices: preprocess --annotated puts them there",
            folder.display()
        ));
    }
    let bytes = std::fs::read(&path).map_err(|e| wrong(e.to_string()))?;
    hold(&bytes, index.lesions_sha256.as_ref()).map_err(wrong)?;
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
/// Names the file that is missing, truncated, or not the one that the list was written with.
pub fn read(folder: &Path) -> Result<(Index, Vec<Prepared>), String> {
    let index: Index = read_json(&folder.join(INDEX))?;
    let path = folder.join(PIXELS);
    let wrong = |reason: String| format!("{}: {reason}", path.display());
    let bytes = std::fs::read(&path).map_err(|e| wrong(e.to_string()))?;
    hold(&bytes, index.pixels_sha256.as_ref()).map_err(wrong)?;
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
        .map(|(row, (pixels, around))| {
            let mut pixels = pixels.to_vec();
            // In datasets from before November 2026 the darkest lung is 0 too.
            leave_outside_alone_black(&mut pixels, around);
            Prepared {
                row: row.clone(),
                pixels,
                around: around.to_vec(),
            }
        })
        .collect();
    Ok((index, slices))
}

/// Refuses a file that the list was not written with: its labels would be those of other pictures.
fn hold(bytes: &[u8], expected: Option<&String>) -> Result<(), String> {
    match expected {
        Some(expected) if sha256(bytes) != *expected => Err(format!(
            "not the file that {INDEX} was written with; preprocess once more"
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use lungsight_imaging::{PhantomOptions, encode_png_grey, phantom};

    use super::*;

    /// Slices of three healthy patients from this seed on.
    fn write_slices(folder: &Path, seed: u64) -> PathBuf {
        let mut list = String::from("path,label,patient,source\n");
        for number in 0..3 {
            let drawn = phantom(&PhantomOptions {
                side: 256,
                seed: seed + number,
                ..PhantomOptions::default()
            });
            let name = format!("{number}.png");
            std::fs::write(folder.join(&name), encode_png_grey(&drawn.slice)).expect("slice");
            writeln!(list, "{name},healthy,p{number},s").expect("line");
        }
        let path = folder.join("slices.csv");
        std::fs::write(&path, list).expect("list");
        path
    }

    #[test]
    fn new_pixels_under_an_old_list_are_refused() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let list = write_slices(folder.path(), 0);
        let at = |name: &str| folder.path().join(name);
        preprocess(&list, None, &at("one")).expect("a dataset");
        write_slices(folder.path(), 10);
        preprocess(&list, None, &at("two")).expect("a dataset");
        std::fs::copy(at("two").join(PIXELS), at("one").join(PIXELS)).expect("copied");
        let reason = read(&at("one")).expect_err("pixels of another list");
        assert!(
            reason.contains(PIXELS) && reason.contains(INDEX),
            "{reason}"
        );
        let reason = lesions(&at("two")).expect_err("no annotated slices");
        assert!(reason.contains("preprocess --annotated"), "{reason}");
    }

    #[test]
    fn lists_from_before_there_was_a_checksum_are_read() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let list = write_slices(folder.path(), 0);
        preprocess(&list, None, folder.path()).expect("a dataset");
        let path = folder.path().join(INDEX);
        let mut before: serde_json::Value = read_json(&path).expect("JSON");
        let fields = before.as_object_mut().expect("an object");
        for name in ["pixels_sha256", "lesions_sha256"] {
            assert!(fields.remove(name).is_some(), "{name}");
        }
        write_json(&path, &before).expect("written");
        let (index, slices) = read(folder.path()).expect("a dataset");
        assert_eq!((index.pixels_sha256, slices.len()), (None, 3));
    }

    #[test]
    fn what_fails_leaves_the_dataset_as_it_was() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let list = write_slices(folder.path(), 0);
        let out = folder.path().join("dataset");
        preprocess(&list, None, &out).expect("a dataset");
        let before = std::fs::read(out.join(PIXELS)).expect("pixels");
        write_slices(folder.path(), 10);
        let masks = folder.path().join("masks.csv");
        let text = "slice,lung,lesion,volume,lesion_px\n0.png,no.png,no.png,v,9\n";
        std::fs::write(&masks, text).expect("list");
        // The slice is in both lists, under two patients.
        preprocess(&list, Some(&masks), &out).expect_err("the same file twice");
        let drawn = phantom(&PhantomOptions {
            side: 256,
            seed: 20,
            ..PhantomOptions::default()
        });
        let slice = folder.path().join("v.png");
        std::fs::write(slice, encode_png_grey(&drawn.slice)).expect("slice");
        std::fs::write(&masks, text.replace("0.png", "v.png")).expect("list");
        let reason = preprocess(&list, Some(&masks), &out).expect_err("no masks");
        assert!(reason.contains("no.png"), "{reason}");
        assert!(before == std::fs::read(out.join(PIXELS)).expect("pixels"));
        read(&out).expect("the dataset of before");
    }
}
