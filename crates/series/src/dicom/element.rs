//! Data elements one after the other (PS3.5 chapter 7), without copying and within the bytes that are there.
//!
//! A reader of our own: it looks at forty attributes, copies nothing, follows no length beyond the file and no nesting beyond
//! [`MAX_DEPTH`]. `dicom-object` builds nested data sets by recursion (two megabytes of nested sequences
//! ended a process by its stack), and brings its dictionary and character sets into the browser; it is what the tests compare with.

use std::ops::Range;

/// A tag as group and element in one number.
pub(crate) type Tag = u32;

pub(crate) const PIXEL_DATA: Tag = 0x7fe0_0010;
const ITEM: Tag = 0xfffe_e000;
const ITEM_END: Tag = 0xfffe_e00d;
const SEQUENCE_END: Tag = 0xfffe_e0dd;
const UNDEFINED: u32 = u32::MAX;

/// Sequences in sequences. Enhanced CT has three levels.
const MAX_DEPTH: u32 = 16;

/// How elements are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Encoding {
    pub explicit: bool,
    pub big_endian: bool,
}

impl Encoding {
    pub const IMPLICIT: Self = Self::of(false, false);
    pub const EXPLICIT: Self = Self::of(true, false);
    pub const BIG_ENDIAN: Self = Self::of(true, true);

    const fn of(explicit: bool, big_endian: bool) -> Self {
        Self {
            explicit,
            big_endian,
        }
    }

    pub fn u16(self, bytes: [u8; 2]) -> u16 {
        if self.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        }
    }

    pub fn u32(self, bytes: [u8; 4]) -> u32 {
        if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    }
}

/// Elements that can't be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Lengths, nesting or delimiters make no sense.
    Corrupt,
    /// The bytes end inside pixel data.
    PixelsCutShort,
}

/// An element; its value is a range of the bytes that are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub tag: Tag,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A value, or the items of a sequence of known length.
    Bytes(Range<usize>),
    /// The items of a sequence of undefined length, its end left out, and how they are written.
    Items(Range<usize>, Encoding),
    /// Encapsulated pixel data (PS3.5 A.4): offset table, then fragments.
    Fragments(Vec<Range<usize>>),
}

/// Reads elements from the beginning of `bytes` to their end.
#[derive(Clone, Debug)]
pub(crate) struct Elements<'a> {
    bytes: &'a [u8],
    at: usize,
    encoding: Encoding,
}

impl<'a> Elements<'a> {
    /// `range` must lie in `bytes`; what is read has ranges of `bytes`.
    pub fn new(bytes: &'a [u8], range: Range<usize>, encoding: Encoding) -> Self {
        Self {
            bytes: &bytes[..range.end],
            at: range.start,
            encoding,
        }
    }

    /// Where the next element begins.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The next element's tag, without taking it.
    pub fn peek(&self) -> Option<Tag> {
        self.clone().tag()
    }

    /// The next element; `None` at the end. Less than a header at the end is padding that some writers leave.
    pub fn next(&mut self) -> Result<Option<Element>, Broken> {
        if self.bytes.len() - self.at < 8 {
            return Ok(None);
        }
        let (tag, vr, length) = self.header().ok_or(Broken::Corrupt)?;
        if matches!(tag, ITEM | ITEM_END | SEQUENCE_END) {
            return Err(Broken::Corrupt);
        }
        let value = match length {
            UNDEFINED if tag == PIXEL_DATA => Value::Fragments(self.fragments()?),
            UNDEFINED => {
                // Unknown to who wrote it: its items are written as implicit ones are (PS3.5 6.2.2).
                let encoding = match vr {
                    Some([b'U', b'N']) => Encoding::IMPLICIT,
                    _ => self.encoding,
                };
                let mut items = Self {
                    encoding,
                    ..self.clone()
                };
                let start = self.at;
                let end = items.skip_items(0)?;
                self.at = items.at;
                Value::Items(start..end, encoding)
            }
            length => Value::Bytes(self.take(length).ok_or(match tag {
                PIXEL_DATA => Broken::PixelsCutShort,
                _ => Broken::Corrupt,
            })?),
        };
        Ok(Some(Element { tag, value }))
    }

    /// The next item of a sequence, as a range of elements; `None` at the end.
    pub fn next_item(&mut self) -> Result<Option<Range<usize>>, Broken> {
        if self.bytes.len() - self.at < 8 {
            return Ok(None);
        }
        let (tag, _, length) = self.header().ok_or(Broken::Corrupt)?;
        match (tag, length) {
            (ITEM, UNDEFINED) => {
                let start = self.at;
                let end = self.skip_elements(0)?;
                Ok(Some(start..end))
            }
            (ITEM, length) => Ok(Some(self.take(length).ok_or(Broken::Corrupt)?)),
            _ => Err(Broken::Corrupt),
        }
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let bytes = self.bytes.get(self.at..)?.first_chunk::<N>()?;
        self.at += N;
        Some(*bytes)
    }

    fn take(&mut self, length: u32) -> Option<Range<usize>> {
        let end = self.at.checked_add(usize::try_from(length).ok()?)?;
        (end <= self.bytes.len()).then(|| std::mem::replace(&mut self.at, end)..end)
    }

    fn tag(&mut self) -> Option<Tag> {
        let group = self.encoding.u16(self.array()?);
        let element = self.encoding.u16(self.array()?);
        Some(u32::from(group) << 16 | u32::from(element))
    }

    fn header(&mut self) -> Option<(Tag, Option<[u8; 2]>, u32)> {
        let tag = self.tag()?;
        if !self.encoding.explicit || tag >> 16 == 0xfffe {
            return Some((tag, None, self.encoding.u32(self.array()?)));
        }
        let vr = self.array::<2>()?;
        let length = if has_long_length(vr) {
            self.array::<2>()?;
            self.encoding.u32(self.array()?)
        } else {
            u32::from(self.encoding.u16(self.array()?))
        };
        Some((tag, Some(vr), length))
    }

    /// Goes behind the end of a sequence of undefined length; where that end begins.
    fn skip_items(&mut self, depth: u32) -> Result<usize, Broken> {
        loop {
            let at = self.at;
            match self.header().ok_or(Broken::Corrupt)? {
                (SEQUENCE_END, _, _) => return Ok(at),
                (ITEM, _, UNDEFINED) => {
                    self.skip_elements(depth)?;
                }
                (ITEM, _, length) => {
                    self.take(length).ok_or(Broken::Corrupt)?;
                }
                _ => return Err(Broken::Corrupt),
            }
        }
    }

    /// Goes behind the end of an item of undefined length; where that end begins.
    fn skip_elements(&mut self, depth: u32) -> Result<usize, Broken> {
        if depth > MAX_DEPTH {
            return Err(Broken::Corrupt);
        }
        loop {
            let at = self.at;
            match self.header().ok_or(Broken::Corrupt)? {
                (ITEM_END, _, _) => return Ok(at),
                (_, Some([b'U', b'N']), UNDEFINED) => {
                    let mut items = Self {
                        encoding: Encoding::IMPLICIT,
                        ..self.clone()
                    };
                    items.skip_items(depth + 1)?;
                    self.at = items.at;
                }
                (_, _, UNDEFINED) => {
                    self.skip_items(depth + 1)?;
                }
                (_, _, length) => {
                    self.take(length).ok_or(Broken::Corrupt)?;
                }
            }
        }
    }

    fn fragments(&mut self) -> Result<Vec<Range<usize>>, Broken> {
        let mut fragments = Vec::new();
        loop {
            match self.header().ok_or(Broken::PixelsCutShort)? {
                (SEQUENCE_END, _, _) => return Ok(fragments),
                (ITEM, _, length) if length != UNDEFINED => {
                    if fragments.len() == MAX_FRAGMENTS {
                        return Err(Broken::Corrupt);
                    }
                    fragments.push(self.take(length).ok_or(Broken::PixelsCutShort)?);
                }
                _ => return Err(Broken::Corrupt),
            }
        }
    }
}

/// Fragments of pixel data: many times what a file of as many frames as are read has. An empty one takes more memory than file.
const MAX_FRAGMENTS: usize = 1 << 16;

/// Value representations with a reserved field and four bytes of length (PS3.5 7.1.2).
fn has_long_length(vr: [u8; 2]) -> bool {
    matches!(
        &vr,
        b"OB"
            | b"OD"
            | b"OF"
            | b"OL"
            | b"OV"
            | b"OW"
            | b"SQ"
            | b"SV"
            | b"UC"
            | b"UN"
            | b"UR"
            | b"UT"
            | b"UV"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], encoding: Encoding) -> Result<Vec<Element>, Broken> {
        let mut elements = Elements::new(bytes, 0..bytes.len(), encoding);
        let mut found = Vec::new();
        while let Some(element) = elements.next()? {
            found.push(element);
        }
        Ok(found)
    }

    /// Item in sequence in item in sequence, none of which ends.
    fn nested(levels: usize) -> Vec<u8> {
        let level = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff";
        level.repeat(levels)
    }

    #[test]
    fn elements_are_told_apart_in_every_encoding() {
        let explicit = b"\x28\x00\x10\x00US\x02\x00\x00\x02";
        let implicit = b"\x28\x00\x10\x00\x02\x00\x00\x00\x00\x02";
        let big_endian = b"\x00\x28\x00\x10US\x00\x02\x02\x00";
        let rows = Element {
            tag: 0x0028_0010,
            value: Value::Bytes(8..10),
        };
        assert_eq!(all(explicit, Encoding::EXPLICIT), Ok(vec![rows.clone()]));
        assert_eq!(all(implicit, Encoding::IMPLICIT), Ok(vec![rows.clone()]));
        assert_eq!(all(big_endian, Encoding::BIG_ENDIAN), Ok(vec![rows]));
    }

    #[test]
    fn nesting_without_an_end_is_corrupt_and_takes_no_stack() {
        for levels in [1, 16, 100_000] {
            assert_eq!(
                all(&nested(levels), Encoding::EXPLICIT),
                Err(Broken::Corrupt)
            );
        }
    }

    #[test]
    fn lengths_beyond_the_file_are_corrupt_and_of_pixels_cut_short() {
        let header = |element: &[u8; 2]| {
            let mut bytes = b"\xe0\x7f\x00\x00OW\x00\x00\xf0\xff\xff\xff\x01\x02".to_vec();
            bytes[2..4].copy_from_slice(element);
            bytes
        };
        let pixels = all(&header(b"\x10\x00"), Encoding::EXPLICIT);
        assert_eq!(pixels, Err(Broken::PixelsCutShort));
        let other = all(&header(b"\x11\x00"), Encoding::EXPLICIT);
        assert_eq!(other, Err(Broken::Corrupt));
    }

    #[test]
    fn fragments_of_encapsulated_pixels_are_found() {
        let bytes = b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff\
            \xfe\xff\x00\xe0\x00\x00\x00\x00\
            \xfe\xff\x00\xe0\x02\x00\x00\x00\xff\xd8\
            \xfe\xff\xdd\xe0\x00\x00\x00\x00";
        let found = all(bytes, Encoding::EXPLICIT).expect("well written");
        assert_eq!(found[0].value, Value::Fragments(vec![20..20, 28..30]));
        let cut = all(&bytes[..30], Encoding::EXPLICIT);
        assert_eq!(cut, Err(Broken::PixelsCutShort));
    }
}
