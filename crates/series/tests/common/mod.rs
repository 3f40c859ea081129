//! What several tests share.
#![allow(dead_code, reason = "no test uses all of it")]

use lungsight_series::synthetic::{FrameOfSeries, Tags, ct_slice, hu_slice};
use lungsight_series::{Collected, HuSlice, Limits, Refusal, Series, collect};

pub fn read(bytes: Vec<u8>) -> Collected {
    collect([("file".to_owned(), bytes)], &Limits::default())
}

/// The one series of a file that must give one.
pub fn series(bytes: Vec<u8>) -> Series {
    let mut collected = read(bytes);
    assert_eq!(collected.refused, []);
    assert_eq!(collected.series.len(), 1);
    collected.series.remove(0)
}

/// Why a file that must give nothing gives nothing.
pub fn refusal(bytes: Vec<u8>) -> Refusal {
    refusal_under(bytes, &Limits::default())
}

pub fn refusal_under(bytes: Vec<u8>, limits: &Limits) -> Refusal {
    let collected = collect([("file".to_owned(), bytes)], limits);
    assert_eq!(collected.series.len(), 0, "the file gives a series");
    let [refused] = collected.refused.as_slice() else {
        panic!("{:?}", collected.refused);
    };
    let message = refused.reason.to_string();
    let first = message.chars().next().expect("a message");
    let is_name = message.starts_with("NIfTI");
    assert!(
        is_name || first.is_lowercase() || first.is_numeric(),
        "{message}"
    );
    refused.reason.clone()
}

pub fn slice() -> HuSlice {
    hu_slice(64, 1)
}

/// A CT file's elements, to be changed.
pub fn tags() -> Tags {
    ct_slice(&slice(), &FrameOfSeries::default())
}

/// A slice at a place in millimetres.
pub fn tags_at(number: u32, position_mm: f64) -> Tags {
    let place = FrameOfSeries {
        number,
        position_mm,
        ..FrameOfSeries::default()
    };
    ct_slice(&hu_slice(64, u64::from(number) + 1), &place)
}
