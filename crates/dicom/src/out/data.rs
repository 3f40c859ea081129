//! A data set, filled element by element.

use dicom_core::value::{DataSetSequence, PrimitiveValue, Value};
use dicom_core::{DataElement, Tag, VR};
use dicom_object::InMemDicomObject;

/// Longest LO, in characters.
const MAX_LO: usize = 64;

/// Longest ST, in characters.
const MAX_ST: usize = 1024;

/// Longest SH, in characters.
const MAX_SH: usize = 16;

/// Elements of a data set or of a sequence's item.
pub(super) struct Data(InMemDicomObject);

impl Data {
    pub fn new() -> Self {
        Self(InMemDicomObject::new_empty())
    }

    /// A value in text; what may not stand in it is replaced, what is too long cut.
    pub fn text(&mut self, tag: Tag, vr: VR, value: &str) -> &mut Self {
        let value = clean(vr, value);
        self.put(tag, vr, PrimitiveValue::from(value.as_str()))
    }

    /// Several values in text.
    pub fn texts(&mut self, tag: Tag, vr: VR, values: &[&str]) -> &mut Self {
        let values = values.iter().map(|value| clean(vr, value)).collect();
        self.put(tag, vr, PrimitiveValue::Strs(values))
    }

    /// A number (US).
    pub fn number(&mut self, tag: Tag, value: u16) -> &mut Self {
        self.put(tag, VR::US, PrimitiveValue::from(value))
    }

    /// Bytes (OB).
    pub fn bytes(&mut self, tag: Tag, value: Vec<u8>) -> &mut Self {
        self.put(tag, VR::OB, PrimitiveValue::U8(value.into()))
    }

    /// Elements that must be there and hold nothing (type 2).
    pub fn empty(&mut self, tags: &[(Tag, VR)]) -> &mut Self {
        for &(tag, vr) in tags {
            match vr {
                VR::SQ => self.items(tag, Vec::new()),
                _ => self.put(tag, vr, PrimitiveValue::Empty),
            };
        }
        self
    }

    /// A sequence.
    pub fn items(&mut self, tag: Tag, items: Vec<Self>) -> &mut Self {
        let items: Vec<_> = items.into_iter().map(|Self(item)| item).collect();
        let value = Value::from(DataSetSequence::from(items));
        self.0.put(DataElement::new(tag, VR::SQ, value));
        self
    }

    fn put(&mut self, tag: Tag, vr: VR, value: PrimitiveValue) -> &mut Self {
        self.0.put(DataElement::new(tag, vr, value));
        self
    }

    pub fn into_object(self) -> InMemDicomObject {
        self.0
    }
}

/// Without backslashes, which part values, and control characters; no longer than the representation allows, which for a name is
/// each of the ways in which it is written (PS3.5, 6.2).
fn clean(vr: VR, value: &str) -> String {
    if vr == VR::PN {
        let ways: Vec<String> = value.split('=').map(|way| clean(VR::LO, way)).collect();
        return ways.join("=");
    }
    let max = match vr {
        VR::LO => MAX_LO,
        VR::SH => MAX_SH,
        VR::ST => MAX_ST,
        _ => usize::MAX,
    };
    let may_stand = |c: char| match c {
        '\\' => '/',
        c if c.is_control() => ' ',
        c => c,
    };
    value.chars().take(max).map(may_stand).collect()
}
