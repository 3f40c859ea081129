//! RLE Lossless (PS3.5 annex G): PackBits, one segment for each byte of a sample, the high byte first.

use crate::Refusal;

/// The samples of one frame.
pub(crate) fn decode(frame: &[u8], pixels: usize, bytes: usize) -> Result<Vec<u16>, Refusal> {
    let (header, _) = frame.split_first_chunk::<64>().ok_or(Refusal::Codestream)?;
    let (numbers, _) = header.as_chunks::<4>();
    let number = |at: usize| u32::from_le_bytes(numbers[at]) as usize;
    if number(0) != bytes {
        return Err(Refusal::Codestream);
    }
    let mut samples = vec![0_u16; pixels];
    for segment in 0..bytes {
        let start = number(1 + segment);
        let end = if segment + 1 < bytes {
            number(2 + segment)
        } else {
            frame.len()
        };
        let packed = frame.get(start..end).ok_or(Refusal::Codestream)?;
        let shift = 8 * (bytes - 1 - segment);
        unpack(packed, &mut samples, shift).ok_or(Refusal::Codestream)?;
    }
    Ok(samples)
}

/// Adds one byte to every sample; `None` where there are too few.
fn unpack(mut packed: &[u8], samples: &mut [u16], shift: usize) -> Option<()> {
    let mut at = 0;
    while at < samples.len() {
        let (&control, rest) = packed.split_first()?;
        let length = usize::from(control);
        packed = match length {
            128 => rest,
            0..128 => {
                let (literal, rest) = rest.split_at_checked(length + 1)?;
                for (sample, &byte) in samples[at..].iter_mut().zip(literal) {
                    *sample |= u16::from(byte) << shift;
                }
                at += literal.len();
                rest
            }
            _ => {
                let (&byte, rest) = rest.split_first()?;
                let count = 257 - length;
                for sample in samples[at..].iter_mut().take(count) {
                    *sample |= u16::from(byte) << shift;
                }
                at += count;
                rest
            }
        };
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_s_runs_and_literals_are_unpacked() {
        let packed = [
            0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x80, 0x03, 0x80, 0x00, 0x2a, 0x22,
            0xf7, 0xaa,
        ];
        let mut samples = [0; 24];
        assert_eq!(unpack(&packed, &mut samples, 8), Some(()));
        let low: Vec<u16> = samples.iter().map(|sample| sample >> 8).collect();
        assert_eq!(low[..6], [0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a]);
        assert_eq!(low[6..14], [0xaa, 0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0x22]);
        assert_eq!(low[14..], [0xaa; 10]);
        assert_eq!(unpack(&packed, &mut [0; 25], 0), None);
    }
}
