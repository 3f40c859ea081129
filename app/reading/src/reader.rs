//! The worker's work.

use std::collections::VecDeque;
use std::sync::Arc;

use lungsight_imaging::{
    NoLungs, SegmentOptions, Slice, encode_png_grey, encode_png_mask, segment,
};
use lungsight_masking::Picture;
use lungsight_series::{
    HuSlice, Limits, Refusal, Refused, Series, SeriesReader, SliceError, Window,
};

use crate::{Cells, Contents, LeftOut, Look, Prepared, Question, SeriesView, from_bytes, to_bytes};

/// Slices that stay decoded: 48 of 512 x 512 take 24 MiB.
const DECODED: usize = 48;

/// Bytes of all files together, and of each. A browser's memory is not a server's: a chest CT of 512 x 512 x 1000 uncompressed is
/// half of it.
pub const MAX_TOTAL_BYTES: u64 = 1 << 30;

/// Reads files, keeps their series, answers questions about them.
pub struct Reader {
    limits: Limits,
    adding: SeriesReader,
    /// Of those that are being added, the files whose bytes could not be had.
    unreadable: Vec<Refused>,
    /// `None` where a series has been forgotten.
    series: Vec<Option<Series>>,
    /// The newest last, with series and slice.
    decoded: VecDeque<((usize, usize), Arc<HuSlice>)>,
}

impl Default for Reader {
    fn default() -> Self {
        let limits = Limits {
            max_file_bytes: MAX_TOTAL_BYTES,
            max_total_bytes: MAX_TOTAL_BYTES,
            ..Limits::default()
        };
        Self {
            limits,
            adding: SeriesReader::new(limits),
            unreadable: Vec::new(),
            series: Vec::new(),
            decoded: VecDeque::new(),
        }
    }
}

impl Reader {
    /// Takes a file; [`Question::Collect`] tells what it gave together with the others.
    pub fn add(&mut self, name: &str, bytes: Vec<u8>) {
        self.adding.add(name, bytes);
    }

    /// Names a file whose bytes the browser does not give: it was moved or deleted.
    pub fn add_unreadable(&mut self, name: &str) {
        self.unreadable.push(Refused {
            name: name.to_owned(),
            reason: Refusal::Unreadable,
        });
    }

    /// Answers a [`Question`] as bytes with what it asks for, as bytes; bytes that are none get an empty answer.
    pub fn answer(&mut self, question: &[u8]) -> Vec<u8> {
        match from_bytes(question) {
            Some(Question::Collect) => to_bytes(&self.collect()),
            Some(Question::Look {
                series,
                slice,
                window,
                with_lungs,
            }) => to_bytes(&self.look(series, slice, window, with_lungs)),
            Some(Question::Prepare { series, slice }) => to_bytes(&self.prepare(series, slice)),
            Some(Question::Forget { series }) => {
                self.forget(series);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// What the files since the last time gave.
    pub fn collect(&mut self) -> Contents {
        let adding = std::mem::replace(&mut self.adding, SeriesReader::new(self.limits));
        let mut collected = adding.finish();
        collected.refused.append(&mut self.unreadable);
        let first = self.series.len();
        self.series.extend(collected.series.into_iter().map(Some));
        let new = self.series.iter().enumerate().skip(first);
        Contents {
            series: new
                .filter_map(|(index, series)| Some(SeriesView::of(index, series.as_ref()?)))
                .collect(),
            refused: collected.refused,
            notes: collected.notes,
        }
    }

    /// A slice in a window.
    ///
    /// # Errors
    /// When there is no such slice, or its pixels are damaged.
    pub fn look(
        &mut self,
        series: usize,
        slice: usize,
        window: Window,
        with_lungs: bool,
    ) -> Result<Look, SliceError> {
        let hu = self.decoded(series, slice)?;
        let lungs =
            with_lungs.then(|| lungs(&Window::LUNG.apply(&hu), |mask| Cells::pack(mask.values())));
        let shown = window.apply(&hu);
        Ok(Look {
            picture: Picture {
                width: shown.width(),
                pixels: shown.pixels().to_vec(),
            },
            lungs,
        })
    }

    /// What is uploaded of a slice: always in the lung window, which the network was trained with.
    ///
    /// # Errors
    /// Why the slice is left out.
    pub fn prepare(&mut self, series: usize, slice: usize) -> Result<Prepared, LeftOut> {
        let hu = self.decoded(series, slice).map_err(LeftOut::Unreadable)?;
        let slice = Window::LUNG.apply(&hu);
        let mask = lungs(&slice, encode_png_mask).map_err(LeftOut::NoLungs)?;
        Ok(Prepared {
            slice: encode_png_grey(&slice),
            mask,
        })
    }

    fn forget(&mut self, series: usize) {
        if let Some(slot) = self.series.get_mut(series) {
            *slot = None;
        }
        self.decoded.retain(|((of, _), _)| *of != series);
    }

    fn decoded(&mut self, series: usize, slice: usize) -> Result<Arc<HuSlice>, SliceError> {
        let key = (series, slice);
        if let Some((_, hu)) = self.decoded.iter().find(|(kept, _)| *kept == key) {
            return Ok(Arc::clone(hu));
        }
        let read = self.series.get(series).and_then(Option::as_ref);
        let hu = Arc::new(match read {
            Some(series) => series.decode(slice)?,
            None => {
                return Err(SliceError::NoSuchSlice {
                    number: slice + 1,
                    slices: 0,
                });
            }
        });
        if self.decoded.len() == DECODED {
            self.decoded.pop_front();
        }
        self.decoded.push_back((key, Arc::clone(&hu)));
        Ok(hu)
    }
}

fn lungs<T>(slice: &Slice, use_mask: impl Fn(&lungsight_imaging::Mask) -> T) -> Result<T, NoLungs> {
    segment(slice, &SegmentOptions::default())
        .lungs()
        .map(use_mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_gone_is_not_called_empty() {
        let mut reader = Reader::default();
        reader.add("a", Vec::new());
        reader.add_unreadable("b");
        let refused = reader.collect().refused;
        let reasons: Vec<_> = refused.into_iter().map(|file| file.reason).collect();
        assert_eq!(reasons, [Refusal::Empty, Refusal::Unreadable]);
        assert!(reader.collect().refused.is_empty());
    }
}
