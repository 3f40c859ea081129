//! A disk that fills up, in a small file system of its own.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::{Form, slice_png};
use crate::served::{ANALYSES, Served};
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
