//! What is no result to write, and no series to refer to.

mod common;

use common::{origin, overlay, read_series, results, series_files};
use lungsight_dicom::{Origin, OutError, Picture, Results};

const SLICES: u32 = 4;

#[test]
fn what_does_not_fit_together_is_named() {
    let refused = |change: &dyn Fn(&mut Results)| {
        let mut changed = results(SLICES);
        change(&mut changed);
        let series = read_series(series_files(SLICES));
        let origin = origin(&series);
        changed.files(Some(&origin), overlay).err()
    };
    assert_eq!(refused(&|_| ()), None);
    assert_eq!(refused(&|r| r.slices.clear()), Some(OutError::NoSlices));
    assert_eq!(
        refused(&|r| r.slices[0].number = 2),
        Some(OutError::SliceNumber { number: 2 })
    );
    assert_eq!(
        refused(&|r| r.slices[0].number = 0),
        Some(OutError::SliceNumber { number: 0 })
    );
    assert_eq!(
        refused(&|r| r.slices[0].number = 5),
        Some(OutError::NoOriginal { number: 5 })
    );
    assert_eq!(
        refused(&|r| r.key_slices.push(9)),
        Some(OutError::KeySlice { number: 9 })
    );
    let results = results(2);
    let first = |picture: Option<Picture>| {
        let mut files = results
            .files(None, |_| picture.clone())
            .expect("numbers fit");
        files
            .next()
            .expect("there is a slice")
            .map(|file| file.name)
    };
    assert_eq!(first(None), Err(OutError::NoPicture { number: 1 }));
    let short = Picture {
        width: 64,
        height: 64,
        rgb: vec![0; 3],
    };
    assert_eq!(first(Some(short)), Err(OutError::Picture { number: 1 }));
}

#[test]
fn an_original_without_identifiers_is_no_origin() {
    // The UID's text in the file, made into something else of the same length.
    let mut file = series_files(1).remove(0).1;
    let at = file
        .windows(8)
        .position(|at| at == b"2.25.1.1")
        .expect("the instance's UID is there");
    let all: Vec<usize> = (at..file.len() - 8)
        .filter(|&at| &file[at..at + 8] == b"2.25.1.1")
        .collect();
    for at in all {
        file[at..at + 8].copy_from_slice(b"../../..");
    }
    let series = read_series([("odd".to_owned(), file)]);
    let identifiers = series.identifiers().expect("DICOM has identifiers");
    assert_eq!(Origin::new(identifiers), Err(OutError::Identifiers));
}
