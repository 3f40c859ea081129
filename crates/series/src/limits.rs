//! What reading may take.

use serde::{Deserialize, Serialize};

/// What is taken at most; every figure is checked before memory or time is spent on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Size of one file in bytes, as it is handed over and as it lies unpacked.
    pub max_file_bytes: u64,
    /// Pixel data that is kept for decoding, over all files, in bytes; also what all archives together may unpack to.
    pub max_total_bytes: u64,
    /// Entries of an archive, folders included.
    pub max_entries: usize,
    /// Unpacked over packed bytes, of gzip, zip and deflated DICOM. CT packs to a quarter; deflate can do 1:1032.
    pub max_ratio: u64,
    /// Rows and columns.
    pub max_side: u32,
    /// Frames of one DICOM file.
    pub max_frames: u32,
    /// Slices over all series.
    pub max_slices: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_file_bytes: 1 << 30,
            max_total_bytes: 2 << 30,
            max_entries: 10_000,
            max_ratio: 100,
            max_side: 2048,
            max_frames: 4096,
            max_slices: 8192,
        }
    }
}

impl Limits {
    /// How many bytes `packed` bytes may unpack to. Little archives may be dense: their contents do no harm.
    pub(crate) fn unpacked(&self, packed: u64) -> u64 {
        const HARMLESS: u64 = 1 << 20;
        let by_ratio = packed.saturating_mul(self.max_ratio).max(HARMLESS);
        by_ratio.min(self.max_file_bytes)
    }
}
