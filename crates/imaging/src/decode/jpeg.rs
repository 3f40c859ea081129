//! What a JPEG will cost, from its markers: the decoder goes over all coefficients once for every scan, and builds every
//! table that is defined. And whether its colours are finer than its brightness, which the decoder counts on not to be, or stored
//! apart, which it reads wrongly.

use super::DecodeError;

/// Definitions of Huffman tables in one file. One with ten scans of three components has about twenty.
const MAX_TABLES: usize = 256;

/// Scans of a picture of the largest size that is read; a smaller one may have as many more. Encoders write ten.
const MAX_SCANS: u64 = 24;

/// Markers (ITU-T T.81, table B.1). The frames are the three that are decoded: baseline, extended, progressive.
const FRAMES: std::ops::RangeInclusive<u8> = 0xc0..=0xc2;
const BASELINE: u8 = 0xc0;
const EXTENDED: u8 = 0xc1;
const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;
const HUFFMAN_TABLES: u8 = 0xc4;

/// Markers are counted wherever their two bytes stand. In coded data they cannot; in a thumbnail's they can, and the limits
/// leave room for one.
pub(super) struct Markers {
    scans: u64,
    /// Whether the scan is closed by an end marker. The decoder fills what is missing with grey, and a slice whose lower
    /// half is grey must not be analysed.
    pub(super) ends: bool,
}

/// Counts the markers of a JPEG.
///
/// # Errors
/// When it defines more tables than any encoder writes, or has its colours finer than its brightness or apart.
pub(super) fn markers(bytes: &[u8]) -> Result<Markers, DecodeError> {
    let (mut scans, mut tables) = (0, 0);
    for (at, pair) in bytes.windows(2).enumerate() {
        match pair {
            [0xff, START_OF_SCAN] => scans += 1,
            [0xff, HUFFMAN_TABLES] => tables += 1,
            [0xff, marker] if FRAMES.contains(marker) && colour_is_finer(&bytes[at + 2..]) => {
                return Err(DecodeError::Unsupported {
                    reason: "its colours have more samples than its brightness".to_owned(),
                });
            }
            _ => {}
        }
    }
    if tables > MAX_TABLES {
        return Err(DecodeError::TooCostly {
            reason: format!(
                "it defines {tables} Huffman tables, and at most {MAX_TABLES} are read"
            ),
        });
    }
    let scan = first_scan(bytes);
    if scan.colours_apart {
        return Err(DecodeError::Unsupported {
            reason: "a JPEG with a scan for each colour; please save it again as an ordinary one"
                .to_owned(),
        });
    }
    Ok(Markers {
        scans,
        ends: scan.ends,
    })
}

impl Markers {
    /// Holds scans times pixels to the time that the largest picture may take.
    pub(super) fn check_scans(&self, pixels: u64, max_pixels: u64) -> Result<(), DecodeError> {
        if self.scans.saturating_mul(pixels) <= max_pixels.saturating_mul(MAX_SCANS) {
            return Ok(());
        }
        Err(DecodeError::TooCostly {
            reason: format!("its {pixels} pixels come in {} scans", self.scans),
        })
    }
}

/// Whether a frame's header (T.81, B.2.2) gives another component more samples than the first. No encoder does, and the
/// decoder panics on some that do.
fn colour_is_finer(header: &[u8]) -> bool {
    let Some(&[high, low, 8, _, _, _, _, count]) = header.get(..8) else {
        return false;
    };
    let length = 8 + 3 * usize::from(count);
    if usize::from(u16::from_be_bytes([high, low])) != length {
        return false;
    }
    let components = header.get(8..length).unwrap_or_default();
    let mut factors = components
        .chunks_exact(3)
        .map(|component| (component[1] >> 4, component[1] & 15));
    let Some((width, height)) = factors.next() else {
        return false;
    };
    factors.any(|(w, h)| w > width || h > height)
}

/// What is known at a JPEG's first scan.
#[derive(Default)]
struct FirstScan {
    /// An end marker follows.
    ends: bool,
    /// The file is not progressive, and the scan has not all of its colours: the decoder takes the others for grey.
    colours_apart: bool,
}

fn first_scan(bytes: &[u8]) -> FirstScan {
    let mut scan = FirstScan::default();
    let mut at = 2;
    let mut colours = None;
    // Segments carry their length up to the first scan; a thumbnail's markers inside one are skipped with it.
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..at + 4) {
        let number = |offset: usize| bytes.get(at + offset).copied();
        match marker {
            BASELINE | EXTENDED => colours = number(9),
            START_OF_SCAN => {
                let all_and_here = colours.zip(number(4));
                scan.colours_apart = all_and_here.is_some_and(|(all, here)| here < all);
            }
            _ => {}
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker == START_OF_SCAN {
            break;
        }
    }
    let end = [0xff, END_OF_IMAGE];
    scan.ends = bytes
        .get(at..)
        .is_some_and(|scan| scan.windows(2).any(|pair| pair == end));
    scan
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(factors: &[u8]) -> Vec<u8> {
        let count = factors.len() as u8;
        let mut file = vec![
            0xff,
            0xd8,
            0xff,
            0xc2,
            0,
            8 + 3 * count,
            8,
            0,
            32,
            0,
            32,
            count,
        ];
        for (id, &factor) in (1..).zip(factors) {
            file.extend([id, factor, 0]);
        }
        file
    }

    #[test]
    fn only_colours_finer_than_the_brightness_are_refused() {
        // Grey, 4:4:4, 4:2:0, 4:4:0, 4:1:1, CMYK with black as fine as the first.
        for usual in [
            &[0x22][..],
            &[0x11, 0x11, 0x11],
            &[0x22, 0x11, 0x11],
            &[0x12, 0x11, 0x11],
            &[0x41, 0x11, 0x11],
            &[0x22, 0x11, 0x11, 0x22],
        ] {
            assert!(markers(&frame(usual)).is_ok(), "{usual:x?}");
        }
        for finer in [
            &[0x11, 0x42, 0x11][..],
            &[0x21, 0x11, 0x12],
            &[0x22, 0x44, 0x44],
        ] {
            let refused = markers(&frame(finer)).err();
            assert!(
                matches!(refused, Some(DecodeError::Unsupported { .. })),
                "{finer:x?}: {refused:?}"
            );
        }
    }

    #[test]
    fn bytes_that_only_look_like_a_frame_are_passed_over() {
        let mut other = frame(&[0x11, 0x42, 0x11]);
        other[5] += 1;
        assert!(markers(&other).is_ok());
        assert!(markers(&frame(&[0x11, 0x42, 0x11])[..12]).is_ok());
    }

    #[test]
    fn a_scan_for_each_colour_is_refused_unless_progressive() {
        let with_scan = |marker: u8, colours: u8, in_scan: u8| {
            let mut file = frame(&vec![0x11; usize::from(colours)]);
            file[3] = marker;
            file.extend([0xff, START_OF_SCAN, 0, 6 + 2 * in_scan, in_scan]);
            file.extend((1..=in_scan).flat_map(|id| [id, 0]));
            file.extend([0, 63, 0, 1, 2, 0xff, END_OF_IMAGE]);
            markers(&file).map(|markers| markers.ends)
        };
        for (marker, colours, in_scan) in [(0xc0, 1, 1), (0xc1, 3, 3), (0xc2, 3, 1)] {
            assert!(
                matches!(with_scan(marker, colours, in_scan), Ok(true)),
                "{marker:x} {colours}"
            );
        }
        for marker in [0xc0, 0xc1] {
            let refused = with_scan(marker, 3, 1);
            assert!(
                matches!(refused, Err(DecodeError::Unsupported { .. })),
                "{marker:x}"
            );
        }
    }
}
