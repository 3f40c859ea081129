//! The slices for download: originals in one archive, what the network sees of them in the other.

use std::fs::File;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use lungsight_imaging::{INPUT_SIDE, Slice, encode_png_grey};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::prepare::{Prepared, progress};

/// Original files, under the paths that the manifest gives them.
pub const ORIGINAL: &str = "original-slices.zip";

/// Masked slices as PNG, under the same paths with `.png` added.
pub const MASKED: &str = "masked-slices.zip";

/// Writes both archives into `out`, each with a `slices.csv`. Slices without lungs are in neither.
///
/// # Errors
/// Names the file that can't be read or written.
pub fn write(pictures: &Path, slices: &[Prepared], out: &Path) -> Result<(), String> {
    std::fs::create_dir_all(out).map_err(|e| format!("{}: {e}", out.display()))?;
    let side = INPUT_SIDE as u32;
    pack(&out.join(ORIGINAL), slices, &|slice| {
        let path = pictures.join(&slice.row.path);
        let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok((slice.row.path.clone(), bytes))
    })?;
    pack(&out.join(MASKED), slices, &|slice| {
        let masked = Slice::new(side, side, slice.pixels.clone()).ok_or("input of another size")?;
        // Kept whole: a.jpg and a.png may lie side by side.
        let path = format!("{}.png", slice.row.path.display());
        Ok((path.into(), encode_png_grey(&masked)))
    })
}

/// The path without anything that leads out of the archive.
fn inside(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

type Entry<'a> = &'a dyn Fn(&Prepared) -> Result<(PathBuf, Vec<u8>), String>;

/// Pictures are compressed already: they are stored. Written beside, then renamed.
fn pack(path: &Path, slices: &[Prepared], entry: Entry) -> Result<(), String> {
    let wrong = |reason: &dyn std::fmt::Display| format!("{}: {reason}", path.display());
    let beside = path.with_extension("zip.part");
    let file = File::create(&beside).map_err(|e| wrong(&e))?;
    let mut archive = ZipWriter::new(std::io::BufWriter::new(file));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut list = csv::Writer::from_writer(Vec::new());
    list.write_record(["path", "label", "patient", "source", "note"])
        .map_err(|e| wrong(&e))?;
    let bar = progress(slices.len() as u64, "packing");
    for slice in slices {
        let (name, bytes) = entry(slice)?;
        let name = inside(&name);
        let row = &slice.row;
        let fields = [
            name.as_str(),
            row.label.name(),
            &row.patient,
            &row.source,
            &row.note,
        ];
        list.write_record(fields).map_err(|e| wrong(&e))?;
        archive
            .start_file(name.as_str(), options)
            .map_err(|e| wrong(&e))?;
        archive.write_all(&bytes).map_err(|e| wrong(&e))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    archive
        .start_file("slices.csv", options)
        .map_err(|e| wrong(&e))?;
    let list = list.into_inner().map_err(|e| wrong(&e))?;
    archive.write_all(&list).map_err(|e| wrong(&e))?;
    let mut file = archive.finish().map_err(|e| wrong(&e))?;
    file.flush().map_err(|e| wrong(&e))?;
    std::fs::rename(&beside, path).map_err(|e| wrong(&e))
}
