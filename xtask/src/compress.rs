//! Files compressed once, as well as it goes, so that the server need not do it at every request.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::process::Outcome;

/// Writes `.br` and `.gz` beside every script, style sheet and WASM of the folder, and tells the sizes.
pub fn folder(folder: &Path) -> Outcome {
    let listing = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for entry in listing {
        let path = entry.map_err(|e| e.to_string())?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("js" | "css" | "wasm")) {
            file(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        }
    }
    Ok(())
}

fn file(path: &Path) -> std::io::Result<()> {
    let bytes = std::fs::read(path)?;
    let beside = |extension: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(extension);
        File::create(name).map(BufWriter::new)
    };
    // Level 11 and the largest window: the most that Brotli has.
    let mut brotli = brotli::CompressorWriter::new(beside(".br")?, 1 << 16, 11, 24);
    brotli.write_all(&bytes)?;
    brotli.flush()?;
    drop(brotli);
    let mut gzip = flate2::write::GzEncoder::new(beside(".gz")?, flate2::Compression::best());
    gzip.write_all(&bytes)?;
    gzip.finish()?.flush()?;
    let size = |extension: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(extension);
        std::fs::metadata(name).map(|data| data.len() / 1000)
    };
    println!(
        "  {}: {} kB, gzip {} kB, Brotli {} kB",
        path.file_name().unwrap_or_default().to_string_lossy(),
        bytes.len() / 1000,
        size(".gz")?,
        size(".br")?,
    );
    Ok(())
}
