//! What the tests write and read.
#![allow(dead_code, reason = "no test uses all of it")]

use std::time::{Duration, SystemTime};

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::{FileDicomObject, InMemDicomObject};
use lungsight_dicom::{File, Maker, Origin, Outcome, Picture, Results, SliceResult};
use lungsight_imaging::{Class, Probabilities};
use lungsight_series::synthetic::{self, Coding};
use lungsight_series::{Limits, Series, collect};

pub type Object = FileDicomObject<InMemDicomObject>;

pub const SIDE: u16 = 64;

/// A series of phantoms, as files.
pub fn series_files(slices: u32) -> Vec<(String, Vec<u8>)> {
    synthetic::dicom_series(u32::from(SIDE), slices, &Coding::Explicit).1
}

/// The one series in some files.
pub fn read_series(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Series {
    let collected = collect(files, &Limits::default());
    assert_eq!(collected.refused, [], "all files are read");
    let mut series = collected.series.into_iter();
    let only = series.next().expect("there is a series");
    assert!(series.next().is_none(), "there is one series");
    only
}

pub fn origin(series: &Series) -> Origin {
    let identifiers = series.identifiers().expect("DICOM has identifiers");
    Origin::new(identifiers).expect("synthetic identifiers are valid")
}

/// Results of so many slices, the last but one without a conclusion, two of them key slices.
pub fn results(slices: u32) -> Results {
    let outcome = |class: Class, inconclusive| {
        let mut by_class = [0.125; 3];
        by_class[class.index()] = 0.75;
        let probabilities = Probabilities::new(by_class).expect("they sum to 1");
        Outcome {
            class,
            probabilities,
            inconclusive,
        }
    };
    let slice = |number: u32| SliceResult {
        number,
        outcome: outcome(Class::ALL[number as usize % 3], number + 1 == slices),
    };
    Results {
        patient: outcome(Class::Covid, false),
        slices: (1..=slices).map(slice).collect(),
        key_slices: vec![slices, slices - 1],
        notes: vec!["About 2 slices are missing after slice 3 of the series.".into()],
        maker: Maker {
            model: "resnet18-fpn 2026-11".into(),
            device: "CPU".into(),
            software: "0.1.0".into(),
        },
        // 2026-11-26 01:02:03 UTC.
        created: SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_654_923),
        burned_in_annotation: Some(false),
    }
}

/// A picture that tells slices apart.
pub fn overlay(slice: &SliceResult) -> Option<Picture> {
    let side = usize::from(SIDE);
    let pixels =
        (0..side * side).flat_map(|at| [(at % side) as u8, (at / side) as u8, slice.number as u8]);
    Some(Picture {
        width: SIDE,
        height: SIDE,
        rgb: pixels.collect(),
    })
}

pub fn files(results: &Results, origin: Option<&Origin>) -> Vec<File> {
    let files = results
        .files(origin, overlay)
        .expect("the numbers fit together");
    files
        .collect::<Result<_, _>>()
        .expect("all files are written")
}

pub fn open(file: &File) -> Object {
    dicom_object::from_reader(&file.bytes[..]).expect("written files can be read")
}

/// A value in text, without padding.
pub fn text(object: &InMemDicomObject, tag: Tag) -> String {
    let element = object
        .element(tag)
        .unwrap_or_else(|_| panic!("{tag} is there"));
    element.to_str().expect("it is text").into_owned()
}

pub fn items(object: &InMemDicomObject, tag: Tag) -> &[InMemDicomObject] {
    let element = object
        .element(tag)
        .unwrap_or_else(|_| panic!("{tag} is there"));
    element.items().expect("it is a sequence")
}

pub fn pixels(object: &InMemDicomObject) -> Vec<u8> {
    let element = object.element(tags::PIXEL_DATA).expect("there are pixels");
    element.to_bytes().expect("they are bytes").into_owned()
}
