//! The pixels of a file, compressed as they came, and one frame of them in Hounsfield units.

use std::borrow::Cow;
use std::ops::Range;

use super::stored::{Rescale, Stored};
use super::syntax::PixelCoding;
use super::{jpeg, jpeg2000, rle};
use crate::Refusal;

/// What is kept of a file: its pixel data and how they are read, nothing that says whose they are.
pub(crate) struct Pixels {
    pub bytes: Vec<u8>,
    pub columns: u32,
    pub rows: u32,
    pub stored: Stored,
    pub coding: PixelCoding,
    /// Each frame's pieces.
    pub frames: Vec<Vec<Range<usize>>>,
}

impl Pixels {
    /// Drops what lies before and after the pixels.
    pub fn keep_pixels_alone(&mut self) {
        let pieces = || self.frames.iter().flatten();
        let start = pieces().map(|piece| piece.start).min().unwrap_or(0);
        let end = pieces().map(|piece| piece.end).max().unwrap_or(start);
        self.bytes.truncate(end);
        self.bytes.drain(..start);
        self.bytes.shrink_to_fit();
        for piece in self.frames.iter_mut().flatten() {
            *piece = piece.start - start..piece.end - start;
        }
    }

    /// What they take in memory.
    pub fn kept_bytes(&self) -> usize {
        let pieces: usize = self.frames.iter().map(Vec::len).sum();
        self.bytes.len() + pieces * size_of::<Range<usize>>()
    }

    /// Holds what the first frame declares to what the header does.
    pub fn check(&self) -> Result<(), Refusal> {
        self.check_frame(&self.frame(0)?)
    }

    fn check_frame(&self, bytes: &[u8]) -> Result<(), Refusal> {
        match self.coding {
            PixelCoding::Native { .. } | PixelCoding::Rle => Ok(()),
            PixelCoding::Jpeg | PixelCoding::JpegLossless => {
                jpeg::check(bytes, self.columns, self.rows, self.coding)
            }
            PixelCoding::Jpeg2000 => jpeg2000::check(bytes, self.columns, self.rows),
            PixelCoding::Unread(syntax) => Err(Refusal::Syntax(syntax)),
        }
    }

    fn frame(&self, number: usize) -> Result<Cow<'_, [u8]>, Refusal> {
        let pieces = self.frames.get(number).ok_or(Refusal::TruncatedPixels)?;
        let piece = |range: &Range<usize>| self.bytes.get(range.clone());
        let pieces: Option<Vec<&[u8]>> = pieces.iter().map(piece).collect();
        match pieces.ok_or(Refusal::TruncatedPixels)?.as_slice() {
            [one] => Ok(Cow::Borrowed(one)),
            many => Ok(Cow::Owned(many.concat())),
        }
    }

    /// A frame in Hounsfield units, as it is stored: row by row. In this order: what the codestream declares, samples,
    /// bits and sign, padding, rescale.
    pub fn decode(&self, number: usize, rescale: Rescale) -> Result<Vec<i16>, Refusal> {
        let bytes = self.frame(number)?;
        self.check_frame(&bytes)?;
        let pixels = self.columns as usize * self.rows as usize;
        let samples = match self.coding {
            PixelCoding::Native { big_endian } => {
                return self.native(&bytes, pixels, big_endian, rescale);
            }
            PixelCoding::Rle => rle::decode(&bytes, pixels, self.stored.bytes)?,
            PixelCoding::Jpeg | PixelCoding::JpegLossless => {
                fenced(|| jpeg::decode(&bytes, pixels))?
            }
            PixelCoding::Jpeg2000 => fenced(|| jpeg2000::decode(&bytes, self.columns, self.rows))?,
            PixelCoding::Unread(syntax) => return Err(Refusal::Syntax(syntax)),
        };
        Ok(self.stored.to_hu(samples.into_iter(), rescale))
    }

    fn native(
        &self,
        bytes: &[u8],
        pixels: usize,
        big_endian: bool,
        rescale: Rescale,
    ) -> Result<Vec<i16>, Refusal> {
        let needed = pixels * self.stored.bytes;
        let bytes = bytes.get(..needed).ok_or(Refusal::TruncatedPixels)?;
        let (pairs, _) = bytes.as_chunks::<2>();
        Ok(match (self.stored.bytes, big_endian) {
            (1, _) => self
                .stored
                .to_hu(bytes.iter().map(|&b| u16::from(b)), rescale),
            (_, false) => {
                let samples = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
                self.stored.to_hu(samples, rescale)
            }
            (_, true) => {
                let samples = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
                self.stored.to_hu(samples, rescale)
            }
        })
    }
}

/// Decoders of others may panic on codestreams that nobody thought of: that is a damaged picture, not the end of who asked.
/// Where panics abort (in the browser), the worker is replaced instead.
fn fenced(decode: impl Fn() -> Result<Vec<u16>, Refusal>) -> Result<Vec<u16>, Refusal> {
    let decode = std::panic::AssertUnwindSafe(decode);
    std::panic::catch_unwind(decode).unwrap_or(Err(Refusal::Codestream))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_panics_has_met_a_damaged_picture() {
        let values: [u16; 0] = [];
        let panics = fenced(|| Ok(vec![values[std::hint::black_box(1)]]));
        assert_eq!(panics, Err(Refusal::Codestream));
        assert_eq!(fenced(|| Ok(vec![7])), Ok(vec![7]));
    }
}
