//! JPEG in one component: baseline and extended with 8 bits, lossless with up to 16 (ITU-T T.81).

use jpeg_decoder::{Decoder, PixelFormat};

use super::syntax::PixelCoding;
use crate::{Refusal, UnreadSyntax};

/// A decoder goes over the whole picture for each scan; one component has one.
const MAX_SCANS: usize = 2;

/// Holds what a codestream declares to what the header does, before anything is decoded.
pub(crate) fn check(
    bytes: &[u8],
    columns: u32,
    rows: u32,
    coding: PixelCoding,
) -> Result<(), Refusal> {
    let frame = frame_header(bytes).ok_or(Refusal::Codestream)?;
    if frame.components != 1 {
        return Err(Refusal::Coloured);
    }
    match (frame.process, coding) {
        (0xc0 | 0xc1, PixelCoding::Jpeg) => {}
        (0xc3, PixelCoding::JpegLossless) => {}
        (0xc2, _) => return Err(Refusal::Syntax(UnreadSyntax::ProgressiveJpeg)),
        _ => return Err(Refusal::Codestream),
    }
    if coding == PixelCoding::Jpeg && frame.precision != 8 {
        return Err(Refusal::Syntax(UnreadSyntax::Jpeg12Bit));
    }
    // The decoder predicts over them as if they were not there, and gives other values without a word.
    if coding == PixelCoding::JpegLossless
        && (frame.restart_interval != 0 || frame.point_transform != 0)
    {
        return Err(Refusal::Syntax(UnreadSyntax::JpegLosslessRestarts));
    }
    if (u32::from(frame.columns), u32::from(frame.rows)) != (columns, rows) {
        return Err(Refusal::Codestream);
    }
    // In coded data FF is followed by 0 or by a restart: only markers read so.
    let scans = bytes.windows(2).filter(|pair| pair == b"\xff\xda").count();
    if scans > MAX_SCANS {
        return Err(Refusal::TooCostly);
    }
    Ok(())
}

/// The samples of a frame that [`check`] passes.
pub(crate) fn decode(bytes: &[u8], pixels: usize) -> Result<Vec<u16>, Refusal> {
    let mut decoder = Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(pixels.saturating_mul(2));
    let decoded = decoder.decode().map_err(|_| Refusal::Codestream)?;
    let samples: Vec<u16> = match decoder.info().map(|info| info.pixel_format) {
        Some(PixelFormat::L8) => decoded.into_iter().map(u16::from).collect(),
        Some(PixelFormat::L16) => {
            let (pairs, _) = decoded.as_chunks::<2>();
            pairs.iter().map(|pair| u16::from_ne_bytes(*pair)).collect()
        }
        _ => return Err(Refusal::Codestream),
    };
    if samples.len() == pixels {
        Ok(samples)
    } else {
        Err(Refusal::Codestream)
    }
}

/// What is declared before the first scan's data.
struct FrameHeader {
    process: u8,
    precision: u8,
    rows: u16,
    columns: u16,
    components: u8,
    /// Samples between two restarts (DRI); 0 without.
    restart_interval: u16,
    /// Bits that were cut off (SOS, of lossless ones).
    point_transform: u8,
}

fn frame_header(bytes: &[u8]) -> Option<FrameHeader> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    let (mut frame, mut restart_interval) = (None, 0);
    loop {
        let (&[0xff, marker], after) = rest.split_first_chunk()? else {
            return None;
        };
        if marker == 0xff {
            rest = &rest[1..];
            continue;
        }
        let length = usize::from(u16::from_be_bytes(*after.first_chunk()?));
        let segment = after.get(2..length)?;
        match marker {
            0xc4 | 0xc8 | 0xcc => {}
            0xc0..=0xcf => {
                let &[precision, r0, r1, c0, c1, components] = segment.first_chunk()?;
                frame = Some(FrameHeader {
                    process: marker,
                    precision,
                    rows: u16::from_be_bytes([r0, r1]),
                    columns: u16::from_be_bytes([c0, c1]),
                    components,
                    restart_interval: 0,
                    point_transform: 0,
                });
            }
            0xdd => restart_interval = u16::from_be_bytes(*segment.first_chunk()?),
            0xda => {
                return Some(FrameHeader {
                    restart_interval,
                    point_transform: segment.last()? & 0x0f,
                    ..frame?
                });
            }
            0xd9 => return None,
            _ => {}
        }
        rest = &after[length..];
    }
}
