//! Pictures of the result, beside one another in a folder.

use std::path::Path;

use lungsight_imaging::{encode_png_grey, encode_png_mask, encode_png_rgb, encode_png_rgba};

use super::gather::{Item, Source};
use crate::cli::{CommandError, files};
use crate::record::{Links, Record};

/// Where the pictures of a slice are, or will be; nowhere without a folder.
pub(super) fn links(item: &Item, folder: Option<&Path>) -> Links {
    let written = |kind: &str| {
        folder.map_or_else(String::new, |folder| {
            let file = folder.join(format!("{}.{kind}.png", item.output));
            file.display().to_string()
        })
    };
    Links {
        slice: match &item.source {
            Source::Picture(path) => path.display().to_string(),
            Source::Slice(..) => written("slice"),
        },
        mask: written("mask"),
        heatmap: written("heatmap"),
        ..Links::none()
    }
}

/// Writes the pictures of every slice that was classified.
pub(super) fn write(record: &Record, items: &[&Item], folder: &Path) -> Result<(), CommandError> {
    files::make_folder(folder)?;
    for (slice, item) in record.slices.iter().zip(items) {
        let Some(slice) = slice else { continue };
        let grey = &slice.prepared.slice;
        let (width, height) = (grey.width(), grey.height());
        let save = |kind: &str, png: &[u8]| {
            files::write(folder, &format!("{}.{kind}.png", item.output), png).map(drop)
        };
        let heatmap = encode_png_rgba(width, height, &slice.heat_layer(slice.predicted));
        save("heatmap", &heatmap)?;
        save("overlay", &encode_png_rgb(width, height, &slice.overlay()))?;
        save("mask", &encode_png_mask(&slice.prepared.lungs))?;
        if matches!(item.source, Source::Slice(..)) {
            save("slice", &encode_png_grey(grey))?;
        }
    }
    Ok(())
}
