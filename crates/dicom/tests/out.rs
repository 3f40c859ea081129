//! What the files hold, read by dicom-rs.

mod common;

use std::collections::BTreeSet;

use common::{
    SIDE, files, items, open, origin, overlay, pixels, read_series, results, series_files, text,
};
use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;
use font8x8::{BASIC_FONTS, UnicodeFonts as _};
use lungsight_dicom::{CAUTION, Patient, Picture, SliceResult};
use lungsight_imaging::Class;
use lungsight_series::synthetic::{Coding, FrameOfSeries, ct_slice, hu_slice};

const SLICES: u32 = 4;

/// What is written in a strip of [`SIDE`] columns, letter by letter and without spaces: eight pixels a letter, ten rows a line, the
/// first two rows black. In the font, the lowest bit of a row is its leftmost pixel.
fn written(strip: &[u8]) -> String {
    let side = usize::from(SIDE);
    let is_lit = |x: usize, y: usize| strip[3 * (y * side + x)..][..3] == [255; 3];
    let lines = (strip.len() / (3 * side) - 2) / 10;
    let letter = |line: usize, place: usize| {
        let rows: [u8; 8] = std::array::from_fn(|y| {
            let lit = (0..8usize).filter(|x| is_lit(8 * place + x, 2 + 10 * line + y));
            lit.map(|x| 1u8 << x).sum()
        });
        let mut letters = (' '..='~').filter(|letter| BASIC_FONTS.get(*letter) == Some(rows));
        letters.next().unwrap_or('\u{fffd}')
    };
    let places = (0..lines).flat_map(|line| (0..side / 8).map(move |place| (line, place)));
    let letters = places.map(|(line, place)| letter(line, place));
    letters.filter(|letter| *letter != ' ').collect()
}

#[test]
fn captures_hold_the_pictures_and_the_caution() {
    let results = results(SLICES);
    let files = files(&results, None);
    assert_eq!(files.len(), SLICES as usize + 1);
    let size = |file| [tags::ROWS, tags::COLUMNS].map(|tag| text(&open(file), tag));
    let sizes: BTreeSet<_> = files[..SLICES as usize].iter().map(size).collect();
    assert_eq!(sizes.len(), 1, "all slices of a series have one size");
    for (file, slice) in files.iter().zip(&results.slices) {
        let object = open(file);
        assert_eq!(file.name, format!("slice-{:04}.dcm", slice.number));
        assert_eq!(
            object.meta().transfer_syntax(),
            uids::EXPLICIT_VR_LITTLE_ENDIAN
        );
        assert_eq!(
            object.meta().media_storage_sop_class_uid(),
            uids::SECONDARY_CAPTURE_IMAGE_STORAGE
        );
        assert_eq!(
            object.meta().media_storage_sop_instance_uid(),
            file.sop_instance_uid
        );
        assert_eq!(text(&object, tags::SOP_INSTANCE_UID), file.sop_instance_uid);
        assert_eq!(
            text(&object, tags::INSTANCE_NUMBER),
            slice.number.to_string()
        );
        assert_eq!(text(&object, tags::IMAGE_TYPE), r"DERIVED\SECONDARY");
        assert_eq!(text(&object, tags::BURNED_IN_ANNOTATION), "NO");
        assert_eq!(text(&object, tags::CONTENT_DATE), "20261126");
        assert_eq!(text(&object, tags::CONTENT_TIME), "010203");
        assert!(text(&object, tags::SERIES_DESCRIPTION).starts_with(CAUTION));
        let comment = text(&object, tags::IMAGE_COMMENTS);
        let class = ["healthy", "pneumonia", "COVID-19"][slice.outcome.class.index()];
        let says = if slice.outcome.inconclusive {
            "inconclusive"
        } else {
            class
        };
        assert!(comment.starts_with(CAUTION), "{comment}");
        assert!(
            comment.contains(&format!("Slice {}: {says} (", slice.number)),
            "{comment}"
        );
        assert!(comment.contains(&format!("{class} 75.0%")), "{comment}");
        let pixels = pixels(&object);
        let picture = overlay(slice).expect("there is a picture").rgb;
        let rows: usize = text(&object, tags::ROWS).parse().expect("a number");
        assert!(rows > usize::from(SIDE), "there are rows for the caution");
        assert_eq!(pixels.len(), 3 * usize::from(SIDE) * rows);
        let (slice_pixels, strip) = pixels.split_at(picture.len());
        assert_eq!(slice_pixels, picture);
        let said = comment.replacen(". ", " ", 1);
        let said: String = said.split_whitespace().collect();
        assert_eq!(
            written(strip),
            said,
            "what is burnt in is what the comment says"
        );
    }
}

#[test]
fn odd_pixel_data_is_padded() {
    let odd = |_: &SliceResult| {
        Some(Picture {
            width: 65,
            height: 65,
            rgb: vec![7; 65 * 65 * 3],
        })
    };
    let results = results(2);
    let file = results
        .files(None, odd)
        .expect("numbers fit")
        .next()
        .expect("a file")
        .expect("is written");
    let object = open(&file);
    let pixels = pixels(&object);
    assert_eq!(pixels.len() % 2, 0);
    assert_eq!(file.bytes.len() % 2, 0);
}

#[test]
fn without_an_origin_nothing_of_it_is_there() {
    let series = read_series(series_files(SLICES));
    let identifiers = series.identifiers().expect("DICOM has identifiers");
    let results = results(SLICES);
    for file in files(&results, None) {
        let object = open(&file);
        assert_eq!(text(&object, tags::PATIENT_NAME), "Anonymous");
        assert_eq!(text(&object, tags::PATIENT_ID), "");
        for tag in [tags::SOURCE_IMAGE_SEQUENCE, tags::FRAME_OF_REFERENCE_UID] {
            assert!(object.element_opt(tag).expect("readable").is_none());
        }
        let held = |text: &str| {
            file.bytes
                .windows(text.len())
                .any(|at| at == text.as_bytes())
        };
        assert!(!held("Phantom^1"));
        assert!(
            !identifiers
                .sop_instance_uids()
                .any(|(uid, _)| held(&format!("{uid}\0")) || held(&format!("{uid} ")))
        );
        assert_ne!(
            text(&object, tags::STUDY_INSTANCE_UID),
            identifiers.study_instance_uid()
        );
    }
    let uids = |files: Vec<lungsight_dicom::File>| -> BTreeSet<String> {
        let objects = files.iter().map(open);
        let of = [
            tags::STUDY_INSTANCE_UID,
            tags::SERIES_INSTANCE_UID,
            tags::SOP_INSTANCE_UID,
        ];
        objects
            .flat_map(|object| of.map(|tag| text(&object, tag)))
            .collect()
    };
    let (once, again) = (uids(files(&results, None)), uids(files(&results, None)));
    // A study, two series, an instance for each slice and the report.
    assert_eq!(once.len(), 1 + 2 + SLICES as usize + 1);
    assert!(
        once.is_disjoint(&again),
        "every set of files has UIDs of its own"
    );
    assert!(
        once.iter()
            .all(|uid| uid.starts_with("2.25.") && uid.len() <= 64)
    );
}

#[test]
fn with_an_origin_files_refer_to_it() {
    let series = read_series(series_files(SLICES));
    let identifiers = series.identifiers().expect("DICOM has identifiers");
    let patient = Patient {
        name: "Phantom^Ärmel".into(),
        id: r"P\1".into(),
    };
    let origin = origin(&series).with_patient(patient);
    let results = results(SLICES);
    let files = files(&results, Some(&origin));
    for (file, (instance, _)) in files.iter().zip(identifiers.sop_instance_uids()) {
        let object = open(file);
        assert_eq!(
            text(&object, tags::STUDY_INSTANCE_UID),
            identifiers.study_instance_uid()
        );
        assert_ne!(
            text(&object, tags::SERIES_INSTANCE_UID),
            identifiers.series_instance_uid()
        );
        assert_eq!(text(&object, tags::PATIENT_NAME), "Phantom^Ärmel");
        assert_eq!(
            text(&object, tags::PATIENT_ID),
            "P/1",
            "a value stays one value"
        );
        // As the reader turns slices: rows run to the patient's left, columns to the back.
        assert_eq!(text(&object, tags::PATIENT_ORIENTATION), r"L\P");
        let source = &items(&object, tags::SOURCE_IMAGE_SEQUENCE)[0];
        assert_eq!(text(source, tags::REFERENCED_SOP_INSTANCE_UID), instance);
        assert_eq!(
            text(source, tags::REFERENCED_SOP_CLASS_UID),
            identifiers.sop_class_uid()
        );
        let referenced = &items(&object, tags::REFERENCED_SERIES_SEQUENCE)[0];
        assert_eq!(
            text(referenced, tags::SERIES_INSTANCE_UID),
            identifiers.series_instance_uid()
        );
    }
    let report = open(files.last().expect("there is a report"));
    let study = &items(&report, tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE)[0];
    assert_eq!(
        text(study, tags::STUDY_INSTANCE_UID),
        identifiers.study_instance_uid()
    );
    let evidence: Vec<usize> = items(study, tags::REFERENCED_SERIES_SEQUENCE)
        .iter()
        .map(|series| items(series, tags::REFERENCED_SOP_SEQUENCE).len())
        .collect();
    assert_eq!(evidence, [SLICES as usize; 2], "captures and originals");
    assert_eq!(format!("{origin:?}"), "Origin(..)");
}

#[test]
fn frames_of_one_instance_are_told_apart() {
    // Three frames in one Enhanced CT, whose places stand at the top, as in a few files.
    let mut tags_of = ct_slice(&hu_slice(64, 1), &FrameOfSeries::default());
    let frame = hu_slice(64, 1);
    let stored = frame.values().iter().map(|hu| (hu + 1024) as u16);
    let samples = stored.clone().chain(stored.clone()).chain(stored);
    tags_of
        .text(0x0008_0016, b"UI", uids::ENHANCED_CT_IMAGE_STORAGE)
        .text(0x0028_0008, b"IS", "3")
        .samples(samples.collect());
    let file = tags_of.file(&Coding::Explicit);
    let series = read_series([("frames".to_owned(), file)]);
    let origin = origin(&series);
    let files = files(&results(3), Some(&origin));
    for (file, frame) in files[..3].iter().zip(["1", "2", "3"]) {
        let object = open(file);
        let source = &items(&object, tags::SOURCE_IMAGE_SEQUENCE)[0];
        assert_eq!(text(source, tags::REFERENCED_FRAME_NUMBER), frame);
    }
    let report = open(&files[3]);
    let study = &items(&report, tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE)[0];
    let original = &items(study, tags::REFERENCED_SERIES_SEQUENCE)[1];
    let evidence = items(original, tags::REFERENCED_SOP_SEQUENCE);
    assert_eq!(evidence.len(), 1, "one instance");
    let sources = all(&report, "Source");
    let of_source = |image: &&InMemDicomObject| {
        text(
            &items(image, tags::REFERENCED_SOP_SEQUENCE)[0],
            tags::REFERENCED_FRAME_NUMBER,
        )
    };
    assert_eq!(
        sources.iter().map(of_source).collect::<Vec<_>>(),
        ["3", "2"]
    );
}

/// Every item below one, whose concept has this meaning.
fn named<'a>(object: &'a InMemDicomObject, meaning: &str, found: &mut Vec<&'a InMemDicomObject>) {
    let Ok(Some(content)) = object.element_opt(tags::CONTENT_SEQUENCE) else {
        return;
    };
    for item in content.items().expect("it is a sequence") {
        if text(
            &items(item, tags::CONCEPT_NAME_CODE_SEQUENCE)[0],
            tags::CODE_MEANING,
        ) == meaning
        {
            found.push(item);
        }
        named(item, meaning, found);
    }
}

fn all<'a>(object: &'a InMemDicomObject, meaning: &str) -> Vec<&'a InMemDicomObject> {
    let mut found = Vec::new();
    named(object, meaning, &mut found);
    found
}

fn meaning(item: &InMemDicomObject, tag: Tag) -> String {
    text(&items(item, tag)[0], tags::CODE_MEANING)
}

#[test]
fn the_report_says_class_probabilities_key_slices_and_caution() {
    let results = results(SLICES);
    let files = files(&results, None);
    let report = open(files.last().expect("there is a report"));
    assert_eq!(
        text(&report, tags::SOP_CLASS_UID),
        uids::COMPREHENSIVE_SR_STORAGE
    );
    assert_eq!(text(&report, tags::VERIFICATION_FLAG), "UNVERIFIED");
    let groups = all(&report, "Measurement Group");
    let names: Vec<String> = all(&report, "Tracking Identifier")
        .iter()
        .map(|item| text(item, tags::TEXT_VALUE))
        .collect();
    assert_eq!(names, ["Patient", "Slice 4", "Slice 3"]);
    let class = |group: &InMemDicomObject| {
        meaning(
            all(group, "Class given by the model, for research only")[0],
            tags::CONCEPT_CODE_SEQUENCE,
        )
    };
    assert_eq!(
        groups.iter().map(|group| class(group)).collect::<Vec<_>>(),
        ["COVID-19", "Pneumonia", "Inconclusive"]
    );
    for (group, outcome) in groups.iter().zip([
        results.patient,
        results.slices[3].outcome,
        results.slices[2].outcome,
    ]) {
        let names = [
            "Model's probability of healthy lungs",
            "Model's probability of common pneumonia",
            "Model's probability of COVID-19",
        ];
        for (class, name) in Class::ALL.into_iter().zip(names) {
            let value = &items(all(group, name)[0], tags::MEASURED_VALUE_SEQUENCE)[0];
            let value: f32 = text(value, tags::NUMERIC_VALUE).parse().expect("a number");
            assert_eq!(value, 100.0 * outcome.probabilities.of(class));
        }
    }
    let shown = all(&report, "Slice with the model's heatmap");
    let shown: Vec<String> = shown
        .iter()
        .map(|image| {
            text(
                &items(image, tags::REFERENCED_SOP_SEQUENCE)[0],
                tags::REFERENCED_SOP_INSTANCE_UID,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [&files[3].sop_instance_uid, &files[2].sop_instance_uid].map(String::as_str)
    );
    let comments = all(&report, "Comment");
    assert!(text(comments[0], tags::TEXT_VALUE).starts_with(CAUTION));
    assert_eq!(text(comments[1], tags::TEXT_VALUE), results.notes[0]);
}
