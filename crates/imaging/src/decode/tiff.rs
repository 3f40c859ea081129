//! What a TIFF's first directory declares, held to the file and the limits before the decoder acts on it (TIFF 6.0,
//! sections 2 and 15). A directory may name one strip ten thousand times, tiles a thousand times the picture, or values that
//! the file has no room for.

use super::DecodeError;
use super::metered::Metered;

/// Tags that the decoder acts on.
const WIDTH: u16 = 256;
const LENGTH: u16 = 257;
const COMPRESSION: u16 = 259;
const STRIP_OFFSETS: u16 = 273;
const SAMPLES: u16 = 277;
const STRIP_BYTES: u16 = 279;
const TILE_WIDTH: u16 = 322;
const TILE_LENGTH: u16 = 323;
const TILE_OFFSETS: u16 = 324;
const TILE_BYTES: u16 = 325;
/// Bits, photometric interpretation, rows of a strip, planes, predictor, colour map, extra samples, sample format, tables
/// of a JPEG, chroma subsampling.
const OTHERS: [u16; 10] = [258, 262, 278, 284, 317, 320, 338, 339, 347, 530];

/// Values of the field *Compression* for a JPEG inside a TIFF.
const JPEG: [u32; 2] = [6, 7];

/// Strips or tiles, each of which costs the decoder a start. A picture of 4096 x 4096 in tiles of 16 x 16 has as many.
const MAX_CHUNKS: u64 = 1 << 16;

/// Grey, colour, transparency and three more.
const MAX_SAMPLES: u32 = 8;

/// Tiles reach over the picture's edges, but not by more than so many times the largest picture.
const MAX_PADDING: u64 = 2;

/// What is read ahead at the start of each strip or tile.
const AHEAD_BYTES: u64 = 64 << 10;

/// So many times may each byte of the file be read. Once, as a rule; files that store equal strips once read them again.
const MAX_READS: u64 = 4;

/// What the first directory declares.
#[derive(Default)]
pub(super) struct Declared {
    pub(super) width: u32,
    pub(super) height: u32,
    tile_width: u32,
    tile_length: u32,
    samples: u32,
    compression: u32,
    /// Strips or tiles.
    chunks: u64,
    /// Tags that were read.
    seen: Vec<u16>,
}

/// Reads the first directory.
///
/// # Errors
/// When the file has no room for it or for what it declares.
pub(super) fn declared(bytes: &[u8]) -> Result<Declared, DecodeError> {
    let file = File::new(bytes)?;
    let mut declared = Declared::default();
    for entry in file.entries()? {
        declared.take(&file, entry)?;
    }
    Ok(declared)
}

fn malformed(reason: impl Into<String>) -> DecodeError {
    DecodeError::Malformed {
        reason: reason.into(),
    }
}

/// The bytes in their order.
struct File<'a> {
    bytes: &'a [u8],
    is_little: bool,
}

impl<'a> File<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let is_little = bytes.starts_with(b"II");
        let file = Self { bytes, is_little };
        match file.short(2) {
            Some(42) => Ok(file),
            Some(43) => Err(DecodeError::Unsupported {
                reason: "a BigTIFF, made for files of more than 4 GiB".to_owned(),
            }),
            _ => Err(malformed("the TIFF has no header")),
        }
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }

    /// Where each entry of the first directory begins.
    fn entries(&self) -> Result<impl Iterator<Item = usize> + use<>, DecodeError> {
        let missing = || malformed("the TIFF's directory is not in the file");
        let start = self.long(4).ok_or_else(missing)? as usize;
        let count = usize::from(self.short(start).ok_or_else(missing)?);
        let end = start + 2 + 12 * count;
        if end > self.bytes.len() {
            return Err(missing());
        }
        Ok((start + 2..end).step_by(12))
    }
}

impl Declared {
    /// Reads the entry at `at`, if the decoder acts on it.
    fn take(&mut self, file: &File, at: usize) -> Result<(), DecodeError> {
        let (Some(tag), Some(kind), Some(count)) =
            (file.short(at), file.short(at + 2), file.long(at + 4))
        else {
            return Err(malformed("the TIFF's directory is cut off"));
        };
        let number = || match (kind, count) {
            (1, 1) => Ok(u32::from(file.bytes[at + 8])),
            (3, 1) => Ok(file.short(at + 8).map_or(0, u32::from)),
            (4, 1) => Ok(file.long(at + 8).unwrap_or(0)),
            _ => Err(malformed(format!("field {tag} of the TIFF is no number"))),
        };
        match tag {
            WIDTH => self.width = number()?,
            LENGTH => self.height = number()?,
            TILE_WIDTH => self.tile_width = number()?,
            TILE_LENGTH => self.tile_length = number()?,
            SAMPLES => self.samples = number()?,
            COMPRESSION => self.compression = number()?,
            STRIP_OFFSETS | STRIP_BYTES | TILE_OFFSETS | TILE_BYTES => {
                self.chunks = self.chunks.max(u64::from(count));
            }
            _ if OTHERS.contains(&tag) => {}
            _ => return Ok(()),
        }
        // The decoder takes the last of several.
        if self.seen.contains(&tag) {
            return Err(malformed(format!("field {tag} of the TIFF is there twice")));
        }
        self.seen.push(tag);
        if u64::from(count) * value_bytes(kind) > file.bytes.len() as u64 {
            return Err(malformed(format!(
                "field {tag} of the TIFF declares more values than the file has"
            )));
        }
        Ok(())
    }

    /// Holds what is declared to what the largest picture may cost.
    ///
    /// # Errors
    /// When it costs more, or is a kind of TIFF that is not read.
    pub(super) fn check(&self, max_pixels: u64) -> Result<(), DecodeError> {
        // Such a JPEG has a size of its own, for which the decoder takes whatever memory it asks.
        if JPEG.contains(&self.compression) {
            return Err(DecodeError::Unsupported {
                reason: "a JPEG inside a TIFF; please save it as one or the other".to_owned(),
            });
        }
        let covered = padded(self.width, self.tile_width)
            .saturating_mul(padded(self.height, self.tile_length));
        let reason = if self.chunks > MAX_CHUNKS {
            let chunks = self.chunks;
            format!("it has {chunks} strips or tiles, and at most {MAX_CHUNKS} are read")
        } else if self.samples > MAX_SAMPLES {
            let samples = self.samples;
            format!("it has {samples} values a pixel, and at most {MAX_SAMPLES} are read")
        } else if covered > max_pixels.saturating_mul(MAX_PADDING) {
            format!("its tiles cover {covered} pixels")
        } else {
            return Ok(());
        };
        Err(DecodeError::TooCostly { reason })
    }

    /// The file for the decoder, which may read no more of it than this picture needs.
    pub(super) fn metered<'a>(&self, bytes: &'a [u8]) -> Metered<'a> {
        let length = bytes.len() as u64;
        Metered::new(bytes, length * MAX_READS + self.chunks * AHEAD_BYTES)
    }
}

/// A side with the last tile whole.
fn padded(side: u32, tile: u32) -> u64 {
    let tile = u64::from(tile.max(1));
    u64::from(side).div_ceil(tile) * tile
}

/// Size of one value of a type (TIFF 6.0, section 2); unknown types are skipped by the decoder.
fn value_bytes(kind: u16) -> u64 {
    match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 0,
    }
}
