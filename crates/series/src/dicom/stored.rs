//! Stored values → Hounsfield units: bits, sign, padding, rescale (PS3.3 C.7.6.3, C.7.5.1.1.2, C.11.1).
//!
//! MONOCHROME1 says that low values are shown bright. Hounsfield units are the same either way, and a window shows them.

use super::dataset::DataSet;
use super::tags;
use crate::Refusal;
use crate::hu::{AIR_HU, round_hu};

/// Hounsfield units = slope · value + intercept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rescale {
    pub slope: f64,
    pub intercept: f64,
}

impl Rescale {
    pub const NONE: Self = Self {
        slope: 1.0,
        intercept: 0.0,
    };

    /// Slope and intercept where both are whole numbers, as they nearly always are, and no product of them overflows:
    /// the same result without rounding, in a quarter of the time.
    fn whole(self) -> Option<(i32, i32)> {
        let whole = |number: f64| {
            (number.fract() == 0.0 && number.abs() <= 10_000.0).then_some(number as i32)
        };
        Some((whole(self.slope)?, whole(self.intercept)?))
    }

    /// What a data set or a functional group says; `None` where it says nothing.
    pub fn read(data: &DataSet) -> Result<Option<Self>, Refusal> {
        // US is "unspecified"; CT whose type is not given is in HU.
        let kind = data.text(tags::RESCALE_TYPE).unwrap_or("HU");
        if !matches!(kind, "HU" | "HU_MOD" | "US") {
            return Err(Refusal::NotHounsfield);
        }
        let number = |tag| match (data.has(tag), data.decimal(tag)) {
            (true, None) if data.raw(tag).is_some() => Err(Refusal::CorruptHeader),
            (_, number) => Ok(number),
        };
        let (slope, intercept) = (
            number(tags::RESCALE_SLOPE)?,
            number(tags::RESCALE_INTERCEPT)?,
        );
        if slope == Some(0.0) {
            return Err(Refusal::NotHounsfield);
        }
        Ok((slope.is_some() || intercept.is_some()).then_some(Self {
            slope: slope.unwrap_or(1.0),
            intercept: intercept.unwrap_or(0.0),
        }))
    }
}

/// How a value lies in its 8 or 16 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// 1 or 2.
    pub bytes: usize,
    /// Right of the value.
    shift: u32,
    /// 1 to 16.
    bits: u32,
    pub is_signed: bool,
    /// Both ends included.
    padding: Option<(i32, i32)>,
}

impl Stored {
    pub fn read(data: &DataSet) -> Result<Self, Refusal> {
        let allocated = data.u16(tags::BITS_ALLOCATED).ok_or(Refusal::BitDepth)?;
        let bits = data.u16(tags::BITS_STORED).unwrap_or(allocated);
        let high_bit = data
            .u16(tags::HIGH_BIT)
            .unwrap_or_else(|| bits.saturating_sub(1));
        let fits = (1..=allocated).contains(&bits) && (bits - 1..allocated).contains(&high_bit);
        // Pairs of bytes are exchanged in some 8-bit files of big endian; nobody makes them.
        let bytes = match allocated {
            8 if !data.encoding().big_endian => 1,
            16 => 2,
            _ => return Err(Refusal::BitDepth),
        };
        if !fits {
            return Err(Refusal::BitDepth);
        }
        let mut stored = Self {
            bytes,
            shift: u32::from(high_bit + 1 - bits),
            bits: u32::from(bits),
            is_signed: data.u16(tags::PIXEL_REPRESENTATION) == Some(1),
            padding: None,
        };
        let padding = |tag| data.u16(tag).map(|bits| stored.padding_value(bits));
        stored.padding = padding(tags::PIXEL_PADDING_VALUE).map(|value| {
            let limit = padding(tags::PIXEL_PADDING_LIMIT).unwrap_or(value);
            (value.min(limit), value.max(limit))
        });
        Ok(stored)
    }

    /// Padding is written with 16 bits, whatever the pixels have.
    fn padding_value(&self, bits: u16) -> i32 {
        if self.is_signed {
            i32::from(bits.cast_signed())
        } else {
            i32::from(bits)
        }
    }

    /// The value in a sample. Other bits, such as overlays, are cut off; the sign goes by the bits that are stored.
    fn value(&self, sample: u16) -> i32 {
        let unused = 32 - self.bits;
        let value = (u32::from(sample) >> self.shift) << unused;
        if self.is_signed {
            value.cast_signed() >> unused
        } else {
            (value >> unused).cast_signed()
        }
    }

    /// Samples as Hounsfield units; padding is [`AIR_HU`].
    pub fn to_hu(self, samples: impl Iterator<Item = u16>, rescale: Rescale) -> Vec<i16> {
        if let Some((slope, intercept)) = rescale.whole() {
            let range = (i32::from(i16::MIN), i32::from(i16::MAX));
            return self.map(samples, |value| {
                (slope * value + intercept).clamp(range.0, range.1) as i16
            });
        }
        self.map(samples, |value| {
            round_hu(rescale.slope * f64::from(value) + rescale.intercept)
        })
    }

    fn map(self, samples: impl Iterator<Item = u16>, hu: impl Fn(i32) -> i16) -> Vec<i16> {
        let (lowest, highest) = self.padding.unwrap_or((1, 0));
        samples
            .map(|sample| match self.value(sample) {
                padding if (lowest..=highest).contains(&padding) => AIR_HU,
                value => hu(value),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(bits: u32, shift: u32, is_signed: bool) -> Stored {
        Stored {
            bytes: 2,
            shift,
            bits,
            is_signed,
            padding: None,
        }
    }

    #[test]
    fn the_sign_goes_by_the_stored_bits_and_other_bits_are_cut_off() {
        assert_eq!(stored(12, 0, true).value(0x0fff), -1);
        assert_eq!(stored(12, 0, true).value(0xf7ff), 2047);
        assert_eq!(stored(12, 0, false).value(0xffff), 4095);
        assert_eq!(stored(12, 4, true).value(0x800f), -2048);
        assert_eq!(stored(16, 0, true).value(0x8000), -32768);
        assert_eq!(stored(16, 0, false).value(0x8000), 32768);
        assert_eq!(stored(1, 15, false).value(0x8000), 1);
    }

    #[test]
    fn whole_numbers_give_what_rounding_gives() {
        for (slope, intercept) in [(1.0, -1024.0), (-3.0, 7.0), (10_000.0, 10_000.0)] {
            let rescale = Rescale { slope, intercept };
            assert!(rescale.whole().is_some());
            for is_signed in [false, true] {
                let stored = stored(16, 0, is_signed);
                let hu = stored.to_hu(0..=u16::MAX, rescale);
                for (sample, hu) in (0..=u16::MAX).zip(hu) {
                    let value = f64::from(stored.value(sample));
                    assert_eq!(hu, round_hu(slope * value + intercept), "{sample}");
                }
            }
        }
    }

    #[test]
    fn padding_is_air_before_any_rescale() {
        let rescale = Rescale {
            slope: 2.0,
            intercept: -1024.0,
        };
        let padded = Stored {
            padding: Some((-2000, -1990)),
            ..stored(16, 0, true)
        };
        let samples = [-2000_i16, -1990, -1989, 0].map(i16::cast_unsigned);
        let hu = padded.to_hu(samples.into_iter(), rescale);
        assert_eq!(hu, [AIR_HU, AIR_HU, -5002, -1024]);
    }
}
