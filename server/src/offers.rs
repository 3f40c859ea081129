//! What whoever runs the server adds to the site: example images and archives of their own. Read once, at the start, so that
//! a mistake is said then and not to a visitor.

use std::path::{Path, PathBuf};

use crate::archives::Archives;
use crate::config::SiteConfig;
use crate::examples::Examples;

/// Own examples and archives; none by default.
#[derive(Debug, Default)]
pub struct Offers {
    pub examples: Examples,
    pub archives: Archives,
}

impl Offers {
    /// Lists the folders that the configuration names.
    ///
    /// # Errors
    /// Names the file or folder that is not as it should be, and the reason.
    pub fn read(site: &SiteConfig) -> Result<Self, OfferError> {
        let examples = site.examples.as_deref().map(Examples::read).transpose()?;
        let archives = site.archives.as_deref().map(Archives::read).transpose()?;
        Ok(Self {
            examples: examples.unwrap_or_default(),
            archives: archives.unwrap_or_default(),
        })
    }
}

/// What is wrong with a file or folder that was to be offered.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", .path.display())]
pub struct OfferError {
    path: PathBuf,
    reason: String,
}

impl OfferError {
    pub(crate) fn new(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}

/// The folder's real path.
pub(crate) fn real(folder: &Path) -> Result<PathBuf, OfferError> {
    std::fs::canonicalize(folder).map_err(|error| OfferError::new(folder, error))
}

/// The regular files of `folder`, by name and in its order. Hidden ones, those whose name is no text, and links that lead out
/// of `root` (a real path) are not among them.
pub(crate) fn files(root: &Path, folder: &Path) -> Result<Vec<(String, PathBuf)>, OfferError> {
    let wrong = |error: std::io::Error| OfferError::new(folder, error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        let Ok(name) = entry.map_err(wrong)?.file_name().into_string() else {
            continue;
        };
        // A link that leads nowhere has no real path.
        let Ok(path) = std::fs::canonicalize(folder.join(&name)) else {
            continue;
        };
        if !name.starts_with('.') && path.starts_with(root) && path.is_file() {
            files.push((name, path));
        }
    }
    files.sort();
    Ok(files)
}
