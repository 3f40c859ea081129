//! Of a PNG, what makes pixels. Texts, colour profiles and animations can be compressed a thousandfold and are of no use
//! here: the decoder does not get to see them.

use std::borrow::Cow;

use super::DecodeError;

/// The signature, before the first chunk.
const SIGNATURE_BYTES: usize = 8;

/// Length, type and checksum around a chunk's data.
const AROUND_BYTES: usize = 12;

/// Width and height as the header declares them; `None` where the first chunk is no header.
pub(super) fn declared_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    (bytes.get(12..16)? == b"IHDR").then_some((number(16)?, number(20)?))
}

/// The file without its ancillary chunks (PNG specification, 5.4: those whose type begins with a small letter). From a
/// chunk that is longer than the file on, everything stays, for the decoder to refuse.
///
/// # Errors
/// When the palette is none: the decoder takes for granted that each of its colours has three bytes.
pub(super) fn essential(bytes: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
    let mut kept = Vec::new();
    let mut kept_to = 0;
    let mut at = SIGNATURE_BYTES;
    while let Some(chunk) = chunk(&bytes[at.min(bytes.len())..]) {
        let length = chunk.length + AROUND_BYTES;
        if chunk.kind[0] & 0x20 != 0 {
            kept.extend_from_slice(&bytes[kept_to..at]);
            kept_to = at + length;
        } else if chunk.kind == *b"PLTE" && !(chunk.length > 0 && chunk.length.is_multiple_of(3)) {
            return Err(DecodeError::Malformed {
                reason: format!("a palette of {} bytes", chunk.length),
            });
        }
        at += length;
    }
    if kept_to == 0 {
        return Ok(Cow::Borrowed(bytes));
    }
    kept.extend_from_slice(&bytes[kept_to..]);
    Ok(Cow::Owned(kept))
}

struct Chunk {
    kind: [u8; 4],
    /// Of its data.
    length: usize,
}

/// The chunk that `bytes` begin with; `None` where it is not all there.
fn chunk(bytes: &[u8]) -> Option<Chunk> {
    let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    let kind = *bytes.get(4..)?.first_chunk()?;
    let is_whole = length.checked_add(AROUND_BYTES)? <= bytes.len();
    is_whole.then_some(Chunk { kind, length })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, data) in chunks {
            file.extend((data.len() as u32).to_be_bytes());
            file.extend(*kind);
            file.extend(*data);
            file.extend(b"crc!");
        }
        file
    }

    #[test]
    fn ancillary_chunks_are_left_out_wherever_they_stand() {
        let all = file(&[
            (b"IHDR", b"header"),
            (b"iCCP", b"profile"),
            (b"zTXt", b""),
            (b"IDAT", b"one"),
            (b"fdAT", b"frame"),
            (b"IDAT", b"two"),
            (b"IEND", b""),
            (b"tEXt", b"after"),
        ]);
        let essential_alone = file(&[
            (b"IHDR", b"header"),
            (b"IDAT", b"one"),
            (b"IDAT", b"two"),
            (b"IEND", b""),
        ]);
        assert_eq!(essential(&all).as_deref(), Ok(&*essential_alone));
        assert!(matches!(essential(&essential_alone), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn what_is_cut_off_or_longer_than_the_file_stays() {
        let whole = file(&[(b"IHDR", b"header"), (b"tEXt", b"text"), (b"IDAT", b"data")]);
        for end in 0..whole.len() {
            let cut = &whole[..end];
            assert!(essential(cut).is_ok_and(|kept| kept.len() <= end));
        }
        let mut forged = file(&[(b"IHDR", b"header")]);
        forged.extend(u32::MAX.to_be_bytes());
        forged.extend(b"tEXt and no more");
        assert_eq!(essential(&forged).as_deref(), Ok(&*forged));
    }

    /// It made the decoder panic.
    #[test]
    fn a_palette_that_ends_within_a_colour_is_refused() {
        for (length, is_fine) in [(0, false), (1, false), (3, true), (49, false), (48, true)] {
            let palette = vec![7; length];
            let file = file(&[(b"IHDR", b"header"), (b"PLTE", &palette), (b"IEND", b"")]);
            assert_eq!(essential(&file).is_ok(), is_fine, "{length} bytes");
        }
    }
}
