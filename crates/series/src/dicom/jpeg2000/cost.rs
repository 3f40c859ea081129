//! What a JPEG 2000 codestream has its decoder keep, told from its headers alone.
//!
//! The decoder builds every code block of every precinct, with a place for each layer, before it reads any packet: a hundred
//! bytes may ask for precincts of one pixel, and for gigabytes.

/// Marker codes (T.800 table A.2).
mod marker {
    pub(super) const START_OF_TILE_PART: u16 = 0xff90;
    pub(super) const START_OF_DATA: u16 = 0xff93;
    pub(super) const END: u16 = 0xffd9;
    pub(super) const CODING_STYLE: u16 = 0xff52;
    pub(super) const CODING_STYLE_OF_COMPONENT: u16 = 0xff53;
    pub(super) const SIZE: u16 = 0xff51;
    pub(super) const REGION_OF_INTEREST: u16 = 0xff5e;
    pub(super) const QUANTISATION: u16 = 0xff5c;
    pub(super) const QUANTISATION_OF_COMPONENT: u16 = 0xff5d;
    pub(super) const PROGRESSION_CHANGES: u16 = 0xff5f;
    /// These have no length and no contents.
    pub(super) const BARE: std::ops::RangeInclusive<u16> = 0xff30..=0xff3f;
}

/// How many code blocks and precincts a tile of `tile` pixels has at most, times how often each is gone over: once for each layer,
/// and once for each change of the progression. `None` where the headers cannot be followed.
pub(super) fn of_tile(codestream: &[u8], tile: [u32; 2]) -> Option<u64> {
    let (mut blocks, mut layers, mut changes) = (0, 0, 0);
    let mut tile_part_end = None;
    let mut at = 2;
    loop {
        let code = number(codestream, at)?;
        let start = at;
        at += 2;
        if marker::BARE.contains(&code) {
            continue;
        }
        if code == marker::START_OF_DATA || code == marker::END {
            // The data of the tile part are passed over; without one, or where it has no length, nothing follows.
            match tile_part_end.take() {
                Some(end) if end >= at => at = end,
                Some(_) => return None,
                None => break,
            }
            continue;
        }
        let length = usize::from(number(codestream, at)?);
        let segment = codestream.get(at..at + length)?.get(2..)?;
        at += length;
        // The decoder goes by what it reads and not by the length: one that says otherwise could hide what follows.
        if length_of(code, segment).is_some_and(|own| own != segment.len()) {
            return None;
        }
        match code {
            marker::START_OF_TILE_PART => {
                let length = u32::from_be_bytes(*segment.get(2..)?.first_chunk()?);
                tile_part_end = (length > 0).then_some(start + length as usize);
            }
            marker::CODING_STYLE => {
                layers = layers.max(u64::from(number(segment, 2)?));
                blocks = blocks.max(blocks_of_tile(segment, 5, tile)?);
            }
            marker::CODING_STYLE_OF_COMPONENT => {
                blocks = blocks.max(blocks_of_tile(segment, 2, tile)?);
            }
            // Seven bytes for each change.
            marker::PROGRESSION_CHANGES => changes += segment.len() as u64 / 7,
            _ => {}
        }
    }
    Some(blocks * (layers + changes))
}

/// How long a segment is without its length's two bytes, by its contents, of one component; `None` of those that the decoder takes
/// by their length.
fn length_of(code: u16, segment: &[u8]) -> Option<usize> {
    let byte = |at: usize| segment.get(at).copied().unwrap_or(0);
    let precincts = |flags: u8, levels: u8| usize::from(flags & 1) * (usize::from(levels) + 1);
    match code {
        marker::SIZE => Some(39),
        marker::CODING_STYLE => Some(10 + precincts(byte(0), byte(5))),
        marker::CODING_STYLE_OF_COMPONENT => Some(7 + precincts(byte(1), byte(2))),
        marker::REGION_OF_INTEREST => Some(3),
        marker::START_OF_TILE_PART => Some(8),
        // Derived: one step size for all.
        marker::QUANTISATION if byte(0) & 0x1f == 1 => Some(3),
        marker::QUANTISATION_OF_COMPONENT if byte(1) & 0x1f == 1 => Some(4),
        _ => None,
    }
}

/// Code blocks and precincts by a coding style whose parameters begin at `at` (T.800 tables A.15 and A.20).
fn blocks_of_tile(style: &[u8], at: usize, tile: [u32; 2]) -> Option<u64> {
    let [levels, width, height] = *style.get(at..)?.first_chunk()?;
    // More than 32 levels, and code blocks wider than 1024 pixels, the decoder refuses.
    let levels = u32::from(levels.min(32));
    let block = [width, height].map(|exponent| u32::from(exponent.min(8)) + 2);
    // A size for each resolution, or the largest for all.
    let precincts = style.get(at + 5..)?;
    let blocks_of = |resolution: u32| {
        let precinct = precincts.get(resolution as usize).copied().unwrap_or(0xff);
        let precinct = [precinct & 0xf, precinct >> 4].map(u32::from);
        let is_lowest = resolution == 0;
        let (mut blocks, mut wholes) = (1, 1);
        for axis in 0..2 {
            let side = u64::from(tile[axis]).div_ceil(1 << (levels - resolution));
            // A part more than fits, as the tile need not begin where one does.
            wholes *= (side >> precinct[axis]) + 2;
            let of_band = if is_lowest {
                precinct[axis]
            } else {
                precinct[axis].saturating_sub(1)
            };
            let side = if is_lowest { side } else { side.div_ceil(2) };
            blocks *= (side >> of_band.min(block[axis])) + 2;
        }
        let bands = if is_lowest { 1 } else { 3 };
        bands * (blocks + wholes)
    };
    Some((0..=levels).map(blocks_of).sum())
}

/// The big-endian number of 16 bits at `at`.
fn number(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}
