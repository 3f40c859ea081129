//! Sizes in bytes as people write them: `160MiB`, `512 KiB`, `1000`.

use std::fmt;
use std::str::FromStr;

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(usize);

/// A size that could not be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{0}' is no size; write bytes, or a number with KiB, MiB or GiB")]
pub struct InvalidSize(String);

/// Largest unit first, so that [`fmt::Display`] picks the shortest form.
const UNITS: [(&str, usize); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

impl ByteSize {
    /// A size in bytes.
    pub const fn new(bytes: usize) -> Self {
        Self(bytes)
    }

    /// A size in units of 2^20 bytes.
    pub const fn mebibytes(count: usize) -> Self {
        Self(count << 20)
    }

    /// Half of it.
    pub const fn half(self) -> Self {
        Self(self.0 / 2)
    }

    /// The size in bytes.
    pub const fn bytes(self) -> usize {
        self.0
    }
}

impl FromStr for ByteSize {
    type Err = InvalidSize;

    fn from_str(text: &str) -> Result<Self, InvalidSize> {
        let (number, unit) = UNITS
            .iter()
            .find_map(|(name, unit)| Some((text.trim().strip_suffix(name)?, *unit)))
            .unwrap_or((text.trim(), 1));
        let number: usize = number
            .trim_end()
            .parse()
            .map_err(|_| InvalidSize(text.to_owned()))?;
        number
            .checked_mul(unit)
            .map(Self)
            .ok_or_else(|| InvalidSize(text.to_owned()))
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS
            .iter()
            .find(|(_, unit)| self.0 >= *unit && self.0.is_multiple_of(*unit))
        {
            Some((name, unit)) => write!(formatter, "{} {name}", self.0 / unit),
            None => write!(formatter, "{} bytes", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_units() {
        for (text, bytes) in [
            ("0", 0),
            ("1000", 1000),
            ("2KiB", 2048),
            ("160 MiB", 160 << 20),
            ("1GiB", 1 << 30),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize::new(bytes)), "{text}");
        }
        for text in ["", "MiB", "-1", "1.5MiB", "1 PB", "99999999999999 GiB"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_printed_size_with_a_unit_is_read_back() {
        for size in [
            ByteSize::mebibytes(160),
            ByteSize::new(3 << 10),
            ByteSize::mebibytes(2048),
        ] {
            assert_eq!(size.to_string().parse(), Ok(size));
        }
        assert_eq!(ByteSize::new(1500).to_string(), "1500 bytes");
    }
}
