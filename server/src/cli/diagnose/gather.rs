//! From paths to slices: pictures, and series of DICOM and NIfTI files, in folders and zips too.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lungsight_imaging::is_picture_name;
use lungsight_series::{Limits, Note, Refusal, Series, SeriesReader};

use crate::cli::files;
use crate::prepare::{PreparedSlice, SliceFault, prepare, prepare_of_series};
use crate::series::position_mm;

/// Entries of folders that are looked at, at most.
const MAX_ENTRIES: usize = 100_000;

/// How deep folders may lie in one another.
const MAX_DEPTH: usize = 16;

/// What was found under some paths.
#[derive(Default)]
pub(super) struct Gathered {
    pub pictures: Vec<PathBuf>,
    pub series: Vec<Arc<Series>>,
    /// Files that gave nothing, with the reason; not those in folders that are none of the kinds read here.
    pub refused: Vec<(String, String)>,
    /// What is odd about all files together.
    pub notes: Vec<Note>,
}

/// Looks at every path: pictures are told by their names' extensions, everything else by its bytes.
pub(super) fn gather(paths: &[PathBuf]) -> Gathered {
    let limits = Limits::default();
    let mut reader = SeriesReader::new(limits);
    let mut gathered = Gathered::default();
    // Files named one by one whose kind their bytes do not tell are left to the decoders of pictures.
    let mut named = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut found = Vec::new();
            walk(path, MAX_DEPTH, &mut found, &mut gathered.refused);
            for file in found {
                if is_picture(&file) {
                    gathered.pictures.push(file);
                } else {
                    let name = file.strip_prefix(path).unwrap_or(&file);
                    add(&mut reader, &file, name, &limits, &mut gathered.refused);
                }
            }
        } else if is_picture(path) {
            gathered.pictures.push(path.clone());
        } else {
            let name = own_name(path);
            add(&mut reader, path, &name, &limits, &mut gathered.refused);
            named.push((name, path));
        }
    }
    let collected = reader.finish();
    gathered.series = collected.series.into_iter().map(Arc::new).collect();
    gathered.notes = collected.notes;
    for file in collected.refused {
        if file.reason != Refusal::UnknownFormat {
            gathered.refused.push((file.name, file.reason.to_string()));
        } else if let Some(at) = named.iter().position(|(name, _)| shown(name) == file.name) {
            gathered.pictures.push(named.remove(at).1.clone());
        }
    }
    gathered
}

/// The name that a series' reader knows a file by.
fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The name of a file that was named itself. The reader passes hidden files over, and what lies in hidden folders: not these.
fn own_name(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or(path.as_os_str());
    let name = name.to_string_lossy();
    PathBuf::from(name.trim_start_matches('.'))
}

fn add(
    reader: &mut SeriesReader,
    path: &Path,
    name: &Path,
    limits: &Limits,
    refused: &mut Vec<(String, String)>,
) {
    match files::read(path, limits.max_file_bytes as usize) {
        Ok(bytes) => reader.add(&shown(name), bytes),
        Err(fault) => refused.push((shown(name), fault.to_string())),
    }
}

/// Files below a folder, sorted by name, hidden ones passed over; links to folders are not followed.
fn walk(
    folder: &Path,
    depth: usize,
    found: &mut Vec<PathBuf>,
    refused: &mut Vec<(String, String)>,
) {
    let mut entries: Vec<_> = match fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(Result::ok).collect(),
        Err(error) => {
            refused.push((shown(folder), format!("cannot be read: {error}")));
            return;
        }
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_hidden {
            continue;
        }
        if found.len() >= MAX_ENTRIES || (is_folder && depth == 0) {
            refused.push((shown(&entry.path()), "too many files or folders".to_owned()));
            return;
        }
        if is_folder {
            walk(&entry.path(), depth - 1, found, refused);
        } else if entry.path().is_file() {
            found.push(entry.path());
        }
    }
}

/// Whether a file's name says that it is a picture.
pub(super) fn is_picture(path: &Path) -> bool {
    is_picture_name(&path.to_string_lossy())
}

/// One slice that is to be classified.
pub(super) struct Item {
    /// As results name it.
    pub name: String,
    /// What the names of files about it begin with.
    pub output: String,
    pub source: Source,
}

/// Where a slice's pixels are.
#[derive(Clone)]
pub(super) enum Source {
    Picture(PathBuf),
    /// A slice of a series, counted from 0.
    Slice(Arc<Series>, usize),
}

impl Item {
    /// One item for each picture, then one for each slice of the series.
    pub(super) fn all(pictures: &[PathBuf], series: &[Arc<Series>]) -> Vec<Self> {
        let outputs = files::output_names(pictures);
        let of_pictures = (1..).zip(pictures).zip(outputs);
        let of_pictures = of_pictures.map(|((number, path), output)| Self {
            name: files::shown(path, number),
            output,
            source: Source::Picture(path.clone()),
        });
        let of_series = (1..).zip(series).flat_map(|(number, one)| {
            (0..one.slices().len()).map(move |slice| {
                // Names of files may hold a person's; numbers do not.
                let name = match series.len() {
                    1 => format!("slice-{:03}", slice + 1),
                    _ => format!("series-{number}-slice-{:03}", slice + 1),
                };
                Self {
                    output: name.clone(),
                    name,
                    source: Source::Slice(Arc::clone(one), slice),
                }
            })
        });
        of_pictures.chain(of_series).collect()
    }

    /// Decodes the slice and finds its lungs.
    pub(super) fn prepare(&self) -> Result<PreparedSlice, SliceFault> {
        match &self.source {
            Source::Picture(path) => {
                let limits = lungsight_imaging::Limits::default();
                let bytes = files::read(path, limits.max_bytes)?;
                prepare(&bytes, None, &limits)
            }
            Source::Slice(series, number) => prepare_of_series(series, *number),
        }
    }

    /// Where a slice lies in its series, in mm towards the head.
    pub(super) fn position_mm(&self) -> Option<f32> {
        match &self.source {
            Source::Picture(_) => None,
            Source::Slice(series, number) => position_mm(series, *number),
        }
    }

    /// Whether a slice of a series shows no lungs: a chest CT begins above them and ends below.
    pub(super) fn is_left_out(&self, fault: &SliceFault) -> bool {
        matches!(fault, SliceFault::NoLungs(_)) && matches!(self.source, Source::Slice(..))
    }

    /// What the user knows the slice by.
    pub(super) fn label(&self) -> String {
        match &self.source {
            Source::Picture(path) => path.display().to_string(),
            Source::Slice(..) => self.name.clone(),
        }
    }
}
