//! From a series to what is uploaded: the slices that show lungs, as pictures with masks.

use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use lungsight_reading::LeftOut as Reason;
use lungsight_series::Format;
use wasm_bindgen::JsValue;
use web_sys::{File, FilePropertyBag};

use super::shelf::{Fate, ReadSeries};
use crate::analysis::LeftOut;
use crate::browser::reader::{self, ReaderFailed};
use crate::browser::upload::SentSlice;

/// What is uploaded, and how many slices are not.
pub type Gathered = (Vec<SentSlice>, LeftOut);

/// Cuts the lungs out of every slice that is sent, `most` at most. `go_on` hears the share that is done, 0..=1, and says whether to go on;
/// `None` when it did not.
///
/// # Errors
/// [`ReaderFailed`]
pub async fn gather(
    series: &ReadSeries,
    most: usize,
    go_on: impl Fn(f64) -> bool,
) -> Result<Option<Gathered>, ReaderFailed> {
    let slices = series.view.slices();
    let kept = series.kept.get_untracked();
    let mut fates = kept.wanted(most);
    let mut gathered = Vec::new();
    for slice in kept.sent(most) {
        if !go_on(slice as f64 / slices as f64) {
            return Ok(None);
        }
        fates[slice] = match reader::prepare(series.view.index, slice).await? {
            Ok(prepared) => {
                // Named by its place alone: files are often named after persons.
                let name = format!("slice-{:03}.png", slice + 1);
                let file = png(&prepared.slice, &name).map_err(|_| ReaderFailed)?;
                gathered.push(SentSlice {
                    file,
                    mask: prepared.mask,
                    threshold: None,
                    position_mm: series.view.positions_mm.get(slice).copied().flatten(),
                });
                Fate::Sent
            }
            Err(reason) => Fate::LeftOut(reason),
        };
    }
    let left_out = left_out(&fates);
    series.fates.set(fates);
    Ok(Some((gathered, left_out)))
}

/// How many slices are not sent, and why.
fn left_out(fates: &[Fate]) -> LeftOut {
    let mut counted = LeftOut::default();
    for fate in fates {
        match fate {
            Fate::Sent => {}
            Fate::Skipped => counted.passed_over += 1,
            Fate::ByHand => counted.by_hand += 1,
            Fate::LeftOut(Reason::NoLungs(_)) => counted.no_lungs += 1,
            Fate::LeftOut(Reason::Unreadable(_)) => counted.unreadable += 1,
        }
    }
    counted
}

fn png(bytes: &[u8], name: &str) -> Result<File, JsValue> {
    let kind = FilePropertyBag::new();
    kind.set_type("image/png");
    let parts = Array::of1(&Uint8Array::from(bytes));
    File::new_with_u8_array_sequence_and_options(&parts, name, &kind)
}

/// What the page calls a format.
pub fn format_name(format: Format) -> &'static str {
    match format {
        Format::Dicom => "DICOM",
        Format::Nifti => "NIfTI",
    }
}

#[cfg(test)]
mod tests {
    use lungsight_imaging::NoLungs;
    use lungsight_series::SliceError;

    use super::*;

    #[test]
    fn what_is_not_sent_is_counted_by_its_reason() {
        let no_lungs = || Fate::LeftOut(Reason::NoLungs(NoLungs::Flat));
        let unreadable = Fate::LeftOut(Reason::Unreadable(SliceError::NoSuchSlice {
            number: 9,
            slices: 5,
        }));
        let fates = [
            no_lungs(),
            Fate::Sent,
            Fate::Skipped,
            Fate::ByHand,
            unreadable,
            no_lungs(),
        ];
        let counted = left_out(&fates);
        let expected = LeftOut {
            no_lungs: 2,
            unreadable: 1,
            passed_over: 1,
            by_hand: 1,
        };
        assert_eq!(counted, expected);
    }
}
