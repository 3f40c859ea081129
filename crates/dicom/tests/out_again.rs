//! Files that are written a second time, and UIDs that are more or fewer than there are slices.

mod common;

use std::cell::Cell;

use common::{items, open, overlay, results};
use dicom_dictionary_std::tags;
use lungsight_dicom::{OutError, SliceResult, Uids};

const SLICES: u32 = 4;

#[test]
fn files_are_written_again_from_any_place_byte_for_byte() {
    let results = results(SLICES);
    let uids = Uids::fresh(SLICES as usize, None).expect("random");
    let drawn = Cell::new(0);
    let counted = |slice: &SliceResult| {
        drawn.set(drawn.get() + 1);
        overlay(slice)
    };
    let written = |done: usize| -> Vec<Vec<u8>> {
        let files = results.files_with(uids.clone(), None, counted);
        let mut written = Vec::new();
        for file in files.expect("they fit").skip(done) {
            written.push(file.expect("written").bytes);
        }
        written
    };
    let all = written(0);
    assert_eq!((all.len(), drawn.get()), (SLICES as usize + 1, SLICES));
    assert_eq!(written(3), all[3..]);
    assert_eq!(drawn.get(), SLICES + 1, "three were not drawn again");
    assert!(written(9).is_empty());
    // Slices that were begun with may have no result: the report knows of none of them.
    let spare = Uids::fresh(SLICES as usize + 3, None).expect("random");
    let files = results.files_with(spare, None, overlay).expect("they fit");
    let report = open(&files.last().expect("a report").expect("written"));
    let study = &items(&report, tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE)[0];
    let captures = &items(study, tags::REFERENCED_SERIES_SEQUENCE)[0];
    let captures = items(captures, tags::REFERENCED_SOP_SEQUENCE);
    assert_eq!(captures.len(), SLICES as usize);
    let few = Uids::fresh(1, None).expect("random");
    let error = results.files_with(few, None, overlay).err();
    assert_eq!(error, Some(OutError::Uids));
}
