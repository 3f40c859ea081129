//! Example images of whoever runs the server: a folder per class, listed at the start, read when they are asked for.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lungsight_app::backend::OwnExample;
use lungsight_imaging::{Class, Limits, SegmentOptions, Slice, decode, is_picture_name, segment};

use crate::bounded_file;
use crate::offers::{OfferError, files, real};
use crate::prepare::SliceFault;

/// Examples of one class that are shown.
const MOST: usize = 12;

/// Where the pictures come from, at the top of the folder.
const SOURCES: &str = "sources.json";

/// Pictures of each class, in the order of [`Class::ALL`].
#[derive(Debug, Default)]
pub struct Examples([Vec<Example>; 3]);

#[derive(Debug)]
struct Example {
    path: PathBuf,
    source: Option<String>,
    has_lungs: bool,
}

impl Examples {
    /// Lists the pictures of a folder that holds `healthy`, `pneumonia` and `covid`.
    ///
    /// # Errors
    /// When a folder is missing, when there is no picture, and when `sources.json` cannot be read or names a picture that is
    /// not there.
    pub fn read(folder: &Path) -> Result<Self, OfferError> {
        let root = real(folder)?;
        let mut sources = read_sources(&root.join(SOURCES))?;
        let mut classes: [Vec<Example>; 3] = Default::default();
        for class in Class::ALL {
            let pictures = files(&root, &root.join(class.name()))?
                .into_iter()
                .filter(|(name, _)| is_picture_name(name));
            let examples = &mut classes[class.index()];
            examples.extend(pictures.map(|(name, path)| Example {
                path,
                has_lungs: true,
                source: sources.remove(&format!("{class}/{name}")),
            }));
            if examples.len() > MOST {
                let left_out = examples.len() - MOST;
                tracing::warn!(%class, left_out, "more than {MOST} examples of a class: the first by name are shown");
                examples.truncate(MOST);
            }
        }
        // What is left of them belongs to no picture.
        if let Some(name) = sources.keys().next() {
            let reason = format!("names '{name}', and there is no such picture");
            return Err(OfferError::new(&root.join(SOURCES), reason));
        }
        if classes.iter().all(Vec::is_empty) {
            let reason = "holds no pictures (PNG, JPEG, BMP or TIFF)".to_owned();
            return Err(OfferError::new(folder, reason));
        }
        Ok(Self(classes))
    }

    /// Looks at every picture once: what is no slice is left out and named in the log; where no lungs are found the page says
    /// so. Takes some 10 ms per picture.
    pub fn look(&mut self, limits: &Limits) {
        for examples in &mut self.0 {
            examples.retain_mut(|example| match read_slice(&example.path, limits) {
                Ok(slice) => {
                    example.has_lungs = segment(&slice, &SegmentOptions::default()).lungs().is_ok();
                    true
                }
                Err(reason) => {
                    let path = example.path.display();
                    tracing::warn!(%path, %reason, "an example is left out");
                    false
                }
            });
        }
    }

    /// All, class by class.
    pub fn list(&self) -> Vec<OwnExample> {
        let of_class = move |class: Class| {
            let numbered = self.0[class.index()].iter().enumerate();
            numbered.map(move |(number, example)| OwnExample {
                class,
                name: format!("own/{class}/{number}"),
                source: example.source.clone(),
                has_lungs: example.has_lungs,
            })
        };
        Class::ALL.into_iter().flat_map(of_class).collect()
    }

    /// The file of the example that is listed as `own/{class}/{number}`.
    pub fn path(&self, class: &str, number: &str) -> Option<&Path> {
        let class: Class = class.parse().ok()?;
        let mut numbered = self.0[class.index()].iter().enumerate();
        // As text: `01` and `+1` are numbers, too, but no names of examples.
        let (_, example) = numbered.find(|(index, _)| index.to_string() == number)?;
        Some(&example.path)
    }
}

/// Sources by the pictures' names below the folder; none where there is no such file.
fn read_sources(path: &Path) -> Result<BTreeMap<String, String>, OfferError> {
    match std::fs::read(path) {
        Ok(json) => serde_json::from_slice(&json)
            .map_err(|error| OfferError::new(path, format!("no object of texts: {error}"))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(OfferError::new(path, error)),
    }
}

/// Reads and decodes one picture; may block.
///
/// # Errors
/// When the file is gone or is no slice.
pub fn read_slice(path: &Path, limits: &Limits) -> Result<Slice, SliceFault> {
    let unreadable =
        |error: std::io::Error| SliceFault::Unreadable(format!("cannot be read: {error}"));
    let bytes = bounded_file::read(path, limits.max_bytes as u64).map_err(unreadable)?;
    decode(&bytes, limits).map_err(SliceFault::Slice)
}
