//! What a JPEG will cost, from its markers: the decoder goes over all coefficients once for every scan, and builds every
//! table that is defined.

use super::DecodeError;

/// Definitions of Huffman tables in one file. One with ten scans of three components has about twenty.
const MAX_TABLES: usize = 256;

/// Scans of a picture of the largest size that is read; a smaller one may have as many more. Encoders write ten.
const MAX_SCANS: u64 = 24;

/// Markers (ITU-T T.81, table B.1).
const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;
const HUFFMAN_TABLES: u8 = 0xc4;

/// Markers are counted wherever their two bytes stand. In coded data they cannot; in a thumbnail's they can, and the limits
/// leave room for one.
pub(super) struct Markers {
    scans: u64,
    /// Whether the scan is closed by an end marker. The decoder fills what is missing with grey, and a slice whose lower
    /// half is grey must not be analysed.
    pub(super) ends: bool,
}

/// Counts the markers of a JPEG.
///
/// # Errors
/// When it defines more tables than any encoder writes.
pub(super) fn markers(bytes: &[u8]) -> Result<Markers, DecodeError> {
    let (mut scans, mut tables) = (0, 0);
    for pair in bytes.windows(2) {
        match pair {
            [0xff, START_OF_SCAN] => scans += 1,
            [0xff, HUFFMAN_TABLES] => tables += 1,
            _ => {}
        }
    }
    if tables > MAX_TABLES {
        return Err(DecodeError::TooCostly {
            reason: format!(
                "it defines {tables} Huffman tables, and at most {MAX_TABLES} are read"
            ),
        });
    }
    Ok(Markers {
        scans,
        ends: ends(bytes),
    })
}

impl Markers {
    /// Holds scans times pixels to the time that the largest picture may take.
    pub(super) fn check_scans(&self, pixels: u64, max_pixels: u64) -> Result<(), DecodeError> {
        if self.scans.saturating_mul(pixels) <= max_pixels.saturating_mul(MAX_SCANS) {
            return Ok(());
        }
        Err(DecodeError::TooCostly {
            reason: format!("its {pixels} pixels come in {} scans", self.scans),
        })
    }
}

fn ends(bytes: &[u8]) -> bool {
    let mut at = 2;
    // Segments carry their length up to the first scan; a thumbnail's end marker inside one is skipped with it.
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..at + 4) {
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker == START_OF_SCAN {
            break;
        }
    }
    bytes
        .get(at..)
        .is_some_and(|scan| scan.windows(2).any(|pair| pair == [0xff, END_OF_IMAGE]))
}
