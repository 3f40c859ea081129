//! JPEG 2000 in one component (ITU-T T.800), decoded by hayro-jpeg2000.

mod cost;

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

use crate::Refusal;

/// The decoder keeps a few hundred bytes for each tile, whatever is in it. Slices have one tile as a rule.
const MAX_TILES: u64 = 256;

/// Code blocks and precincts of all tiles, times layers: some 30 bytes each. 4096×4096 pixels in blocks of 64×64 have 20,000 for
/// each layer.
const MAX_PIECES: u64 = 1 << 20;

/// Holds what a codestream declares (SIZ, T.800 A.5.1) to what the header does, before anything is decoded.
pub(crate) fn check(bytes: &[u8], columns: u32, rows: u32) -> Result<(), Refusal> {
    let size = Size::read(bytes).ok_or(Refusal::Codestream)?;
    if size.components != 1 {
        return Err(Refusal::Coloured);
    }
    if (size.columns, size.rows) != (columns, rows) || size.precision > 16 {
        return Err(Refusal::Codestream);
    }
    if size.tiles > MAX_TILES {
        return Err(Refusal::TooCostly);
    }
    let of_tile = cost::of_tile(bytes, size.tile).ok_or(Refusal::Codestream)?;
    if of_tile.saturating_mul(size.tiles) > MAX_PIECES {
        return Err(Refusal::TooCostly);
    }
    Ok(())
}

/// The samples of a frame that [`check`] passes, as their 16 low bits.
pub(crate) fn decode(bytes: &[u8], columns: u32, rows: u32) -> Result<Vec<u16>, Refusal> {
    let size = Size::read(bytes).ok_or(Refusal::Codestream)?;
    let settings = DecodeSettings {
        strict: true,
        ..DecodeSettings::default()
    };
    let image = Image::new(bytes, &settings).map_err(|_| Refusal::Codestream)?;
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context);
    let decoded = decoded.map_err(|_| Refusal::Codestream)?;
    let [component] = decoded.components() else {
        return Err(Refusal::Codestream);
    };
    let whole = columns as usize * rows as usize;
    if (image.width(), image.height()) != (columns, rows) || component.samples().len() != whole {
        return Err(Refusal::Codestream);
    }
    // The decoder gives all samples as if they had no sign, as numbers that may lie a little outside where something was lost.
    let all = (1_i32 << size.precision) - 1;
    let shift = if size.is_signed { (all + 1) / 2 } else { 0 };
    // What the sign means is the header's affair: some files say otherwise in the codestream.
    let sample = |&value: &f32| ((value.round() as i32).clamp(0, all) - shift) as u16;
    Ok(component.samples().iter().map(sample).collect())
}

struct Size {
    columns: u32,
    rows: u32,
    tiles: u64,
    /// The pixels of the largest tile, across and down.
    tile: [u32; 2],
    components: u16,
    /// Bits of a sample.
    precision: u8,
    is_signed: bool,
}

impl Size {
    fn read(bytes: &[u8]) -> Option<Self> {
        let segment = bytes.strip_prefix(b"\xff\x4f\xff\x51")?;
        let number = |at: usize| {
            Some(u32::from_be_bytes(
                *segment.get(4 + 4 * at..)?.first_chunk()?,
            ))
        };
        let along = |axis: usize| {
            let (end, start) = (number(axis)?, number(2 + axis)?);
            let (tile, tile_start) = (number(4 + axis)?, number(6 + axis)?);
            let length = end.checked_sub(start)?;
            let tiled = end.checked_sub(tile_start)?;
            let tiles = u64::from(tiled.div_ceil(tile.max(1)));
            Some((length, tiles, tile.min(length)))
        };
        let ((columns, across, tile_width), (rows, down, tile_height)) = (along(0)?, along(1)?);
        let components = u16::from_be_bytes(*segment.get(36..)?.first_chunk()?);
        let &[precision, 1, 1] = segment.get(38..)?.first_chunk()? else {
            return None;
        };
        Some(Self {
            columns,
            rows,
            tiles: across.saturating_mul(down),
            tile: [tile_width, tile_height],
            components,
            precision: (precision & 0x7f) + 1,
            is_signed: precision & 0x80 != 0,
        })
    }
}
