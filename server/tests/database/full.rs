//! A disk that fills up, in a small file system of its own.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use lungsight_app::analysis::{Analysis, SliceResult};

use crate::common::served::Served;
use crate::common::{ANALYSES, Form, slice_png};
use crate::sqlite_url;

/// A file system in memory, unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={size}"),
                "lungsight-test",
            ])
            .arg(folder.path())
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// Takes all that is left, until it is dropped.
struct Filler(PathBuf);

impl Filler {
    fn of(disk: &SmallDisk) -> Self {
        let path = disk.path().join("filler");
        let mut file = File::create(&path).expect("a file");
        for piece in [64 << 10, 1 << 10] {
            while file.write_all(&vec![1; piece]).is_ok() {}
        }
        Self(path)
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn whoever_follows_an_analysis_is_told_that_the_disk_is_full() {
    let Some(disk) = SmallDisk::mount("8m") else {
        eprintln!("left out: this user may not mount a file system");
        return;
    };
    // So few slices that SQLite has no room of its own to use again.
    const SLICES: usize = 24;
    let server = Served::start(&sqlite_url(disk.path()), &["--batch-slices", "1"]);
    let form = (0..SLICES).fold(Form::default(), |form, number| {
        form.slice("a.png", &slice_png(number as u64))
    });
    let at = server.begin(form);
    let seen = |analysis: &Analysis| {
        let read = |slice: &&SliceResult| matches!(slice, SliceResult::Read(_));
        analysis.slices.iter().filter(read).count()
    };
    // Held meanwhile: it is not to be done before the disk is full.
    server.pause();
    let filler = Filler::of(&disk);
    server.resume();
    let told = server.get(&format!("{at}/events")).text();
    let last = told.trim_end().rsplit("\n\n").next().expect("an event");
    let (name, data) = last.split_once('\n').expect("name and data");
    assert_eq!(name, "event: error", "{told}");
    let refused = server.post(ANALYSES, Form::default().slice("a.png", &slice_png(1)));
    assert_eq!(refused.status, 507, "{}", refused.text());
    assert_eq!(data, format!("data: {}", refused.text()));

    // Its slices have waited for room.
    drop(filler);
    let analysis = server.analysis_once(&at, |analysis| analysis.finished);
    assert_eq!(seen(&analysis), SLICES);
    let told = server.get(&format!("{at}/events")).text();
    assert!(told.contains("event: end") && !told.contains("event: error"));
}

#[test]
fn a_full_disk_is_told_and_nothing_kept_is_lost() {
    let Some(disk) = SmallDisk::mount("6m") else {
        eprintln!("left out: this user may not mount a file system");
        return;
    };
    let server = Served::start(&sqlite_url(disk.path()), &["--queue-slices", "1000"]);
    let mut kept = Vec::new();
    let began = Instant::now();
    let refused = loop {
        let form = (0..8).fold(Form::default(), |form, number| {
            form.slice("a.png", &slice_png(kept.len() as u64 * 8 + number))
        });
        let upload = server.post("/api/v1/uploads", form);
        if upload.status != 201 {
            break upload;
        }
        let form = Form::default().slice("a.png", &slice_png(1));
        let made = server.post(ANALYSES, form);
        if made.status != 201 {
            break made;
        }
        let at = made.header("location").to_owned();
        let picture = server.get(&format!("{at}/slices/0/heatmap.png"));
        assert_eq!(picture.status, 200);
        kept.push((at, made, picture));
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "the disk does not fill"
        );
    };
    assert_eq!(refused.status, 507, "{}", refused.text());
    assert!(
        refused.text().contains("no room left"),
        "{}",
        refused.text()
    );
    assert_eq!(refused.header("retry-after"), "60");
    assert!(!kept.is_empty());
    for (at, made, picture) in &kept {
        assert!(server.get(at).body == made.body);
        assert!(server.get(&format!("{at}/slices/0/heatmap.png")).body == picture.body);
    }

    // With room again it goes on where it was.
    let grown = Command::new("mount")
        .args(["-o", "remount,size=64m"])
        .arg(disk.path())
        .status();
    assert!(grown.is_ok_and(|status| status.success()));
    let made = server.post(ANALYSES, Form::default().slice("a.png", &slice_png(1)));
    assert_eq!(made.status, 201, "{}", made.text());
}
