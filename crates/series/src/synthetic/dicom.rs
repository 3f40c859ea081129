//! DICOM files, element by element.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::encode;
use crate::HuSlice;

const PIXEL_DATA: u32 = 0x7fe0_0010;

/// How a file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coding {
    Implicit,
    Explicit,
    BigEndian,
    Deflated,
    Rle,
    JpegLossless,
    /// Frames compressed elsewhere, under this transfer syntax.
    Encapsulated(&'static str, Vec<Vec<u8>>),
}

impl Coding {
    /// All that are written here, with names for files.
    pub const OWN: [(&str, Self); 6] = [
        ("implicit", Self::Implicit),
        ("explicit", Self::Explicit),
        ("big-endian", Self::BigEndian),
        ("deflated", Self::Deflated),
        ("rle", Self::Rle),
        ("jpeg-lossless", Self::JpegLossless),
    ];

    fn uid(&self) -> &'static str {
        match self {
            Self::Implicit => "1.2.840.10008.1.2",
            Self::Explicit => "1.2.840.10008.1.2.1",
            Self::BigEndian => "1.2.840.10008.1.2.2",
            Self::Deflated => "1.2.840.10008.1.2.1.99",
            Self::Rle => "1.2.840.10008.1.2.5",
            Self::JpegLossless => "1.2.840.10008.1.2.4.70",
            Self::Encapsulated(uid, _) => uid,
        }
    }
}

/// The value of an element.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    /// With its value representation.
    Text([u8; 2], String),
    U16(u16),
    Items(Vec<Tags>),
    /// Samples of all frames.
    Samples(Vec<u16>),
}

/// Where a slice lies in its series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameOfSeries {
    pub number: u32,
    /// Towards the head.
    pub position_mm: f64,
    /// A patient and a series of their own for each.
    pub patient: u32,
    pub series: u32,
}

impl Default for FrameOfSeries {
    fn default() -> Self {
        Self {
            number: 0,
            position_mm: 0.0,
            patient: 1,
            series: 1,
        }
    }
}

/// Elements by their tags, group and element in one number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tags(pub BTreeMap<u32, Datum>);

/// A CT slice stored in the usual way: 16 bits, 12 of them used where that is enough, unsigned, intercept −1024; values
/// below −1024 or above 3071 HU are stored signed, as they are.
pub fn ct_slice(slice: &HuSlice, place: &FrameOfSeries) -> Tags {
    let is_usual = slice.values().iter().all(|hu| (-1024..=3071).contains(hu));
    let (bits, signed, intercept) = if is_usual { (12, 0, -1024) } else { (16, 1, 0) };
    let store = |&hu: &i16| hu.wrapping_sub(intercept).cast_unsigned();
    let uid = format!("2.25.{}.{}", place.patient, place.series);
    let mut tags = Tags::default();
    tags.text(0x0008_0008, b"CS", r"ORIGINAL\PRIMARY\AXIAL")
        .text(0x0008_0016, b"UI", "1.2.840.10008.5.1.4.1.1.2")
        .text(0x0008_0018, b"UI", &format!("{uid}.{}", place.number))
        .text(0x0008_0060, b"CS", "CT")
        .text(0x0010_0010, b"PN", &format!("Phantom^{}", place.patient))
        .text(0x0010_0020, b"LO", &format!("P{}", place.patient))
        .text(0x0018_0050, b"DS", "5")
        .text(0x0020_000d, b"UI", &format!("2.25.{}", place.patient))
        .text(0x0020_000e, b"UI", &uid)
        .text(0x0020_0013, b"IS", &(place.number + 1).to_string())
        .text(
            0x0020_0032,
            b"DS",
            &format!(r"-160\-160\{}", place.position_mm),
        )
        .text(0x0020_0037, b"DS", r"1\0\0\0\1\0")
        .u16(0x0028_0002, 1)
        .text(0x0028_0004, b"CS", "MONOCHROME2")
        .u16(0x0028_0010, slice.height() as u16)
        .u16(0x0028_0011, slice.width() as u16)
        .text(0x0028_0030, b"DS", r"0.625\0.625")
        .u16(0x0028_0100, 16)
        .u16(0x0028_0101, bits)
        .u16(0x0028_0102, bits - 1)
        .u16(0x0028_0103, signed)
        .text(0x0028_1052, b"DS", &intercept.to_string())
        .text(0x0028_1053, b"DS", "1");
    let samples = slice.values().iter().map(store).collect();
    tags.0.insert(PIXEL_DATA, Datum::Samples(samples));
    tags
}

impl Tags {
    /// Sets a value in text.
    pub fn text(&mut self, tag: u32, vr: &[u8; 2], value: &str) -> &mut Self {
        self.0.insert(tag, Datum::Text(*vr, value.to_owned()));
        self
    }

    /// Sets a number (US).
    pub fn u16(&mut self, tag: u32, value: u16) -> &mut Self {
        self.0.insert(tag, Datum::U16(value));
        self
    }

    /// Sets a sequence.
    pub fn items(&mut self, tag: u32, items: Vec<Self>) -> &mut Self {
        self.0.insert(tag, Datum::Items(items));
        self
    }

    /// Sets the pixels.
    pub fn samples(&mut self, samples: Vec<u16>) -> &mut Self {
        self.0.insert(PIXEL_DATA, Datum::Samples(samples));
        self
    }

    /// Takes an element away.
    pub fn without(&mut self, tag: u32) -> &mut Self {
        self.0.remove(&tag);
        self
    }

    /// The whole file: preamble, prefix, meta information, data set.
    pub fn file(&self, coding: &Coding) -> Vec<u8> {
        let mut meta = Vec::new();
        let explicit = Coding::Explicit;
        element(&explicit, &mut meta, 0x0002_0001, *b"OB", &[0, 1]);
        let mut named = Tags::default();
        for (tag, of) in [(0x0002_0002, 0x0008_0016), (0x0002_0003, 0x0008_0018)] {
            if let Some(Datum::Text(vr, value)) = self.0.get(&of) {
                named.text(tag, vr, value);
            }
        }
        named.text(0x0002_0010, b"UI", coding.uid());
        named.text(0x0002_0012, b"UI", "2.25.1");
        named.write(&explicit, &mut meta);
        let mut file = vec![0; 128];
        file.extend(b"DICM");
        let length = (meta.len() as u32).to_le_bytes();
        element(&explicit, &mut file, 0x0002_0000, *b"UL", &length);
        file.extend(meta);
        let mut data = Vec::new();
        self.write(coding, &mut data);
        if *coding == Coding::Deflated {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&data).expect("memory is written to");
            data = encoder.finish().expect("memory is written to");
        }
        file.extend(data);
        file
    }

    /// The data set alone, as some senders leave it.
    pub fn data_set(&self, coding: &Coding) -> Vec<u8> {
        let mut data = Vec::new();
        self.write(coding, &mut data);
        data
    }

    fn number(&self, tag: u32) -> u16 {
        match self.0.get(&tag) {
            Some(Datum::U16(value)) => *value,
            _ => 0,
        }
    }

    fn write(&self, coding: &Coding, out: &mut Vec<u8>) {
        for (&tag, datum) in &self.0 {
            match datum {
                Datum::Text(vr, text) => {
                    let mut value = text.clone().into_bytes();
                    if value.len() % 2 == 1 {
                        value.push(if vr == b"UI" { 0 } else { b' ' });
                    }
                    element(coding, out, tag, *vr, &value);
                }
                Datum::U16(number) => element(coding, out, tag, *b"US", &bytes(coding, *number)),
                // Undefined lengths in the one, defined ones in the other: readers must take both.
                Datum::Items(items) if *coding == Coding::Implicit => {
                    let mut value = Vec::new();
                    for item in items {
                        let mut inner = Vec::new();
                        item.write(coding, &mut inner);
                        header(coding, &mut value, 0xfffe_e000, inner.len() as u32);
                        value.extend(inner);
                    }
                    element(coding, out, tag, *b"SQ", &value);
                }
                Datum::Items(items) => {
                    undefined(coding, out, tag, *b"SQ");
                    for item in items {
                        header(coding, out, 0xfffe_e000, u32::MAX);
                        item.write(coding, out);
                        header(coding, out, 0xfffe_e00d, 0);
                    }
                    header(coding, out, 0xfffe_e0dd, 0);
                }
                Datum::Samples(samples) => self.pixels(coding, out, samples),
            }
        }
    }

    fn pixels(&self, coding: &Coding, out: &mut Vec<u8>, samples: &[u16]) {
        let (rows, columns) = (self.number(0x0028_0010), self.number(0x0028_0011));
        let frames = || samples.chunks(usize::from(rows) * usize::from(columns));
        let fragments: Vec<Vec<u8>> = match coding {
            Coding::Encapsulated(_, fragments) => fragments.clone(),
            Coding::Rle => frames().map(encode::rle).collect(),
            Coding::JpegLossless => frames()
                .map(|frame| encode::jpeg_lossless(frame, columns, rows))
                .collect(),
            _ => {
                let values = samples.iter().flat_map(|sample| bytes(coding, *sample));
                let value: Vec<u8> = values.collect();
                return element(coding, out, PIXEL_DATA, *b"OW", &value);
            }
        };
        undefined(coding, out, PIXEL_DATA, *b"OB");
        header(coding, out, 0xfffe_e000, 0);
        for fragment in fragments {
            header(coding, out, 0xfffe_e000, fragment.len() as u32);
            out.extend(fragment);
        }
        header(coding, out, 0xfffe_e0dd, 0);
    }
}

fn bytes(coding: &Coding, number: u16) -> [u8; 2] {
    match coding {
        Coding::BigEndian => number.to_be_bytes(),
        _ => number.to_le_bytes(),
    }
}

fn long(coding: &Coding, number: u32) -> [u8; 4] {
    match coding {
        Coding::BigEndian => number.to_be_bytes(),
        _ => number.to_le_bytes(),
    }
}

fn tag_bytes(coding: &Coding, out: &mut Vec<u8>, tag: u32) {
    out.extend(bytes(coding, (tag >> 16) as u16));
    out.extend(bytes(coding, tag as u16));
}

/// Without a value representation: items and their ends.
fn header(coding: &Coding, out: &mut Vec<u8>, tag: u32, length: u32) {
    tag_bytes(coding, out, tag);
    out.extend(long(coding, length));
}

fn undefined(coding: &Coding, out: &mut Vec<u8>, tag: u32, vr: [u8; 2]) {
    tag_bytes(coding, out, tag);
    if *coding != Coding::Implicit {
        out.extend(vr);
        out.extend([0, 0]);
    }
    out.extend(long(coding, u32::MAX));
}

fn element(coding: &Coding, out: &mut Vec<u8>, tag: u32, vr: [u8; 2], value: &[u8]) {
    tag_bytes(coding, out, tag);
    if *coding == Coding::Implicit {
        out.extend(long(coding, value.len() as u32));
    } else if matches!(&vr, b"OB" | b"OW" | b"SQ" | b"UN") {
        out.extend(vr);
        out.extend([0, 0]);
        out.extend(long(coding, value.len() as u32));
    } else {
        out.extend(vr);
        out.extend(bytes(coding, value.len() as u16));
    }
    out.extend(value);
}
