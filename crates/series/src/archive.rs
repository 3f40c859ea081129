//! Zip archives: entries one by one, under limits. Names are labels, never paths.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::inflate::{inflate, too_much};
use crate::{Limits, Refusal};

/// Longest label that is kept, in characters.
const MAX_LABEL: usize = 200;

pub(crate) fn is_zip(bytes: &[u8]) -> bool {
    // A local file header, or the end of an archive without any.
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Hands every entry that is a file to `take`, with its label; folders, hidden files and resource forks are passed over.
/// `budget` is how many bytes may be unpacked yet; whatever was unpacked is taken from it, of entries that fail too, which may all
/// share one place in the archive.
pub(crate) fn read(
    bytes: &[u8],
    limits: &Limits,
    budget: &mut u64,
    mut take: impl FnMut(String, Result<Vec<u8>, Refusal>),
) -> Result<(), Refusal> {
    let check = |entries: usize| {
        if entries <= limits.max_entries {
            return Ok(());
        }
        Err(Refusal::TooManyEntries {
            entries,
            max_entries: limits.max_entries,
        })
    };
    check(directory_headers(bytes, limits.max_entries))?;
    if !ends_are_few(bytes) {
        return Err(Refusal::ManyArchives);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Refusal::DamagedArchive)?;
    check(archive.len())?;
    for index in 0..archive.len() {
        let (label, is_encrypted) = match archive.by_index_raw(index) {
            Ok(entry) if entry.is_dir() || is_hidden(entry.name()) => continue,
            Ok(entry) => (label(entry.name()), entry.encrypted()),
            Err(_) => return Err(Refusal::DamagedArchive),
        };
        if is_encrypted {
            take(label, Err(Refusal::Encrypted));
            continue;
        }
        let read = archive
            .by_index(index)
            .map_err(|_| Refusal::DamagedArchive)
            .and_then(|entry| {
                // An entry can't have more packed bytes than the archive has.
                let packed = entry.compressed_size().min(bytes.len() as u64);
                if entry.size() > limits.unpacked(packed) {
                    return Err(too_much(packed, limits));
                }
                let all = Refusal::TooManyBytesInAll {
                    max_bytes: limits.max_total_bytes,
                };
                if *budget == 0 || entry.size() > *budget {
                    return Err(all);
                }
                let mut entry = Counted(entry, 0);
                let unpacked = inflate(&mut entry, packed, limits, Refusal::DamagedArchive);
                let within = entry.1 <= *budget;
                *budget = budget.saturating_sub(entry.1);
                if within { unpacked } else { Err(all) }
            });
        take(label, read);
    }
    Ok(())
}

/// A reader, and how many bytes it has given.
struct Counted<R>(R, u64);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1 += read as u64;
        Ok(read)
    }
}

/// What the directory can hold at most, counted before anything of it is kept: each entry is ten times as large in memory as in
/// the file. Archives too small for more than `enough` entries are not counted.
fn directory_headers(bytes: &[u8], enough: usize) -> usize {
    const HEADER_BYTES: usize = 46;
    if bytes.len() / HEADER_BYTES <= enough {
        return 0;
    }
    let fours = bytes.windows(4);
    fours.filter(|four| *four == b"PK\x01\x02").count()
}

/// Whether the records that end an archive are few enough to be tried one by one: from each that leads nowhere, the whole
/// archive may be searched for a directory. An archive has one, and those of the archives that lie in it unpacked.
fn ends_are_few(bytes: &[u8]) -> bool {
    const MOST_ENDS: usize = 256;
    const MOST_SEARCHED_BYTES: u64 = 16 << 30;
    let ends = bytes.windows(4).filter(|four| *four == b"PK\x05\x06");
    let ends = ends.take(MOST_ENDS + 1).count();
    ends <= MOST_ENDS && ends as u64 * bytes.len() as u64 <= MOST_SEARCHED_BYTES
}

/// Hidden files and folders, and what macOS adds.
pub(crate) fn is_hidden(name: &str) -> bool {
    name.split(['/', '\\'])
        .any(|part| part == "__MACOSX" || (part.starts_with('.') && part != "." && part != ".."))
}

/// A name without what could be taken for anything but text.
pub(crate) fn label(name: &str) -> String {
    let shown = name.chars().filter(|char| !char.is_control());
    shown.take(MAX_LABEL).collect()
}
