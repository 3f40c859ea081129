//! Files that no encoder writes: put together field by field, so that each can lie where it likes. The server's tests take
//! them from here.

#![allow(
    dead_code,
    reason = "each test binary uses its own part of this module"
)]

use std::io::Write;

/// `count` equal bytes, compressed as PNG and TIFF do (zlib, RFC 1950).
pub fn zlib(byte: u8, count: usize) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let piece = [byte; 1 << 16];
    for start in (0..count).step_by(piece.len()) {
        let length = piece.len().min(count - start);
        encoder.write_all(&piece[..length]).expect("into memory");
    }
    encoder.finish().expect("into memory")
}

/// A zlib stream of `blocks` stored blocks that hold nothing, and no end.
pub fn empty_blocks(blocks: usize) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    for _ in 0..blocks {
        stream.extend([0, 0, 0, 0xff, 0xff]);
    }
    stream
}

/// A PNG chunk.
pub fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    let mut chunk = (data.len() as u32).to_be_bytes().to_vec();
    chunk.extend(kind);
    chunk.extend(data);
    chunk.extend(crc.sum().to_be_bytes());
    chunk
}

/// A PNG's header: sides, bits per sample, colour type (0 grey, 2 colour, 3 palette).
pub fn header(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    let mut data = width.to_be_bytes().to_vec();
    data.extend(height.to_be_bytes());
    data.extend([depth, colour, 0, 0, 0]);
    chunk(b"IHDR", &data)
}

/// What iCCP and zTXt begin with (a name, and that zlib follows), and `size` bytes compressed.
pub fn named_zlib(size: usize) -> Vec<u8> {
    let mut data = b"name\0\0".to_vec();
    data.extend(zlib(0, size));
    data
}

/// A PNG of these chunks and an end.
pub fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(chunks.iter().flatten());
    file.extend(chunk(b"IEND", b""));
    file
}

/// A grey PNG with `extra` before its pixels, which are all of one grey.
pub fn png_with(width: u32, height: u32, extra: &[Vec<u8>]) -> Vec<u8> {
    let mut chunks = vec![header(width, height, 8, 0)];
    chunks.extend_from_slice(extra);
    chunks.push(chunk(
        b"IDAT",
        &zlib(0, (width as usize + 1) * height as usize),
    ));
    png(&chunks)
}

/// Types of values in a TIFF.
pub const SHORT: u16 = 3;
pub const LONG: u16 = 4;

/// A field of a TIFF's directory: tag, type, values.
pub type Field = (u16, u16, Vec<u32>);

/// A little-endian TIFF: `data` from byte 8 on, then the directory, then values that do not fit in it.
pub fn tiff(fields: &[Field], data: &[u8]) -> Vec<u8> {
    let start = 8 + data.len();
    let values_at = start + 2 + 12 * fields.len() + 4;
    let (mut directory, mut values) = (Vec::new(), Vec::new());
    let mut fields: Vec<&Field> = fields.iter().collect();
    fields.sort();
    for (tag, kind, numbers) in &fields {
        let bytes: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_le_bytes()[..if *kind == SHORT { 2 } else { 4 }].to_vec())
            .collect();
        directory.extend(tag.to_le_bytes());
        directory.extend(kind.to_le_bytes());
        directory.extend((numbers.len() as u32).to_le_bytes());
        if bytes.len() <= 4 {
            directory.extend(&bytes);
            directory.resize(directory.len() + 4 - bytes.len(), 0);
        } else {
            directory.extend(((values_at + values.len()) as u32).to_le_bytes());
            values.extend(bytes);
        }
    }
    let mut file = b"II*\0".to_vec();
    file.extend((start as u32).to_le_bytes());
    file.extend(data);
    file.extend((fields.len() as u16).to_le_bytes());
    file.extend(directory);
    file.extend(0u32.to_le_bytes());
    file.extend(values);
    file
}

/// The fields of a grey picture of 8 bits (compression 1 none, 8 deflate, 32773 PackBits), without strips or tiles.
pub fn grey(width: u32, height: u32, compression: u32) -> Vec<Field> {
    vec![
        (256, LONG, vec![width]),
        (257, LONG, vec![height]),
        (258, SHORT, vec![8]),
        (259, SHORT, vec![compression]),
        (262, SHORT, vec![1]),
        (277, SHORT, vec![1]),
    ]
}

/// A grey TIFF in strips of one row, which all are the same bytes.
pub fn striped(width: u32, height: u32, compression: u32, data: &[u8]) -> Vec<u8> {
    let mut fields = grey(width, height, compression);
    fields.push((278, LONG, vec![1]));
    fields.extend(same_chunks(273, 279, height, data.len() as u32));
    tiff(&fields, data)
}

/// A grey TIFF in tiles, which all are the same bytes.
pub fn tiled(size: (u32, u32), tile: (u32, u32), compression: u32, data: &[u8]) -> Vec<u8> {
    let mut fields = grey(size.0, size.1, compression);
    fields.push((322, LONG, vec![tile.0]));
    fields.push((323, LONG, vec![tile.1]));
    let count = size.0.div_ceil(tile.0) * size.1.div_ceil(tile.1);
    fields.extend(same_chunks(324, 325, count, data.len() as u32));
    tiff(&fields, data)
}

/// Strips or tiles that all are the same `length` bytes of the data.
pub fn same_chunks(offsets: u16, lengths: u16, count: u32, length: u32) -> [Field; 2] {
    [
        (offsets, LONG, vec![8; count as usize]),
        (lengths, LONG, vec![length; count as usize]),
    ]
}

/// A grey progressive JPEG of one grey: a scan of the mean values, then `scans` more that change nothing and look at
/// every coefficient.
pub fn progressive_jpeg(width: u16, height: u16, scans: usize) -> Vec<u8> {
    let mut file = vec![0xff, 0xd8];
    let mut segment = |marker: u8, data: &[u8]| {
        file.extend([0xff, marker]);
        file.extend((data.len() as u16 + 2).to_be_bytes());
        file.extend(data);
    };
    let mut quantisation = vec![0];
    quantisation.extend([1; 64]);
    segment(0xdb, &quantisation);
    let [h, w] = [height, width].map(u16::to_be_bytes);
    segment(0xc2, &[8, h[0], h[1], w[0], w[1], 1, 1, 0x11, 0]);
    // One code of one bit: "no difference" for mean values, "the next 2^14 blocks and up are at their end" for the rest.
    let mut means = [0; 18];
    (means[0], means[1], means[17]) = (0, 1, 0);
    segment(0xc4, &means);
    let mut rest = means;
    (rest[0], rest[17]) = (0x10, 0xe0);
    segment(0xc4, &rest);
    segment(0xda, &[1, 1, 0, 0, 0, 1]);
    let blocks = usize::from(width).div_ceil(8) * usize::from(height).div_ceil(8);
    file.resize(file.len() + blocks.div_ceil(8), 0);
    // 0, then 14 bits of the run: 2^14 blocks, sixteen bits with one to spare.
    let runs = blocks.div_ceil(1 << 14);
    let bits = (runs * 15).div_ceil(8);
    for _ in 0..scans {
        file.extend([0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0x10]);
        file.resize(file.len() + bits, 0);
    }
    file.extend([0xff, 0xd9]);
    file
}

/// A BMP with a header of 40 bytes, whatever it declares: bits per pixel, compression (0 none, 1 RLE8, 4 a JPEG, 5 a PNG),
/// colours of the palette, which are all grey.
pub fn bmp(size: (i32, i32), bits: u16, compression: u32, colours: u32, data: &[u8]) -> Vec<u8> {
    let start = 54 + 4 * colours;
    let mut file = b"BM".to_vec();
    file.extend((start + data.len() as u32).to_le_bytes());
    file.extend([0; 4]);
    file.extend(start.to_le_bytes());
    file.extend(40u32.to_le_bytes());
    file.extend(size.0.to_le_bytes());
    file.extend(size.1.to_le_bytes());
    file.extend(1u16.to_le_bytes());
    file.extend(bits.to_le_bytes());
    file.extend(compression.to_le_bytes());
    file.extend((data.len() as u32).to_le_bytes());
    file.extend([0; 8]);
    file.extend(colours.to_le_bytes());
    file.extend([0; 4]);
    for colour in 0..colours {
        file.extend([colour as u8, colour as u8, colour as u8, 0]);
    }
    file.extend(data);
    file
}

/// The largest memory this process has had, in bytes, where the system tells.
pub fn peak_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? * 1024)
}
