//! Which bytes are which frame's (PS3.5 A.4).

use std::ops::Range;

use crate::Refusal;

type Bytes = Range<usize>;

/// Frames of native pixel data: one after the other.
pub(crate) fn native(
    pixels: Bytes,
    frame_bytes: usize,
    frames: usize,
) -> Result<Vec<Vec<Bytes>>, Refusal> {
    let needed = frame_bytes.checked_mul(frames);
    if needed.is_none_or(|needed| needed > pixels.len()) {
        return Err(Refusal::TruncatedPixels);
    }
    let frame = |number| {
        let start = pixels.start + number * frame_bytes;
        let bytes = start..start + frame_bytes;
        Vec::from([bytes])
    };
    Ok((0..frames).map(frame).collect())
}

/// Frames of encapsulated pixel data: offset table, then fragments. One fragment is one frame's as a rule; else the offset
/// table tells where frames begin.
pub(crate) fn encapsulated(
    file: &[u8],
    pieces: &[Bytes],
    frames: usize,
) -> Result<Vec<Vec<Bytes>>, Refusal> {
    let Some((table, fragments)) = pieces.split_first() else {
        return Err(Refusal::NoPixels);
    };
    if fragments.len() < frames {
        return Err(Refusal::TruncatedPixels);
    }
    if frames == 1 {
        return Ok(vec![fragments.to_vec()]);
    }
    if fragments.len() == frames {
        return Ok(fragments.iter().map(|one| vec![one.clone()]).collect());
    }
    let (offsets, []) = file[table.clone()].as_chunks::<4>() else {
        return Err(Refusal::FrameBoundaries);
    };
    if offsets.len() != frames {
        return Err(Refusal::FrameBoundaries);
    }
    // Offsets count from the first fragment's header, eight bytes before its value.
    let first = fragments.first().map_or(0, |one| one.start);
    let mut grouped: Vec<Vec<Bytes>> = Vec::with_capacity(frames);
    let mut starts = offsets
        .iter()
        .map(|bytes| u32::from_le_bytes(*bytes) as usize);
    let mut next = starts.next();
    for fragment in fragments {
        if next == Some(fragment.start - first) {
            grouped.push(Vec::new());
            next = starts.next();
        }
        let frame = grouped.last_mut().ok_or(Refusal::FrameBoundaries)?;
        frame.push(fragment.clone());
    }
    if grouped.len() == frames {
        Ok(grouped)
    } else {
        Err(Refusal::FrameBoundaries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn native_frames_must_all_be_there() {
        assert_eq!(native(4..10, 3, 2), Ok(vec![vec![4..7], vec![7..10]]));
        assert_eq!(native(4..9, 3, 2), Err(Refusal::TruncatedPixels));
        assert_eq!(native(0..9, usize::MAX, 2), Err(Refusal::TruncatedPixels));
    }

    #[test]
    fn the_offset_table_tells_which_fragments_are_one_frame() {
        // Two fragments of 2 bytes, then one: headers of 8 bytes lie between.
        let mut file = vec![0; 64];
        file[4..8].copy_from_slice(&20_u32.to_le_bytes());
        let table = 0..8;
        let fragments = [16..18, 26..28, 36..38];
        let pieces: Vec<_> = [table].into_iter().chain(fragments.clone()).collect();
        let [a, b, c] = fragments;
        let frames = encapsulated(&file, &pieces, 2);
        assert_eq!(frames, Ok(vec![vec![a, b], vec![c]]));
        file[4] = 19;
        let lost = encapsulated(&file, &pieces, 2);
        assert_eq!(lost, Err(Refusal::FrameBoundaries));
        let few = encapsulated(&file, &pieces, 4);
        assert_eq!(few, Err(Refusal::TruncatedPixels));
    }
}
