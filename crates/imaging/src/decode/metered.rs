//! A file that may be read so much and no more: a decoder that is sent back to the same bytes again and again ends in an
//! error, not in an hour.

use std::io::{self, BufRead, Cursor, Read, Seek, SeekFrom};

/// See the module.
pub(super) struct Metered<'a> {
    file: Cursor<&'a [u8]>,
    left: u64,
}

impl<'a> Metered<'a> {
    /// A file of which `budget` bytes may be read, again ones included.
    pub(super) fn new(file: &'a [u8], budget: u64) -> Self {
        Self {
            file: Cursor::new(file),
            left: budget,
        }
    }

    fn spend(&mut self, bytes: usize) -> io::Result<()> {
        match self.left.checked_sub(bytes as u64) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(io::Error::other("it is read over and over again")),
        }
    }
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.spend(read)?;
        Ok(read)
    }
}

impl BufRead for Metered<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.file.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        // What cannot be refused here is refused at the next read.
        self.left = self.left.saturating_sub(bytes as u64);
        self.file.consume(bytes);
    }
}

impl Seek for Metered<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_again_and_again_ends_in_an_error() {
        let file = [7; 100];
        let mut metered = Metered::new(&file, 250);
        let mut all = [0; 100];
        for _ in 0..2 {
            metered.rewind().expect("the start");
            metered.read_exact(&mut all).expect("within the budget");
        }
        metered.rewind().expect("the start");
        assert!(metered.read_exact(&mut all).is_err());
        metered.rewind().expect("the start");
        assert!(metered.read_to_end(&mut Vec::new()).is_err());
    }
}
