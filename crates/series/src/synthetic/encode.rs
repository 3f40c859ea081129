//! The two lossless codings that are written: RLE (PS3.5 annex G) and JPEG Lossless with the first predictor (T.81 annex H).

/// One frame in RLE: the high bytes, then the low ones.
pub(super) fn rle(samples: &[u16]) -> Vec<u8> {
    let high = pack(samples.iter().map(|sample| (sample >> 8) as u8));
    let low = pack(samples.iter().map(|sample| *sample as u8));
    let mut frame = vec![0; 64];
    let numbers = [2, 64, 64 + high.len() as u32];
    for (at, number) in numbers.iter().enumerate() {
        frame[4 * at..4 * at + 4].copy_from_slice(&number.to_le_bytes());
    }
    frame.extend(high);
    frame.extend(low);
    if frame.len() % 2 == 1 {
        frame.push(0);
    }
    frame
}

/// PackBits: runs of three and more, literals between them.
fn pack(bytes: impl Iterator<Item = u8>) -> Vec<u8> {
    let bytes: Vec<u8> = bytes.collect();
    let (mut packed, mut literal) = (Vec::new(), Vec::new());
    let flush = |literal: &mut Vec<u8>, packed: &mut Vec<u8>| {
        for part in literal.chunks(128) {
            packed.push(part.len() as u8 - 1);
            packed.extend(part);
        }
        literal.clear();
    };
    let mut at = 0;
    while at < bytes.len() {
        let same = bytes[at..].iter().take(128);
        let run = same.take_while(|&&byte| byte == bytes[at]).count();
        if run >= 3 {
            flush(&mut literal, &mut packed);
            packed.extend([(257 - run) as u8, bytes[at]]);
        } else {
            literal.extend(&bytes[at..at + run]);
        }
        at += run;
    }
    flush(&mut literal, &mut packed);
    packed
}

/// One frame in JPEG Lossless, 16 bits a sample.
pub(super) fn jpeg_lossless(samples: &[u16], columns: u16, rows: u16) -> Vec<u8> {
    let mut jpeg = vec![0xff, 0xd8, 0xff, 0xc3, 0, 11, 16];
    jpeg.extend(rows.to_be_bytes());
    jpeg.extend(columns.to_be_bytes());
    jpeg.extend([1, 1, 0x11, 0]);
    // One table: seventeen categories with codes of five bits.
    jpeg.extend([0xff, 0xc4, 0, 36, 0, 0, 0, 0, 0, 17]);
    jpeg.extend([0; 11]);
    jpeg.extend(0..17_u8);
    jpeg.extend([0xff, 0xda, 0, 8, 1, 1, 0, 1, 0, 0]);
    let mut bits = Bits::default();
    let width = usize::from(columns);
    for (at, &sample) in samples.iter().enumerate() {
        let predicted = match (at % width, at) {
            (_, 0) => 0x8000,
            (0, _) => samples[at - width],
            _ => samples[at - 1],
        };
        let difference = sample.wrapping_sub(predicted).cast_signed();
        let category = 16 - difference.unsigned_abs().leading_zeros();
        bits.push(category, 5);
        if category < 16 {
            let extra = i32::from(difference) - i32::from(difference < 0);
            bits.push(extra.cast_unsigned() & ((1 << category) - 1), category);
        }
    }
    jpeg.extend(bits.finish());
    jpeg.extend([0xff, 0xd9]);
    if jpeg.len() % 2 == 1 {
        jpeg.push(0);
    }
    jpeg
}

/// Bits, the highest first, FF followed by 0.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, count: u32) {
        self.pending = self.pending << count | value;
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.pending >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xff {
                self.bytes.push(0);
            }
            self.pending &= (1 << self.count) - 1;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        let missing = (8 - self.count % 8) % 8;
        self.push((1 << missing) - 1, missing);
        self.bytes
    }
}
