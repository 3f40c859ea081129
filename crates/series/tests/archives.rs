//! Zips: what is good in them is read, what is not is named, and none costs more than it may.

mod common;

use common::{read, refusal, refusal_under, tags, tags_at};
use lungsight_series::synthetic::{Coding, NiftiOptions, hu_slice, nifti, zip};
use lungsight_series::{Limits, Refusal, collect};

fn entry(name: &str, bytes: Vec<u8>) -> (String, Vec<u8>) {
    (name.to_owned(), bytes)
}

#[test]
fn slices_in_folders_of_an_archive_are_read_and_other_files_named() {
    let gzip = NiftiOptions {
        gzip: true,
        ..NiftiOptions::default()
    };
    let archive = zip(&[
        entry("study/1.dcm", tags().file(&Coding::Explicit)),
        entry("study/deep/2", tags_at(1, -5.0).file(&Coding::Rle)),
        entry("volume.nii.gz", nifti(&[hu_slice(64, 9)], &gzip)),
        entry("notes.txt", b"no slice".to_vec()),
        entry("picture.png", b"\x89PNG\r\n\x1a\n".to_vec()),
        entry("__MACOSX/study/._1.dcm", b"fork".to_vec()),
        entry("study/.DS_Store", b"hidden".to_vec()),
    ]);
    let collected = read(archive);
    let sizes: Vec<usize> = collected
        .series
        .iter()
        .map(|one| one.slices().len())
        .collect();
    assert_eq!(sizes, [2, 1]);
    let refused: Vec<_> = collected
        .refused
        .iter()
        .map(|one| (one.name.as_str(), &one.reason))
        .collect();
    let unknown = &Refusal::UnknownFormat;
    assert_eq!(
        refused,
        [("file: notes.txt", unknown), ("file: picture.png", unknown)]
    );
}

/// From each record that ends an archive and leads nowhere, the whole of it would be searched: hours for 56 MB.
#[test]
fn an_archive_of_nothing_but_ends_is_refused_at_once() {
    let end = b"PK\x05\x06\0\0\0\0\x01\0\x01\0\0\0\0\0\x16\0\0\0\0\0";
    assert_eq!(refusal(end.repeat(1 << 20)), Refusal::ManyArchives);
    let archives_within = entry("1.dcm", tags().file(&Coding::Explicit));
    let within = (0..20).map(|n| entry(&format!("{n}.zip"), zip(&[entry("a.txt", vec![7])])));
    let collected = read(zip(&within.chain([archives_within]).collect::<Vec<_>>()));
    assert_eq!(collected.series.len(), 1);
}

#[test]
fn names_are_labels_and_lead_nowhere() {
    let archive = zip(&[
        entry("../../etc/passwd", tags().file(&Coding::Explicit)),
        entry(
            "/absolute\u{7}\n.dcm",
            tags_at(1, -5.0).file(&Coding::Explicit),
        ),
    ]);
    let collected = read(archive);
    assert_eq!(collected.refused, []);
    let names: Vec<&str> = collected.series[0]
        .slices()
        .iter()
        .map(|one| &*one.name)
        .collect();
    assert_eq!(names, ["../../etc/passwd", "/absolute.dcm"]);
}

#[test]
fn archives_in_archives_are_refused() {
    let inner = zip(&[entry("1.dcm", tags().file(&Coding::Explicit))]);
    assert_eq!(
        refusal(zip(&[entry("inner.zip", inner)])),
        Refusal::NestedArchive
    );
}

#[test]
fn bombs_are_refused_by_their_ratio_and_by_what_they_hold_in_all() {
    let bomb = zip(&[entry("zeros", vec![0; 8 << 20])]);
    assert_eq!(refusal(bomb), Refusal::UnpackRatio { max_ratio: 100 });
    let many: Vec<_> = (0..4)
        .map(|n| entry(&n.to_string(), vec![0; 1 << 19]))
        .collect();
    let limits = Limits {
        max_total_bytes: 1 << 20,
        ..Limits::default()
    };
    let collected = collect([entry("file", zip(&many))], &limits);
    let in_all = Refusal::TooManyBytesInAll { max_bytes: 1 << 20 };
    let reasons: Vec<_> = collected
        .refused
        .iter()
        .map(|one| one.reason.clone())
        .collect();
    let unknown = Refusal::UnknownFormat;
    assert_eq!(reasons, [unknown.clone(), unknown, in_all.clone(), in_all]);
}

#[test]
fn a_declared_size_that_is_too_small_does_not_help_a_bomb() {
    let mut bomb = zip(&[entry("zeros", vec![0; 8 << 20])]);
    // Both headers say 16 bytes.
    let declared = (8_u32 << 20).to_le_bytes();
    while let Some(at) = bomb.windows(4).position(|four| four == declared) {
        bomb[at..at + 4].copy_from_slice(&16_u32.to_le_bytes());
    }
    let refused = refusal(bomb);
    let damaged = Refusal::DamagedArchive;
    assert!(
        refused == damaged || refused == Refusal::UnpackRatio { max_ratio: 100 },
        "{refused:?}"
    );
}

#[test]
fn entries_that_fail_are_charged_for_what_they_unpacked() {
    // Four entries of 400 kB whose checksum is wrong: two of them fill what may be unpacked in all.
    let many: Vec<_> = (0..4)
        .map(|n| entry(&n.to_string(), vec![0; 400_000]))
        .collect();
    let mut archive = zip(&many);
    // The checksum lies 16 bytes into each entry of the directory.
    for at in 0..archive.len() - 16 {
        if archive[at..].starts_with(b"PK\x01\x02") {
            archive[at + 16] ^= 1;
        }
    }
    let limits = Limits {
        max_total_bytes: 800_000,
        ..Limits::default()
    };
    let collected = collect([entry("file", archive)], &limits);
    let reasons: Vec<_> = collected
        .refused
        .iter()
        .map(|one| one.reason.clone())
        .collect();
    let in_all = Refusal::TooManyBytesInAll { max_bytes: 800_000 };
    let damaged = Refusal::DamagedArchive;
    assert_eq!(reasons, [damaged.clone(), damaged, in_all.clone(), in_all]);
}

#[test]
fn too_many_entries_are_not_looked_at() {
    let entries: Vec<_> = (0..9).map(|n| entry(&n.to_string(), Vec::new())).collect();
    let limits = Limits {
        max_entries: 8,
        ..Limits::default()
    };
    let refused = refusal_under(zip(&entries), &limits);
    let many = Refusal::TooManyEntries {
        entries: 9,
        max_entries: 8,
    };
    assert_eq!(refused, many);
}

#[test]
fn encrypted_entries_and_damaged_archives_are_named() {
    let mut archive = zip(&[entry("1.dcm", tags().file(&Coding::Explicit))]);
    let cut = archive[..archive.len() - 40].to_vec();
    assert_eq!(refusal(cut), Refusal::DamagedArchive);
    // The lowest bit of the flags, in the local header and in the directory's.
    archive[6] |= 1;
    let directory = archive.windows(4).rposition(|four| four == b"PK\x01\x02");
    archive[directory.expect("a directory") + 8] |= 1;
    assert_eq!(refusal(archive), Refusal::Encrypted);
    assert_eq!(read(zip(&[])).refused, []);
}
