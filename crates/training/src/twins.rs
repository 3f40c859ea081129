//! The same file, or nearly the same picture, under two patients: they would stand in two parts, and be learned from and judged
//! at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lungsight_imaging::INPUT_SIDE;
use lungsight_network::checkpoint::sha256;
use rayon::prelude::*;

use crate::manifest::Row;
use crate::prepare::Prepared;

/// Bits of 64 by which the hashes of nearly the same pictures differ at most.
const APART: u32 = 4;

/// Pairs that are named; of more, how many there are is told.
const NAMED: usize = 20;

/// Tells of slices of different patients that are nearly the same to the network: a picture saved, scaled or cut otherwise, if it
/// isn't by chance. Two lungs of one shape can be as near, so that nothing is refused.
pub(crate) fn alike(slices: &[Prepared]) -> Option<String> {
    let hashes: Vec<u64> = slices
        .par_iter()
        .map(|slice| difference_hash(&slice.pixels))
        .collect();
    let mut named = Vec::new();
    let mut count = 0;
    for (one, slice) in slices.iter().enumerate() {
        for (other, hash) in slices.iter().zip(&hashes).skip(one + 1) {
            let apart = (hash ^ hashes[one]).count_ones();
            if apart > APART || other.row.patient == slice.row.patient {
                continue;
            }
            count += 1;
            if named.len() < NAMED {
                let [one, other] = [slice, other].map(|slice| {
                    format!(
                        "{} of patient {}",
                        slice.row.path.display(),
                        slice.row.patient
                    )
                });
                named.push(format!("{one}, {other}"));
            }
        }
    }
    if named.is_empty() {
        return None;
    }
    let others = match count - named.len() {
        0 => String::new(),
        more => format!("\nand {more} more pairs"),
    };
    Some(format!(
        "slices of different patients that look nearly the same; who is one person must be one patient:\n{}{others}",
        named.join("\n")
    ))
}

/// Whether it gets brighter from each of nine columns to the next, in each of eight rows (Krawetz 2013, dHash): 64 bits that
/// hardly change where a picture is saved or scaled anew.
fn difference_hash(pixels: &[u8]) -> u64 {
    let mean = |column: usize, row: usize| {
        let across = column * INPUT_SIDE / 9..(column + 1) * INPUT_SIDE / 9;
        let down = row * INPUT_SIDE / 8..(row + 1) * INPUT_SIDE / 8;
        let area = across.len() * down.len();
        let greys = down.flat_map(|y| &pixels[y * INPUT_SIDE..][across.clone()]);
        greys.map(|&grey| f64::from(grey)).sum::<f64>() / area as f64
    };
    let places = (0..8).flat_map(|row| (0..8).map(move |column| (column, row)));
    places.fold(0, |hash, (column, row)| {
        (hash << 1) | u64::from(mean(column, row) < mean(column + 1, row))
    })
}

/// Refuses files that are equal to the last byte and belong to different patients; what can't be read is passed over.
///
/// # Errors
/// Names all of them.
pub(crate) fn refuse(folder: &Path, rows: &[Row]) -> Result<(), String> {
    let sums: Vec<Option<String>> = rows
        .par_iter()
        .map(|row| {
            let bytes = std::fs::read(folder.join(&row.path)).ok()?;
            Some(sha256(&bytes))
        })
        .collect();
    let mut equal: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for (row, sum) in rows.iter().zip(&sums) {
        if let Some(sum) = sum {
            equal.entry(sum).or_default().push(row);
        }
    }
    let of_several = |rows: &&Vec<&Row>| {
        let patients: BTreeSet<&str> = rows.iter().map(|row| row.patient.as_str()).collect();
        patients.len() > 1
    };
    let named: Vec<String> = equal
        .values()
        .filter(of_several)
        .map(|rows| {
            let files = rows
                .iter()
                .map(|row| format!("{} of patient {}", row.path.display(), row.patient));
            files.collect::<Vec<_>>().join(", ")
        })
        .collect();
    if named.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "the same file belongs to different patients; who is one person must be one patient:\n{}",
            named.join("\n")
        ))
    }
}

#[cfg(test)]
mod tests {
    use lungsight_imaging::Class;

    use super::*;
    use crate::grain::tests::slice;

    #[test]
    fn nearly_the_same_picture_of_different_patients_is_told() {
        let (one, other) = (slice(1, 4), slice(2, 4));
        let mut twin = one.clone();
        twin.row.path = "twin.png".into();
        // As if saved a little brighter.
        for pixel in twin.pixels.iter_mut().filter(|pixel| **pixel > 0) {
            *pixel = pixel.saturating_add(5);
        }
        assert_eq!(
            alike(&[one.clone(), other.clone(), twin.clone()]),
            None,
            "slices of one patient may be alike"
        );
        twin.row.patient = "another".into();
        let told = alike(&[one, other, twin]).expect("a pair");
        assert!(
            told.ends_with("\n1.png of patient 1, twin.png of patient another"),
            "{told}"
        );
    }

    #[test]
    fn equal_files_of_different_patients_are_all_named() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let row = |path: &str, patient: &str, bytes: &[u8]| {
            std::fs::write(folder.path().join(path), bytes).expect("write");
            Row {
                path: path.into(),
                label: Class::Covid,
                patient: patient.into(),
                source: "s".into(),
                note: String::new(),
                line: 0,
            }
        };
        let mut rows = vec![
            row("a", "p1", b"one"),
            row("b", "p1", b"one"),
            row("c", "p2", b"another"),
        ];
        refuse(folder.path(), &rows).expect("equal files of one patient");
        rows.push(row("d", "p3", b"another"));
        rows.push(row("e", "p4", b"one"));
        let reason = refuse(folder.path(), &rows).expect_err("equal files");
        assert!(
            reason.contains("a of patient p1, b of patient p1, e of patient p4"),
            "{reason}"
        );
        assert!(
            reason.contains("c of patient p2, d of patient p3"),
            "{reason}"
        );
    }
}
