//! Files of unknown size.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A file's first bytes, no more than one above the limit: whoever knows the limit then sees that there are too many.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
