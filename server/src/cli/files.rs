//! Files in and out of the command line: read under limits, written without one overwriting the other.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::CommandError;
use crate::bounded_file;
use crate::name;
use crate::prepare::SliceFault;

/// A file's bytes, no more than one above the limit.
pub(super) fn read(path: &Path, max_bytes: usize) -> Result<Vec<u8>, SliceFault> {
    let unreadable =
        |error: std::io::Error| SliceFault::Unreadable(format!("cannot be read: {error}"));
    if fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Err(SliceFault::Unreadable(
            "is a folder; name the files in it, e.g. with FOLDER/*".to_owned(),
        ));
    }
    bounded_file::read(path, max_bytes as u64).map_err(unreadable)
}

/// The name that is shown for a file.
pub(super) fn shown(path: &Path, number: usize) -> String {
    name::for_display(
        &path.file_name().unwrap_or_default().to_string_lossy(),
        number,
    )
}

/// Writes `bytes` to `folder/name`.
pub(super) fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, CommandError> {
    let path = folder.join(name);
    fs::write(&path, bytes).map_err(CommandError::io(format!("writing {}", path.display())))?;
    Ok(path)
}

/// Makes the folder where it is missing.
pub(super) fn make_folder(folder: &Path) -> Result<(), CommandError> {
    fs::create_dir_all(folder).map_err(CommandError::io(format!("making {}", folder.display())))
}

/// For each file `NAME.ext` the `NAME` that its outputs begin with. A second file of the same name gets `NAME-2`, which
/// is said on stderr.
pub(super) fn output_names(paths: &[PathBuf]) -> Vec<String> {
    let stems: Vec<String> = paths
        .iter()
        .map(|path| {
            path.file_stem()
                .unwrap_or(OsStr::new("slice"))
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let given: HashSet<&String> = stems.iter().collect();
    let mut taken = HashSet::new();
    let mut names = Vec::with_capacity(stems.len());
    for (path, stem) in paths.iter().zip(&stems) {
        let numbered = (2..).map(|number| format!("{stem}-{number}"));
        let free = |name: &String| !taken.contains(name) && (name == stem || !given.contains(name));
        let name = std::iter::once(stem.clone())
            .chain(numbered)
            .find(free)
            .expect("numbers do not run out");
        if name != *stem {
            eprintln!(
                "{}: another file has this name; its outputs begin with {name}",
                path.display()
            );
        }
        taken.insert(name.clone());
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_numbered_and_never_meet_a_given_one() {
        let paths = ["a/x.png", "b/x.jpg", "x-2.png", "c/x.png", "y.z.png"].map(PathBuf::from);
        assert_eq!(output_names(&paths), ["x", "x-3", "x-2", "x-4", "y.z"]);
    }
}
