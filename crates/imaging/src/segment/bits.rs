//! One bit per pixel, 64 to a word: logic, erosion and dilation work on whole words.

/// A binary picture. Bits beyond the width are always 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bits {
    width: usize,
    height: usize,
    /// Words per row.
    stride: usize,
    words: Vec<u64>,
}

/// Each byte's lowest bit, gathered by the multiplication into the top byte.
const LOWEST: u64 = 0x0101_0101_0101_0101;
const GATHER: u64 = 0x0102_0408_1020_4080;

impl Bits {
    pub fn empty(width: usize, height: usize) -> Self {
        let stride = width.div_ceil(64);
        Self {
            width,
            height,
            stride,
            words: vec![0; stride * height],
        }
    }

    /// Sets the pixels for which `is_set` holds.
    pub fn from_pixels(pixels: &[u8], width: usize, is_set: impl Fn(u8) -> bool) -> Self {
        let mut bits = Self::empty(width, pixels.len() / width);
        let stride = bits.stride;
        for (row, words) in pixels
            .chunks_exact(width)
            .zip(bits.words.chunks_exact_mut(stride))
        {
            for (block, word) in row.chunks(64).zip(words) {
                let mut flags = [0u8; 64];
                for (flag, &pixel) in flags.iter_mut().zip(block) {
                    *flag = u8::from(is_set(pixel));
                }
                for (place, eight) in flags.chunks_exact(8).enumerate() {
                    let eight = u64::from_le_bytes(eight.try_into().expect("eight bytes"));
                    *word |= ((eight & LOWEST).wrapping_mul(GATHER) >> 56) << (8 * place);
                }
            }
        }
        bits
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    /// One byte per pixel, `set` or 0.
    pub fn to_bytes(&self, set: u8) -> Vec<u8> {
        let mut bytes = vec![0; self.width * self.height];
        for (row, out) in bytes.chunks_exact_mut(self.width).enumerate() {
            for (word, out) in self.row(row).iter().zip(out.chunks_mut(64)) {
                if *word == 0 {
                    continue;
                }
                for (eight, out) in word.to_le_bytes().iter().zip(out.chunks_mut(8)) {
                    let bytes = (spread(*eight) * u64::from(set)).to_le_bytes();
                    out.copy_from_slice(&bytes[..out.len()]);
                }
            }
        }
        bytes
    }

    pub fn row(&self, y: usize) -> &[u64] {
        &self.words[y * self.stride..][..self.stride]
    }

    pub fn get(&self, x: usize, y: usize) -> bool {
        self.words[y * self.stride + x / 64] >> (x % 64) & 1 == 1
    }

    /// Sets the pixels `start..end` of row `y`.
    pub fn set_run(&mut self, y: usize, start: usize, end: usize) {
        if start >= end {
            return;
        }
        let row = &mut self.words[y * self.stride..][..self.stride];
        let (first, last) = (start / 64, (end - 1) / 64);
        let from = u64::MAX << (start % 64);
        let to = u64::MAX >> (63 - (end - 1) % 64);
        if first == last {
            row[first] |= from & to;
            return;
        }
        row[first] |= from;
        row[first + 1..last].fill(u64::MAX);
        row[last] |= to;
    }

    /// How many of the pixels `start..end` of row `y` are set.
    pub fn count_run(&self, y: usize, start: usize, end: usize) -> usize {
        if start >= end {
            return 0;
        }
        let row = self.row(y);
        let (first, last) = (start / 64, (end - 1) / 64);
        let from = u64::MAX << (start % 64);
        let to = u64::MAX >> (63 - (end - 1) % 64);
        if first == last {
            return (row[first] & from & to).count_ones() as usize;
        }
        let ends = (row[first] & from).count_ones() + (row[last] & to).count_ones();
        let between: u32 = row[first + 1..last]
            .iter()
            .map(|word| word.count_ones())
            .sum();
        (ends + between) as usize
    }

    pub fn count(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    pub fn and(mut self, other: &Self) -> Self {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
        self
    }

    pub fn or(mut self, other: &Self) -> Self {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
        self
    }

    pub fn not(mut self) -> Self {
        let tail = self.tail();
        for row in self.words.chunks_exact_mut(self.stride) {
            for word in row.iter_mut() {
                *word = !*word;
            }
            row[self.stride - 1] &= tail;
        }
        self
    }

    /// Erosion by an octagon of `radius` pixels; what lies outside the picture counts as set.
    pub fn erode(&self, radius: usize) -> Self {
        self.clone().not().grow(radius).not()
    }

    /// Dilation by an octagon of `radius` pixels.
    pub fn dilate(&self, radius: usize) -> Self {
        self.clone().grow(radius)
    }

    /// Crosses and squares by turns: their sum is an octagon, close to a disc.
    fn grow(mut self, radius: usize) -> Self {
        let stride = self.stride;
        let mut wide = vec![0; self.words.len()];
        let mut next = vec![0; self.words.len()];
        let tail = self.tail();
        for step in 0..radius {
            let rows = self.words.chunks_exact(stride);
            for (row, out) in rows.zip(wide.chunks_exact_mut(stride)) {
                widen(row, out);
                out[stride - 1] &= tail;
            }
            // Above and below, a square takes the widened rows, a cross the rows as they are.
            let beside = if step % 2 == 0 { &self.words } else { &wide };
            next.copy_from_slice(&wide);
            for (below, above) in next[stride..].iter_mut().zip(beside) {
                *below |= above;
            }
            for (above, below) in next.iter_mut().zip(&beside[stride..]) {
                *above |= below;
            }
            std::mem::swap(&mut self.words, &mut next);
        }
        self
    }

    /// The bits of a row's last word that lie within the width.
    fn tail(&self) -> u64 {
        match self.width % 64 {
            0 => u64::MAX,
            bits => (1 << bits) - 1,
        }
    }
}

/// A byte's bits as eight bytes of 0 or 1.
fn spread(bits: u8) -> u64 {
    // Each byte of a copy keeps the bit of its own place, which the sum carries to the byte's top.
    let own = (u64::from(bits) * LOWEST) & 0x8040_2010_0804_0201;
    ((own + 0x7f7f_7f7f_7f7f_7f7f) >> 7) & LOWEST
}

/// A row with each set pixel's left and right neighbour set as well.
fn widen(row: &[u64], out: &mut [u64]) {
    for word in 0..row.len() {
        let left = if word > 0 { row[word - 1] >> 63 } else { 0 };
        let right = row.get(word + 1).map_or(0, |next| next << 63);
        out[word] = row[word] | row[word] << 1 | left | row[word] >> 1 | right;
    }
}

#[cfg(test)]
pub(super) use tests::picture;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A picture of random size with random pixels, as width and bytes of 0 or 1.
    pub(in crate::segment) fn picture() -> impl Strategy<Value = (usize, Vec<u8>)> {
        (1usize..150, 1usize..12).prop_flat_map(|(width, height)| {
            let pixels = proptest::collection::vec(0u8..=1, width * height);
            // Sparse and dense pictures alike.
            (
                Just(width),
                prop_oneof![pixels.clone(), blobs(width, height)],
            )
        })
    }

    fn blobs(width: usize, height: usize) -> impl Strategy<Value = Vec<u8>> {
        let runs = proptest::collection::vec((0..width * height, 0usize..90), 0..12);
        runs.prop_map(move |runs| {
            let mut pixels = vec![1; width * height];
            for (start, length) in runs {
                let end = (start + length).min(pixels.len());
                pixels[start..end].fill(0);
            }
            pixels
        })
    }

    fn bits(width: usize, pixels: &[u8]) -> Bits {
        Bits::from_pixels(pixels, width, |pixel| pixel == 1)
    }

    /// One step of dilation as its definition has it: a cross, or a square.
    fn dilated(width: usize, pixels: &[u8], square: bool) -> Vec<u8> {
        let height = pixels.len() / width;
        let at = |x: isize, y: isize| {
            let inside = x >= 0 && y >= 0 && (x as usize) < width && (y as usize) < height;
            inside && pixels[y as usize * width + x as usize] == 1
        };
        (0..pixels.len())
            .map(|pixel| {
                let (x, y) = ((pixel % width) as isize, (pixel / width) as isize);
                let near = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy)));
                let mut near = near.filter(|(dx, dy)| square || dx * dy == 0);
                u8::from(near.any(|(dx, dy)| at(x + dx, y + dy)))
            })
            .collect()
    }

    proptest! {
        #[test]
        fn bytes_survive_the_way_through_bits((width, pixels) in picture()) {
            let bits = bits(width, &pixels);
            prop_assert_eq!(bits.to_bytes(1), pixels.clone());
            prop_assert_eq!(bits.count(), pixels.iter().filter(|&&pixel| pixel == 1).count());
            prop_assert_eq!(bits.clone().not().not(), bits);
        }

        #[test]
        fn dilation_is_crosses_and_squares_by_turns((width, pixels) in picture(), radius in 0usize..5) {
            let mut naive = pixels.clone();
            for step in 0..radius {
                naive = dilated(width, &naive, step % 2 == 1);
            }
            prop_assert_eq!(bits(width, &pixels).dilate(radius).to_bytes(1), naive);
        }

        #[test]
        fn erosion_is_the_dilation_of_the_rest((width, pixels) in picture(), radius in 0usize..5) {
            let mut naive: Vec<u8> = pixels.iter().map(|pixel| 1 - pixel).collect();
            for step in 0..radius {
                naive = dilated(width, &naive, step % 2 == 1);
            }
            let naive: Vec<u8> = naive.iter().map(|pixel| 1 - pixel).collect();
            prop_assert_eq!(bits(width, &pixels).erode(radius).to_bytes(1), naive);
        }

        #[test]
        fn runs_are_set_and_counted(width in 1usize..200, from in 0usize..200, to in 0usize..200) {
            let (from, to) = (from.min(width), to.min(width));
            let mut bits = Bits::empty(width, 2);
            bits.set_run(1, from, to);
            let length = to.saturating_sub(from);
            prop_assert_eq!(bits.count(), length);
            prop_assert_eq!(bits.count_run(1, 0, width), length);
            prop_assert_eq!(bits.count_run(1, from, to), length);
            prop_assert_eq!(bits.count_run(0, 0, width), 0);
            prop_assert!(length == 0 || bits.get(from, 1) && bits.get(to - 1, 1));
        }
    }
}
