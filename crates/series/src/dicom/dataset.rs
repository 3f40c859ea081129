//! The attributes of a data set that are looked at, as text and numbers.

use std::ops::Range;

use super::element::{Broken, Element, Elements, Encoding, Tag, Value};

/// The elements of one data set whose tags were asked for.
#[derive(Clone, Debug)]
pub(crate) struct DataSet<'a> {
    bytes: &'a [u8],
    encoding: Encoding,
    elements: Vec<Element>,
}

impl<'a> DataSet<'a> {
    /// Reads a range of `bytes` to its end and keeps what is `wanted`: one of each tag, the first.
    pub fn read(
        bytes: &'a [u8],
        range: Range<usize>,
        encoding: Encoding,
        wanted: &[Tag],
    ) -> Result<Self, Broken> {
        let mut elements: Vec<Element> = Vec::new();
        let mut reader = Elements::new(bytes, range, encoding);
        while let Some(element) = reader.next()? {
            let is_new = || elements.iter().all(|known| known.tag != element.tag);
            if wanted.contains(&element.tag) && is_new() {
                elements.push(element);
            }
        }
        Ok(Self {
            bytes,
            encoding,
            elements,
        })
    }

    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    pub fn value(&self, tag: Tag) -> Option<&Value> {
        let found = self.elements.iter().find(|element| element.tag == tag)?;
        Some(&found.value)
    }

    pub fn has(&self, tag: Tag) -> bool {
        self.value(tag).is_some()
    }

    /// The value's bytes without the padding at its end; `None` where there is none.
    pub fn raw(&self, tag: Tag) -> Option<&'a [u8]> {
        let Value::Bytes(range) = self.value(tag)? else {
            return None;
        };
        let value = self.bytes.get(range.clone())?.trim_ascii();
        let padding = value.iter().rev().take_while(|&&byte| byte == 0).count();
        let value = value[..value.len() - padding].trim_ascii();
        (!value.is_empty()).then_some(value)
    }

    /// A value in ASCII, as codes, UIDs and numbers are.
    pub fn text(&self, tag: Tag) -> Option<&'a str> {
        self.raw(tag).and_then(|value| str::from_utf8(value).ok())
    }

    /// Numbers written as text (DS, IS), as many as asked for.
    pub fn decimals<const N: usize>(&self, tag: Tag) -> Option<[f64; N]> {
        let mut parts = self.text(tag)?.split('\\');
        let mut numbers = [0.0; N];
        for number in &mut numbers {
            let parsed: f64 = parts.next()?.trim().parse().ok()?;
            *number = parsed.is_finite().then_some(parsed)?;
        }
        Some(numbers)
    }

    /// One number written as text.
    pub fn decimal(&self, tag: Tag) -> Option<f64> {
        self.decimals::<1>(tag).map(|[number]| number)
    }

    /// A 16-bit number (US; SS as its bits).
    pub fn u16(&self, tag: Tag) -> Option<u16> {
        let Value::Bytes(range) = self.value(tag)? else {
            return None;
        };
        let bytes = self.bytes.get(range.clone())?.first_chunk::<2>()?;
        Some(self.encoding.u16(*bytes))
    }

    /// The items of a sequence, each with what is wanted of it, at most `max_items`.
    pub fn items(&self, tag: Tag, wanted: &[Tag], max_items: usize) -> Result<Vec<Self>, Broken> {
        let (range, encoding) = match self.value(tag) {
            Some(Value::Bytes(range)) => (range.clone(), self.encoding),
            Some(Value::Items(range, encoding)) => (range.clone(), *encoding),
            _ => return Ok(Vec::new()),
        };
        let mut reader = Elements::new(self.bytes, range, encoding);
        let mut items = Vec::new();
        while items.len() < max_items
            && let Some(item) = reader.next_item()?
        {
            items.push(Self::read(self.bytes, item, encoding, wanted)?);
        }
        Ok(items)
    }

    /// The first item of a sequence.
    pub fn item(&self, tag: Tag, wanted: &[Tag]) -> Result<Option<Self>, Broken> {
        Ok(self.items(tag, wanted, 1)?.pop())
    }
}
