//! The figures of the weights' evaluation, as `lungsight-train figures` drew them: read once, shown as they are.

use std::collections::BTreeMap;
use std::path::Path;

use axum::body::Bytes;

/// Larger files are no figure of ours.
const MOST_BYTES: u64 = 1 << 20;

/// SVG by name, without the extension.
#[derive(Debug, Default)]
pub struct Figures(BTreeMap<String, Bytes>);

impl Figures {
    /// Reads `figures/*.svg` of a weights folder; weights without figures have none.
    pub fn read(weights: &Path) -> Self {
        let Ok(entries) = std::fs::read_dir(weights.join("figures")) else {
            return Self::default();
        };
        let figure = |entry: std::fs::DirEntry| {
            let name = entry.file_name().into_string().ok()?;
            let name = name.strip_suffix(".svg")?.to_owned();
            let small = entry.metadata().ok()?.len() <= MOST_BYTES;
            let bytes = small.then(|| std::fs::read(entry.path()))?;
            match bytes {
                Ok(bytes) => Some((name, Bytes::from(bytes))),
                Err(error) => {
                    tracing::warn!(%error, "a figure of the weights can't be read");
                    None
                }
            }
        };
        Self(entries.filter_map(|e| figure(e.ok()?)).collect())
    }

    /// In alphabetical order.
    pub fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    /// One figure's SVG.
    pub fn svg(&self, name: &str) -> Option<Bytes> {
        self.0.get(name).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn svgs_of_the_folder_are_read_and_nothing_else() {
        let folder = tempfile::tempdir().expect("temporary folder");
        assert!(Figures::read(folder.path()).names().is_empty());
        let figures = folder.path().join("figures");
        std::fs::create_dir(&figures).expect("folder");
        std::fs::write(figures.join("roc.svg"), "<svg/>").expect("figure");
        std::fs::write(figures.join("notes.txt"), "no figure").expect("file");
        let read = Figures::read(folder.path());
        assert_eq!(read.names(), ["roc"]);
        assert_eq!(read.svg("roc").as_deref(), Some(&b"<svg/>"[..]));
        assert_eq!(read.svg("../figures/roc"), None);
    }
}
