//! Files → series: what belongs together, in which order, and what is said of it.

mod common;

use common::{tags, tags_at};
use lungsight_series::synthetic::{Coding, FrameOfSeries, Tags, ct_slice, dicom_series, hu_slice};
use lungsight_series::{Collected, Limits, Note, SeriesReader, collect};

fn collected(files: impl IntoIterator<Item = Tags>) -> Collected {
    let files = files.into_iter().zip(0..).map(|(tags, number)| {
        let name = format!("{number}.dcm");
        (name, tags.file(&Coding::Explicit))
    });
    let collected = collect(files, &Limits::default());
    assert_eq!(collected.refused, []);
    collected
}

#[test]
fn a_folder_in_any_order_becomes_one_series_head_first() {
    let (slices, mut files) = dicom_series(64, 7, &Coding::JpegLossless);
    files.reverse();
    files.swap(1, 4);
    let collected = collect(files, &Limits::default());
    let [series] = collected.series.as_slice() else {
        panic!("{:?}", collected.series);
    };
    for (index, slice) in slices.into_iter().enumerate() {
        assert_eq!(series.decode(index), Ok(slice));
        assert_eq!(&*series.slices()[index].name, format!("{index:04}.dcm"));
    }
    assert_eq!((series.spacing_mm(), series.notes()), (Some(5.0), &[][..]));
    assert_eq!(collected.notes, []);
}

#[test]
fn gaps_and_slices_at_one_place_are_noted() {
    let places = [10.0, 5.0, 5.0, 0.0, -20.0, -25.0];
    let series = collected(places.iter().zip(0..).map(|(&mm, n)| tags_at(n, mm)));
    let series = &series.series[0];
    let twice = Note::DuplicatePosition {
        kept: 2,
        dropped: 1,
    };
    let gap = Note::Gap {
        after: 3,
        missing: 3,
    };
    assert_eq!(series.notes(), [twice, gap]);
    assert_eq!(series.slices().len(), 5);
    assert_eq!(
        series.decode(1),
        Ok(hu_slice(64, 2)),
        "the lower number is kept"
    );
}

#[test]
fn a_place_too_far_for_numbers_is_none() {
    let mut tags = tags();
    tags.text(0x0020_0032, b"DS", r"0\-1.7e308\1.7e308").text(
        0x0020_0037,
        b"DS",
        r"1\0\0\0\0.9\0.4359",
    );
    let collected = collected([tags]);
    let slices = collected.series[0].slices();
    assert_eq!((slices.len(), slices[0].position_mm), (1, None));
}

#[test]
fn patients_and_series_are_kept_apart() {
    let place = |patient, series| FrameOfSeries {
        patient,
        series,
        ..FrameOfSeries::default()
    };
    let files = [place(1, 1), place(2, 1), place(1, 2), place(1, 1)];
    let found = collected(files.iter().map(|place| ct_slice(&hu_slice(64, 1), place)));
    let sizes: Vec<usize> = found.series.iter().map(|one| one.slices().len()).collect();
    // The first and the last lie at one place.
    assert_eq!(sizes, [1, 1, 1]);
    assert_eq!(found.notes, [Note::SeveralPatients { patients: 2 }]);
}

#[test]
fn sizes_spacings_and_orientations_are_kept_apart_with_a_note() {
    let mut large = ct_slice(&hu_slice(72, 1), &FrameOfSeries::default());
    let mixed = collected([tags(), large.clone(), tags_at(1, -5.0)]);
    assert_eq!(mixed.series.len(), 2);
    assert!(
        mixed
            .series
            .iter()
            .all(|one| one.notes() == [Note::MixedSizes])
    );
    large = tags();
    large.text(0x0028_0030, b"DS", r"0.8\0.8");
    assert_eq!(collected([tags(), large]).series.len(), 2);
    let mut prone = tags();
    prone.text(0x0020_0037, b"DS", r"-1\0\0\0\-1\0");
    let mixed = collected([tags(), prone]);
    assert!(
        mixed
            .series
            .iter()
            .all(|one| one.notes() == [Note::MixedOrientations])
    );
}

#[test]
fn rounding_of_the_orientation_parts_no_series() {
    let mut rounded = tags_at(1, -5.0);
    rounded.text(0x0020_0037, b"DS", r"0.99999\0.002\0\-0.002\0.99999\0");
    assert_eq!(collected([tags(), rounded]).series.len(), 1);
}

#[test]
fn what_is_not_given_is_assumed_and_said() {
    let mut bare = tags();
    bare.without(0x0020_0037).without(0x0020_0032);
    let found = collected([bare.clone(), bare]);
    let notes = [Note::OrientationAssumed, Note::PositionsMissing];
    assert_eq!(found.series[0].notes(), notes);
    assert_eq!(found.series[0].slices().len(), 2);
    let mut signed = tags();
    signed
        .u16(0x0028_0103, 1)
        .without(0x0028_1052)
        .without(0x0028_1053);
    let found = collected([signed]);
    assert_eq!(found.series[0].notes(), [Note::UnitsAssumed]);
}

#[test]
fn identifiers_are_there_for_output_and_printed_nowhere() {
    let found = collected([tags_at(3, -5.0), tags_at(4, 0.0)]);
    let identifiers = found.series[0].identifiers().expect("dicom has them");
    assert_eq!(identifiers.study_instance_uid(), "2.25.1");
    assert_eq!(identifiers.series_instance_uid(), "2.25.1.1");
    let instances: Vec<_> = identifiers.sop_instance_uids().collect();
    assert_eq!(instances, [("2.25.1.1.4", 1), ("2.25.1.1.3", 1)]);
    let printed = format!("{found:?} {:?}", found.series[0].decode(0));
    for secret in ["2.25", "Phantom", "P1", ".dcm"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn one_broken_file_costs_no_other() {
    let mut reader = SeriesReader::new(Limits::default());
    reader.add("notes.txt", b"no slice".to_vec());
    reader.add("folder/good.dcm", tags().file(&Coding::Explicit));
    reader.add("folder/.hidden", b"passed over".to_vec());
    let mut cut = tags().file(&Coding::Explicit);
    cut.truncate(5000);
    reader.add("folder/cut.dcm", cut);
    let collected = reader.finish();
    assert_eq!(collected.series.len(), 1);
    let names: Vec<&str> = collected
        .refused
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["notes.txt", "folder/cut.dcm"]);
}
