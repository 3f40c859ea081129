//! A DICOM file's header: whether it holds axial CT, where its frames lie, and which bytes are their pixels.

mod dataset;
mod element;
mod fragments;
mod frames;
mod jpeg;
mod jpeg2000;
mod kind;
mod pixels;
mod rle;
mod stored;
mod syntax;
mod tags;

use dataset::DataSet;
use element::{Broken, Elements, Encoding, PIXEL_DATA, Value};
use syntax::{PixelCoding, Syntax};

use crate::inflate::inflate;
use crate::{Limits, Refusal};
pub(crate) use frames::Frame;
pub(crate) use pixels::Pixels;
pub(crate) use stored::Rescale;

/// What tells whose a file is and which series it belongs to. Never shown, never kept beyond grouping but for the UIDs.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    pub study: String,
    pub series: String,
    pub patient: (Vec<u8>, Vec<u8>),
}

/// A CT file, its pixels not yet decoded.
pub(crate) struct CtFile {
    pub origin: Origin,
    pub sop_instance: String,
    pub sop_class: String,
    pub number: Option<i64>,
    pub is_lossy: bool,
    /// In stored order.
    pub frames: Vec<Frame>,
    pub pixels: Pixels,
}

/// Whether bytes begin as a DICOM file does: with the prefix after the preamble (PS3.10 7.1), or, without one, with the
/// file meta information or the data set's first group.
pub(crate) fn is_dicom(bytes: &[u8]) -> bool {
    if has_prefix(bytes) {
        return true;
    }
    let Some(&[2 | 8, 0, element, 0, c, d, ..]) = bytes.first_chunk::<8>() else {
        return false;
    };
    // The group's length or one of its first elements, with a value representation or a short length.
    let is_explicit = c.is_ascii_uppercase() && d.is_ascii_uppercase();
    let is_implicit = u16::from_le_bytes([c, d]) <= 256 && bytes[6..8] == [0, 0];
    element <= 0x20 && (is_explicit || is_implicit)
}

/// Longest UID, in characters (PS3.5, 6.2). One is kept for each frame.
const MAX_UID: usize = 64;

/// Longest patient's name or id that is kept, in bytes: three groups of 64 characters (PS3.5, 6.2), with room.
const MAX_PATIENT: usize = 1024;

fn has_prefix(bytes: &[u8]) -> bool {
    bytes.get(128..132) == Some(b"DICM")
}

/// Reads a file's header. In this order: meta information, class, data set, kind, pixels' way of storing, size, frames.
pub(crate) fn read(mut file: Vec<u8>, limits: &Limits) -> Result<CtFile, Refusal> {
    let (syntax, start) = meta(&file)?;
    if syntax.is_deflated {
        let packed = &file[start..];
        let reader = flate2::read::DeflateDecoder::new(packed);
        file = inflate(reader, packed.len() as u64, limits, Refusal::CorruptHeader)?;
    }
    let range = if syntax.is_deflated { 0 } else { start }..file.len();
    let data = DataSet::read(&file, range, syntax.encoding, &tags::IMAGE).map_err(broken)?;
    kind::check(&data)?;
    if let PixelCoding::Unread(unread) = syntax.coding {
        return Err(Refusal::Syntax(unread));
    }
    if data.has(tags::MODALITY_LUT) {
        return Err(Refusal::NotHounsfield);
    }
    let side = |tag| data.u16(tag).map(u32::from).ok_or(Refusal::CorruptHeader);
    let (columns, rows) = (side(tags::COLUMNS)?, side(tags::ROWS)?);
    if ![columns, rows]
        .iter()
        .all(|side| (1..=limits.max_side).contains(side))
    {
        return Err(Refusal::Size {
            columns,
            rows,
            max_side: limits.max_side,
        });
    }
    let count = frame_count(&data, limits)?;
    let stored = stored::Stored::read(&data)?;
    let frames = frames::read(&data, count)?;
    // Signed values may be Hounsfield units already; unsigned ones cannot.
    if !stored.is_signed && frames.iter().any(|frame| frame.rescale.is_none()) {
        return Err(Refusal::NotHounsfield);
    }
    let frame_bytes = columns as usize * rows as usize * stored.bytes;
    let pieces = match (data.value(PIXEL_DATA), syntax.coding) {
        (Some(Value::Bytes(range)), PixelCoding::Native { .. }) => {
            fragments::native(range.clone(), frame_bytes, count)?
        }
        (Some(Value::Fragments(pieces)), coding)
            if !matches!(coding, PixelCoding::Native { .. }) =>
        {
            fragments::encapsulated(&file, pieces, count)?
        }
        _ => return Err(Refusal::CorruptHeader),
    };
    let uid = |tag| match data.text(tag).unwrap_or("") {
        long if long.len() > MAX_UID => Err(Refusal::CorruptHeader),
        uid => Ok(uid.to_owned()),
    };
    let bytes = |tag| match data.raw(tag).unwrap_or(&[]) {
        long if long.len() > MAX_PATIENT => Err(Refusal::CorruptHeader),
        bytes => Ok(bytes.to_owned()),
    };
    let mut ct = CtFile {
        origin: Origin {
            study: uid(tags::STUDY_INSTANCE)?,
            series: uid(tags::SERIES_INSTANCE)?,
            patient: (bytes(tags::PATIENT_ID)?, bytes(tags::PATIENT_NAME)?),
        },
        sop_instance: uid(tags::SOP_INSTANCE)?,
        sop_class: uid(tags::SOP_CLASS)?,
        number: data.decimal(tags::INSTANCE_NUMBER).map(|n| n as i64),
        is_lossy: syntax.is_lossy || data.text(tags::LOSSY) == Some("01"),
        frames,
        pixels: Pixels {
            bytes: Vec::new(),
            columns,
            rows,
            stored,
            coding: syntax.coding,
            frames: pieces,
        },
    };
    ct.pixels.bytes = file;
    ct.pixels.keep_pixels_alone();
    ct.pixels.check()?;
    Ok(ct)
}

fn frame_count(data: &DataSet, limits: &Limits) -> Result<usize, Refusal> {
    let frames = match data.raw(tags::NUMBER_OF_FRAMES) {
        Some(_) => {
            let frames = data.decimal(tags::NUMBER_OF_FRAMES);
            frames.ok_or(Refusal::CorruptHeader)?
        }
        None => 1.0,
    };
    if !(1.0..=f64::from(limits.max_frames)).contains(&frames) {
        return Err(Refusal::Frames {
            frames: frames as u64,
            max_frames: limits.max_frames,
        });
    }
    Ok(frames as usize)
}

/// The transfer syntax, and where the data set begins.
fn meta(file: &[u8]) -> Result<(Syntax, usize), Refusal> {
    let start = if has_prefix(file) { 132 } else { 0 };
    let mut elements = Elements::new(file, start..file.len(), Encoding::EXPLICIT);
    while elements.peek().is_some_and(|tag| tag >> 16 == 2) {
        // Less than a whole element is left where the file ends in its meta information.
        elements
            .next()
            .map_err(broken)?
            .ok_or(Refusal::CorruptHeader)?;
    }
    let end = elements.at();
    if end == start {
        return Ok((guessed(&file[start..]), start));
    }
    let meta = DataSet::read(file, start..end, Encoding::EXPLICIT, &tags::META).map_err(broken)?;
    kind::check_class(meta.text(tags::MEDIA_STORAGE_SOP_CLASS).unwrap_or(""))?;
    let uid = meta
        .text(tags::TRANSFER_SYNTAX)
        .ok_or(Refusal::CorruptHeader)?;
    Ok((Syntax::from_uid(uid), end))
}

/// Without meta information: a value representation in capitals is explicit.
fn guessed(data_set: &[u8]) -> Syntax {
    let vr = data_set.get(4..6).unwrap_or(&[]);
    let is_explicit = !vr.is_empty() && vr.iter().all(u8::is_ascii_uppercase);
    Syntax::from_uid(if is_explicit {
        "1.2.840.10008.1.2.1"
    } else {
        "1.2.840.10008.1.2"
    })
}

fn broken(broken: Broken) -> Refusal {
    match broken {
        Broken::Corrupt => Refusal::CorruptHeader,
        Broken::PixelsCutShort => Refusal::TruncatedPixels,
    }
}
