//! Random numbers that are the same on every platform.

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(super) struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Even in `from..to`.
    pub fn between(&mut self, from: f32, to: f32) -> f32 {
        let unit = (self.next() >> 40) as f32 / (1u32 << 24) as f32;
        from + (to - from) * unit
    }

    /// Bell-shaped with mean 0 and standard deviation 1: the sum of four even ones.
    pub fn bell(&mut self) -> f32 {
        let bits = self.next();
        let sum: u32 = (0..4)
            .map(|part| (bits >> (16 * part)) as u32 & 0xffff)
            .sum();
        // Four even numbers in 0..65536 have the standard deviation 65536 / sqrt(3).
        (sum as f32 - 131_070.0) / 37_837.0
    }
}
