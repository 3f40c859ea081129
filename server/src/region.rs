//! The region that a request asks about: four numbers from its query, held to the slice.

use std::num::IntErrorKind;

use lungsight_imaging::{Rect, Slice};
use serde::Deserialize;

/// A region as it stands in a query, in pixels of the slice: text until it is read, so that the answer to a bad one can
/// say which number is bad.
#[derive(Debug, Default, Deserialize)]
pub struct AskedRegion {
    x: Option<String>,
    y: Option<String>,
    width: Option<String>,
    height: Option<String>,
    /// The class to explain; the predicted one where none is named.
    pub class: Option<String>,
}

/// Why a region is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegionFault {
    #[error("'{0}' is missing; expected x, y, width and height in pixels of the slice")]
    Missing(&'static str),
    #[error("'{0}' is no whole number of pixels from 0")]
    NoNumber(&'static str),
    #[error("it is empty; width and height must be at least 1")]
    Empty,
    #[error("it reaches over the edge of the slice of {width} x {height} pixels")]
    Outside { width: u32, height: u32 },
    #[error("the network sees the lungs and a small margin alone, and the region lies beside them")]
    Unseen,
}

impl AskedRegion {
    /// The region, all of it in the slice.
    ///
    /// # Errors
    /// When a number is missing or none, or the region is empty or not all in the slice.
    pub fn within(&self, slice: &Slice) -> Result<Rect, RegionFault> {
        let x = number("x", self.x.as_deref())?;
        let y = number("y", self.y.as_deref())?;
        let width = number("width", self.width.as_deref())?;
        let height = number("height", self.height.as_deref())?;
        if width == 0 || height == 0 {
            return Err(RegionFault::Empty);
        }
        let outside = RegionFault::Outside {
            width: slice.width(),
            height: slice.height(),
        };
        let fits = |start: u32, length: u32, side: u32| {
            start
                .checked_add(length)
                .is_some_and(|end| end <= side)
                .then_some(start as i32) // A slice's sides fit: see `Slice::new`.
                .ok_or(outside)
        };
        Ok(Rect {
            x: fits(x, width, slice.width())?,
            y: fits(y, height, slice.height())?,
            width,
            height,
        })
    }
}

/// A number too large to be held is as far outside as the largest one that can.
fn number(name: &'static str, text: Option<&str>) -> Result<u32, RegionFault> {
    let text = text.ok_or(RegionFault::Missing(name))?;
    match text.parse() {
        Ok(number) => Ok(number),
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => Ok(u32::MAX),
        Err(_) => Err(RegionFault::NoNumber(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(x: &str, y: &str, width: &str, height: &str) -> Result<Rect, RegionFault> {
        let asked = AskedRegion {
            x: Some(x.to_owned()),
            y: Some(y.to_owned()),
            width: Some(width.to_owned()),
            height: Some(height.to_owned()),
            class: None,
        };
        asked.within(&Slice::new(40, 30, vec![0; 1200]).expect("fits"))
    }

    #[test]
    fn a_region_reaches_up_to_the_edge() {
        let whole = Rect {
            x: 0,
            y: 0,
            width: 40,
            height: 30,
        };
        assert_eq!(within("0", "0", "40", "30"), Ok(whole));
        assert!(within("39", "29", "1", "1").is_ok());
    }

    #[test]
    fn what_is_not_all_in_the_slice_is_refused() {
        let outside = Err(RegionFault::Outside {
            width: 40,
            height: 30,
        });
        assert_eq!(within("1", "0", "40", "30"), outside);
        assert_eq!(within("40", "0", "1", "1"), outside);
        assert_eq!(within("0", "0", "4294967295", "1"), outside);
        assert_eq!(within("4294967295", "0", "4294967295", "1"), outside);
        assert_eq!(within("0", "99999999999999999999999", "1", "1"), outside);
        assert_eq!(within("0", "0", "0", "5"), Err(RegionFault::Empty));
    }

    #[test]
    fn what_is_no_number_is_named() {
        for bad in ["", "-1", "1.5", "1e3", "NaN", " 1", "٣"] {
            assert_eq!(within("0", bad, "1", "1"), Err(RegionFault::NoNumber("y")));
        }
        let slice = Slice::new(1, 1, vec![0]).expect("fits");
        let nothing = AskedRegion::default();
        assert_eq!(nothing.within(&slice), Err(RegionFault::Missing("x")));
    }
}
