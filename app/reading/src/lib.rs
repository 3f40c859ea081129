//! What a page asks of the worker that reads DICOM and NIfTI, and what the worker answers: which series there are, how a slice
//! looks in a window, what is uploaded of it. The page links the types alone. Knows no browser, and no tag that names anybody leaves it.

mod reader;

pub use reader::{MAX_TOTAL_BYTES, Reader};

use lungsight_imaging::NoLungs;
use lungsight_masking::Picture;
use lungsight_series::{Format, Note, PixelSpacing, Refused, Series, SliceError, Window};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A question to the worker, after files have been handed to it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Question {
    /// Which series the files that were handed over make; answered with [`Contents`].
    Collect,
    /// A slice for looking at; answered with [`Look`].
    Look {
        /// Which series, as [`SeriesView::index`] counts.
        series: usize,
        /// Which slice, from 0.
        slice: usize,
        window: Window,
        /// Whether the lungs are to be found too.
        with_lungs: bool,
    },
    /// What is uploaded of a slice; answered with [`Prepared`].
    Prepare { series: usize, slice: usize },
    /// Nobody needs this series any more; answered with nothing.
    Forget { series: usize },
}

/// What the files gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contents {
    pub series: Vec<SeriesView>,
    /// The files that gave nothing, each with its reason.
    pub refused: Vec<Refused>,
    /// What is odd about all files together.
    pub notes: Vec<Note>,
}

/// What a page shows of a series before it shows a slice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesView {
    /// Counted over everything that this worker has read, from 0.
    pub index: usize,
    pub format: Format,
    /// Of every slice, in pixels.
    pub width: u32,
    pub height: u32,
    pub pixel_spacing: Option<PixelSpacing>,
    /// From a slice to the next, in mm.
    pub spacing_mm: Option<f64>,
    /// Where each slice lies, in mm towards the head; the first slice is the one nearest the head.
    pub positions_mm: Vec<Option<f64>>,
    pub notes: Vec<Note>,
}

impl SeriesView {
    fn of(index: usize, series: &Series) -> Self {
        Self {
            index,
            format: series.format(),
            width: series.width(),
            height: series.height(),
            pixel_spacing: series.pixel_spacing(),
            spacing_mm: series.spacing_mm(),
            positions_mm: series
                .slices()
                .iter()
                .map(|slice| slice.position_mm)
                .collect(),
            notes: series.notes().to_vec(),
        }
    }

    /// How many slices there are.
    pub fn slices(&self) -> usize {
        self.positions_mm.len()
    }
}

/// A slice in a window, and its lungs where they were asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    pub picture: Picture,
    pub lungs: Option<Result<Cells, NoLungs>>,
}

/// A mask as bits, row-major, the first pixel in the highest bit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cells(#[serde(with = "serde_bytes")] Vec<u8>);

impl Cells {
    /// Packs values of 0 and 1.
    pub fn pack(values: &[u8]) -> Self {
        let byte = |eight: &[u8]| {
            let bits = eight.iter().enumerate();
            bits.fold(0, |byte, (at, &value)| {
                byte | u8::from(value != 0) << (7 - at)
            })
        };
        Self(values.chunks(8).map(byte).collect())
    }

    /// Whether the pixel at this place is in the mask; none beyond the end is.
    pub fn has(&self, pixel: usize) -> bool {
        self.0
            .get(pixel / 8)
            .is_some_and(|byte| byte >> (7 - pixel % 8) & 1 == 1)
    }
}

/// What is uploaded of a slice, with its position: greys in the lung window and the mask, as PNG, without a name, number or other tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    #[serde(with = "serde_bytes")]
    pub slice: Vec<u8>,
    #[serde(with = "serde_bytes")]
    pub mask: Vec<u8>,
}

/// Why there is nothing to upload of a slice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeftOut {
    NoLungs(NoLungs),
    Unreadable(SliceError),
}

/// A question or an answer as bytes.
pub fn to_bytes<T: Serialize>(message: &T) -> Vec<u8> {
    postcard::to_allocvec(message)
        .expect("a message holds numbers, bytes and words, and memory is all it takes")
}

/// What [`to_bytes`] wrote; `None` for other bytes.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_mask_has_what_it_was_packed_from() {
        let values = [1, 0, 0, 1, 1, 0, 1, 0, 1, 1];
        let cells = Cells::pack(&values);
        for (pixel, value) in values.into_iter().enumerate() {
            assert_eq!(cells.has(pixel), value == 1, "{pixel}");
        }
        assert!(!cells.has(10) && !cells.has(1000));
    }

    #[test]
    fn questions_arrive_as_they_were_sent_and_other_bytes_are_none() {
        let question = Question::Look {
            series: 3,
            slice: 299,
            window: Window::MEDIASTINUM,
            with_lungs: true,
        };
        assert_eq!(from_bytes(&to_bytes(&question)), Some(question));
        assert_eq!(from_bytes::<Question>(&[250, 1]), None);
    }
}
