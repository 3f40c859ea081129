//! The picture of a slice, with the caution written below it.

use font8x8::{BASIC_FONTS, UnicodeFonts as _};

/// Side of a letter's box in pixels.
const LETTER: usize = 8;

/// From a line of text to the next, in pixels.
const LINE: usize = 10;

/// Pixels by rows, red, green and blue of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// width × height × 3 bytes.
    pub rgb: Vec<u8>,
}

impl Picture {
    /// The picture with a black strip below it that holds `text` in white: nothing of the picture is covered, its pixels
    /// keep their places. The strip is as high as `longest` needs, so that all pictures of a series get the same size.
    /// `None` where the bytes aren't the size's, or no letter fits.
    pub(super) fn captioned(mut self, text: &[&str], longest: &[&str]) -> Option<Self> {
        let (width, height) = (usize::from(self.width), usize::from(self.height));
        let columns = width / LETTER;
        if columns == 0 || height == 0 || self.rgb.len() != 3 * width * height {
            return None;
        }
        let wrapped = |text: &[&str]| -> Vec<String> {
            let lines = text.iter().flat_map(|text| wrap(text, columns));
            lines.collect()
        };
        let lines = wrapped(text);
        let strip = LINE * lines.len().max(wrapped(longest).len()) + (LINE - LETTER);
        self.height = u16::try_from(height + strip).ok()?;
        self.rgb.resize(3 * width * (height + strip), 0);
        for (number, line) in lines.iter().enumerate() {
            let top = height + LINE - LETTER + LINE * number;
            for (place, letter) in line.chars().enumerate() {
                self.write(width, top, LETTER * place, letter);
            }
        }
        Some(self)
    }

    fn write(&mut self, width: usize, top: usize, left: usize, letter: char) {
        let Some(rows) = BASIC_FONTS.get(letter) else {
            return;
        };
        for (y, row) in rows.into_iter().enumerate() {
            for x in (0..LETTER).filter(|x| row >> x & 1 == 1) {
                let at = 3 * ((top + y) * width + left + x);
                self.rgb[at..at + 3].fill(255);
            }
        }
    }
}

/// Lines of at most so many letters, broken between words where that is possible.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        while !word.is_empty() {
            let line = lines.last_mut().expect("there is always one");
            let taken = line.chars().count();
            let gap = usize::from(taken > 0);
            if taken + gap + word.len() <= columns || (taken == 0 && word.len() > columns) {
                line.extend(std::iter::repeat_n(' ', gap));
                line.extend(word.drain(..word.len().min(columns)));
            } else {
                lines.push(String::new());
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_inside_long_ones() {
        assert_eq!(wrap("research only", 20), ["research only"]);
        assert_eq!(wrap("research only", 12), ["research", "only"]);
        assert_eq!(wrap("a diagnostic b", 4), ["a", "diag", "nost", "ic b"]);
    }

    #[test]
    fn the_picture_stays_and_the_text_is_below() {
        let rgb: Vec<u8> = (0..3 * 64 * 16).map(|at| at as u8).collect();
        let picture = Picture {
            width: 64,
            height: 16,
            rgb: rgb.clone(),
        };
        let captioned = picture
            .captioned(&["NOT FOR", "USE"], &["a", "b", "c"])
            .expect("sizes fit");
        assert_eq!((captioned.width, captioned.height), (64, 16 + 32));
        let (above, below) = captioned.rgb.split_at(rgb.len());
        assert_eq!(above, rgb);
        let white = below.chunks(3).filter(|pixel| *pixel == [255; 3]).count();
        let letters = "NOTFORUSE"
            .chars()
            .filter_map(|letter| BASIC_FONTS.get(letter));
        let dots: u32 = letters.flatten().map(u8::count_ones).sum();
        assert_eq!(white, dots as usize);
    }

    #[test]
    fn bytes_must_be_the_sizes() {
        let picture = |width, height, bytes| Picture {
            width,
            height,
            rgb: vec![0; bytes],
        };
        assert!(picture(16, 2, 95).captioned(&["A"], &[]).is_none());
        assert!(picture(7, 1, 21).captioned(&["A"], &[]).is_none());
        assert!(picture(16, 0, 0).captioned(&["A"], &[]).is_none());
        assert!(
            picture(16, u16::MAX, 48 * 65535)
                .captioned(&["A"], &[])
                .is_none()
        );
        assert!(picture(16, 2, 96).captioned(&["A"], &[]).is_some());
    }
}
