//! Archives for download, such as `lungsight-train preprocess --archives` writes: listed at the start, served as they are.

use std::path::{Path, PathBuf};

use lungsight_app::backend::Archive;

use crate::offers::{OfferError, files, real};

/// Files by name.
#[derive(Debug, Default)]
pub struct Archives(Vec<(Archive, PathBuf)>);

impl Archives {
    /// Lists the files of a folder; those that are still being written (`….part`) are left out.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read, and when there is none.
    pub fn read(folder: &Path) -> Result<Self, OfferError> {
        let root = real(folder)?;
        let mut archives = Vec::new();
        for (name, path) in files(&root, &root)? {
            if name.ends_with(".part") {
                continue;
            }
            let file = std::fs::metadata(&path).map_err(|error| OfferError::new(&path, error))?;
            let bytes = file.len();
            archives.push((Archive { name, bytes }, path));
        }
        if archives.is_empty() {
            return Err(OfferError::new(folder, "holds no files"));
        }
        Ok(Self(archives))
    }

    /// All, in alphabetical order.
    pub fn list(&self) -> Vec<Archive> {
        self.0.iter().map(|(archive, _)| archive.clone()).collect()
    }

    /// Where the file of this name lies.
    pub fn path(&self, name: &str) -> Option<&Path> {
        let mut files = self.0.iter();
        files
            .find(|(archive, _)| archive.name == name)
            .map(|(_, path)| path.as_path())
    }
}
