//! The slices for download: originals in one archive, what the network sees of them in the other. Both are for strangers:
//! files and patients are numbered, as their names may tell who they are, and of a DICOM file the slice alone is given.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use lungsight_imaging::{INPUT_SIDE, Limits, Slice, encode_png_grey};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::prepare::{Prepared, picture, progress};

/// Original pictures as they are, and DICOM files as PNG in the lung window.
pub const ORIGINAL: &str = "original-slices.zip";

/// Masked slices as PNG, under the same names.
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
        let wrong = |reason: &dyn std::fmt::Display| format!("{}: {reason}", path.display());
        let bytes = std::fs::read(&path).map_err(|e| wrong(&e))?;
        match picture(bytes, &Limits::default()).map_err(|e| wrong(&e))? {
            (_, Some(bytes)) => Ok((ending(&bytes), bytes)),
            (slice, None) => Ok(("png", encode_png_grey(&slice))),
        }
    })?;
    pack(&out.join(MASKED), slices, &|slice| {
        let masked = Slice::new(side, side, slice.pixels.clone()).ok_or("input of another size")?;
        Ok(("png", encode_png_grey(&masked)))
    })
}

/// How the name of a picture ends, by what it holds.
fn ending(bytes: &[u8]) -> &'static str {
    let format = image::guess_format(bytes).ok();
    let endings = format.map(|format| format.extensions_str());
    endings
        .and_then(|endings| endings.first().copied())
        .unwrap_or("img")
}

/// Gives patients and their slices numbers, in the order they come in.
#[derive(Default)]
struct Numbers<'a>(BTreeMap<&'a str, (usize, usize)>);

impl<'a> Numbers<'a> {
    /// The patient's name in the archive, and that of the patient's next slice.
    fn next(&mut self, patient: &'a str) -> (String, String) {
        let next = self.0.len() + 1;
        let (number, slices) = self.0.entry(patient).or_insert((next, 0));
        *slices += 1;
        let patient = format!("patient-{number:04}");
        let slice = format!("{patient}/slice-{slices:04}");
        (patient, slice)
    }
}

/// How a file's name ends, and what it holds.
type Entry<'a> = &'a dyn Fn(&Prepared) -> Result<(&'static str, Vec<u8>), String>;

/// Written beside, then renamed; what is not finished is taken away.
fn pack(path: &Path, slices: &[Prepared], entry: Entry) -> Result<(), String> {
    let beside = path.with_extension("zip.part");
    let packed = fill(&beside, slices, entry)
        .and_then(|()| std::fs::rename(&beside, path).map_err(|e| e.to_string()))
        .map_err(|reason| format!("{}: {reason}", path.display()));
    if packed.is_err() {
        // That it could not be written is told; that it could not be removed tells no more.
        let _ = std::fs::remove_file(&beside);
    }
    packed
}

/// Pictures are compressed already: they are stored.
fn fill(path: &Path, slices: &[Prepared], entry: Entry) -> Result<(), String> {
    let plain = |reason: &dyn std::fmt::Display| reason.to_string();
    let file = File::create(path).map_err(|e| plain(&e))?;
    let mut archive = ZipWriter::new(std::io::BufWriter::new(file));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut list = csv::Writer::from_writer(Vec::new());
    list.write_record(["path", "label", "patient", "source", "note"])
        .map_err(|e| plain(&e))?;
    let mut numbers = Numbers::default();
    let bar = progress(slices.len() as u64, "packing");
    for slice in slices {
        let (ending, bytes) = entry(slice)?;
        let row = &slice.row;
        let (patient, name) = numbers.next(&row.patient);
        let name = format!("{name}.{ending}");
        let fields = [
            name.as_str(),
            row.label.name(),
            &patient,
            &row.source,
            &row.note,
        ];
        list.write_record(fields).map_err(|e| plain(&e))?;
        archive
            .start_file(name.as_str(), options)
            .map_err(|e| plain(&e))?;
        archive.write_all(&bytes).map_err(|e| plain(&e))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    archive
        .start_file("slices.csv", options)
        .map_err(|e| plain(&e))?;
    let list = list.into_inner().map_err(|e| plain(&e))?;
    archive.write_all(&list).map_err(|e| plain(&e))?;
    let mut file = archive.finish().map_err(|e| plain(&e))?;
    file.flush().map_err(|e| plain(&e))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use lungsight_imaging::Class;
    use lungsight_series::synthetic::{Coding, dicom_series};

    use super::*;
    use crate::manifest::Row;

    fn prepared(path: &str, patient: &str) -> Prepared {
        let pixels = vec![9; INPUT_SIDE * INPUT_SIDE];
        Prepared {
            row: Row {
                path: path.into(),
                label: Class::Covid,
                patient: patient.into(),
                source: "s".into(),
                note: String::new(),
                line: 0,
            },
            around: pixels.clone(),
            pixels,
        }
    }

    fn entries(path: &Path) -> BTreeMap<String, Vec<u8>> {
        let file = File::open(path).expect("written");
        let mut archive = zip::ZipArchive::new(file).expect("an archive");
        (0..archive.len())
            .map(|index| {
                let mut file = archive.by_index(index).expect("an entry");
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).expect("whole");
                (file.name().to_owned(), bytes)
            })
            .collect()
    }

    #[test]
    fn nothing_but_pixels_leaves_a_dicom_file_and_nobody_is_named() {
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::create_dir(folder.path().join("Doe")).expect("folder");
        let (_, files) = dicom_series(256, 1, &Coding::JpegLossless);
        std::fs::write(folder.path().join("Doe/a.dcm"), &files[0].1).expect("write");
        let greys = (0..128 * 128).map(|i| (i % 251) as u8).collect();
        let grey = Slice::new(128, 128, greys).expect("fits");
        let png = encode_png_grey(&grey);
        std::fs::write(folder.path().join("Doe/a"), &png).expect("write");
        // Names of their own, though both lead to the same place.
        let slices = ["Doe/a.dcm", "Doe/a", "../Doe/a"].map(|path| prepared(path, "Doe^Jane"));
        let pictures = folder.path().join("Doe");
        std::fs::create_dir(pictures.join("Doe")).expect("folder");
        for name in ["a.dcm", "a"] {
            std::fs::copy(pictures.join(name), pictures.join("Doe").join(name)).expect("copied");
        }
        let out = folder.path().join("out");
        write(&pictures, &slices, &out).expect("written");
        for archive in [ORIGINAL, MASKED] {
            let entries = entries(&out.join(archive));
            let numbers = [1, 2, 3].map(|n| format!("patient-0001/slice-{n:04}.png"));
            let names: Vec<&String> = entries.keys().collect();
            assert_eq!(names[..3], numbers.each_ref(), "{archive}");
            let list = String::from_utf8_lossy(&entries["slices.csv"]).into_owned();
            assert!(
                list.contains("slice-0001.png,covid,patient-0001,s,"),
                "{list}"
            );
            assert!(!list.contains("Doe"), "{list}");
        }
        let entries = entries(&out.join(ORIGINAL));
        assert!(entries["patient-0001/slice-0001.png"].starts_with(b"\x89PNG"));
        assert_eq!(entries["patient-0001/slice-0002.png"], png, "as it is");
    }

    #[test]
    fn what_fails_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let out = folder.path().join("out");
        let reason = write(folder.path(), &[prepared("gone.png", "p")], &out);
        assert!(reason.expect_err("no such file").contains("gone.png"));
        assert_eq!(std::fs::read_dir(&out).expect("a folder").count(), 0);
    }
}
