//! Lengths, sizes and indices that are not what they say, and formats inside formats.

use crate::common::{Form, default_router, get, send, slice_png};
use crate::files::{
    Field, LONG, bmp, chunk, grey, header, png, progressive_jpeg, same_chunks, tiff, zlib,
};
use crate::{ANALYSES, between_good_ones, is_read, is_refused};

#[tokio::test]
async fn chunks_longer_than_their_png_are_422() {
    for length in [u32::MAX, 0x7fff_ffff, 1 << 20] {
        for place in [33, 8] {
            let mut forged = slice_png(3);
            forged[place..place + 4].copy_from_slice(&length.to_be_bytes());
            is_refused("forged.png", &forged, 422, "truncated or damaged").await;
        }
    }
}

#[tokio::test]
async fn segments_longer_than_their_jpeg_are_422() {
    let mut forged = progressive_jpeg(64, 64, 1);
    forged[4..6].copy_from_slice(&[0xff, 0xff]);
    is_refused("forged.jpg", &forged, 422, "truncated or damaged").await;
}

/// A grey TIFF of 64 x 64 in one strip, with fields put in or changed.
fn changed(change: impl FnOnce(&mut Vec<Field>)) -> Vec<u8> {
    let mut fields = grey(64, 64, 1);
    fields.push((278, LONG, vec![64]));
    fields.extend(same_chunks(273, 279, 1, 4096));
    change(&mut fields);
    tiff(&fields, &[9; 4096])
}

#[tokio::test]
async fn strips_and_values_that_the_tiff_does_not_have_are_422() {
    let no_lungs = changed(|_| {});
    is_refused("whole.tif", &no_lungs, 422, "no lungs").await;
    for (what, forged) in [
        (
            "a strip beyond the end",
            changed(|fields| fields[7].2 = vec![1 << 30]),
        ),
        ("no strip at all", changed(|fields| fields[7].2 = vec![])),
        (
            "fewer strips than rows",
            changed(|fields| fields[6].2 = vec![1]),
        ),
        (
            "a size that is two",
            changed(|fields| fields[0].2 = vec![64, 64]),
        ),
        (
            "a size twice",
            changed(|fields| fields.push((256, LONG, vec![1 << 20]))),
        ),
    ] {
        let slice = between_good_ones(&default_router().await, "forged.tif", &forged).await;
        assert_eq!(slice["status"], 422, "{what}: {slice}");
    }
    // The number of values is at byte 4 of a field, the fields are after the pixels.
    let mut many = changed(|_| {});
    let offsets = 8 + 4096 + 2 + 12 * 5;
    many[offsets + 4..offsets + 8].copy_from_slice(&u32::MAX.to_le_bytes());
    is_refused("many.tif", &many, 422, "more values than the file has").await;
}

#[tokio::test]
async fn directories_that_lead_to_themselves_or_nowhere_are_422() {
    // The next directory's place stands at the end; this is its own.
    let mut cyclic = changed(|_| {});
    let end = cyclic.len() - 4;
    cyclic[end..].copy_from_slice(&(8u32 + 4096).to_le_bytes());
    is_refused("cyclic.tif", &cyclic, 422, "a cycle").await;
    let beyond = [b"II*\0".as_slice(), &u32::MAX.to_le_bytes()].concat();
    is_refused("beyond.tif", &beyond, 422, "directory is not in the file").await;
    let fields = changed(|fields| fields.extend((1000..60_000).map(|tag| (tag, LONG, vec![1]))));
    is_refused("fields.tif", &fields, 422, "no lungs").await;
}

#[tokio::test]
async fn sizes_whose_product_overflows_are_413() {
    for side in [u32::MAX, u32::MAX >> 1, 1 << 31, 65_537] {
        let file = png(&[header(side, side, 16, 6), chunk(b"IDAT", &zlib(0, 100))]);
        is_refused("large.png", &file, 413, "pixels").await;
    }
    for side in [u32::MAX, 1 << 31, 1 << 16] {
        let strips = changed(|fields| {
            fields[0].2 = vec![side];
            fields[1].2 = vec![side];
        });
        is_refused("strips.tif", &strips, 413, "pixels").await;
        let mut fields = grey(side, side, 8);
        fields.push((322, LONG, vec![side]));
        fields.push((323, LONG, vec![side]));
        fields.extend(same_chunks(324, 325, 1, 4096));
        is_refused("tiles.tif", &tiff(&fields, &[0; 4096]), 413, "pixels").await;
    }
    let large = progressive_jpeg_of_size(65_500, 65_500);
    is_refused("large.jpg", &large, 413, "65500 x 65500").await;
}

/// The header of a JPEG alone; its pixels would be half a gigabyte.
fn progressive_jpeg_of_size(width: u16, height: u16) -> Vec<u8> {
    let mut file = progressive_jpeg(64, 64, 1);
    let frame = file
        .windows(2)
        .position(|pair| pair == [0xff, 0xc2])
        .expect("a frame");
    file[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    file[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    file
}

#[tokio::test]
async fn sides_of_a_bmp_that_are_negative_or_huge_are_refused() {
    for (width, height) in [
        (i32::MAX, i32::MAX),
        (i32::MAX, i32::MIN),
        (-64, 64),
        (64, i32::MIN),
        (65_536, 65_536),
        (0, 64),
        (64, 0),
    ] {
        for bits in [1, 8, 24] {
            let file = bmp((width, height), bits, 0, 2, &[0; 4096]);
            let slice = between_good_ones(&default_router().await, "side.bmp", &file).await;
            let status = slice["status"].as_u64().unwrap_or(0);
            assert!(
                matches!(status, 413 | 415 | 422),
                "{width} x {height}: {slice}"
            );
        }
    }
}

#[tokio::test]
async fn palette_indices_beyond_the_palette_are_black_or_refused() {
    let rows: Vec<u8> = (0..64)
        .flat_map(|_| [vec![0], vec![200; 64]].concat())
        .collect();
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, &rows).expect("into memory");
    let pixels = encoder.finish().expect("into memory");
    let indexed = png(&[
        header(64, 64, 8, 3),
        chunk(b"PLTE", &[10, 10, 10, 90, 90, 90]),
        chunk(b"IDAT", &pixels),
    ]);
    is_refused("indices.png", &indexed, 422, "no lungs").await;
    let no_palette = png(&[header(64, 64, 8, 3), chunk(b"IDAT", &pixels)]);
    is_refused("none.png", &no_palette, 422, "truncated or damaged").await;
    for bits in [1, 4, 8] {
        let file = bmp((64, 64), bits, 0, 1, &[0xff; 4096]);
        is_refused("indices.bmp", &file, 422, "no lungs").await;
    }
    let huge = bmp((64, 64), 8, 0, 0, &[0xff; 4096]);
    let mut colours = huge.clone();
    colours[46..50].copy_from_slice(&u32::MAX.to_le_bytes());
    is_refused("colours.bmp", &colours, 422, "truncated or damaged").await;
    let palette = changed(|fields| {
        fields[4].2 = vec![3];
        fields.push((320, crate::files::SHORT, vec![0; 6]));
    });
    is_refused("indices.tif", &palette, 415, "kind").await;
}

#[tokio::test]
async fn formats_inside_formats_are_refused() {
    let jpeg = progressive_jpeg(16_000, 16_000, 1);
    let inside = changed(|fields| {
        fields[3].2 = vec![7];
        fields.push((347, 7, vec![]));
    });
    is_refused("jpeg.tif", &inside, 415, "a JPEG inside a TIFF").await;
    for (name, compression, content) in [("jpeg.bmp", 4, &jpeg), ("png.bmp", 5, &slice_png(1))] {
        let file = bmp((256, 256), 0, compression, 0, content);
        let slice = between_good_ones(&default_router().await, name, &file).await;
        assert!(
            matches!(slice["status"].as_u64(), Some(415 | 422)),
            "{slice}"
        );
    }
    for (name, content) in [
        (
            "slice.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".as_slice(),
        ),
        ("slice.webp", b"RIFF\x24\0\0\0WEBPVP8 "),
        ("slice.pdf", b"%PDF-1.7"),
        ("slice.zip", b"PK\x03\x04\x14\0\0\0\0\0"),
        ("slice.ico", b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0"),
        ("slice.exr", b"\x76\x2f\x31\x01\x02\0\0\0"),
    ] {
        is_refused(name, content, 415, "not an image").await;
    }
}

/// A page inside a picture is read as the picture alone, and nothing but its pixels is given back.
#[tokio::test]
async fn what_follows_or_lies_between_the_pixels_is_never_served() {
    let page = b"<script>alert(1)</script>";
    let mut both = slice_png(3);
    let comment = chunk(b"tEXt", &[b"Comment\0".as_slice(), page].concat());
    both.splice(33..33, comment);
    both.extend(page);
    is_read("page.png", &both).await;
    let router = default_router().await;
    let made = send(
        &router,
        Form::default().slice("page.png", &both).post(ANALYSES),
    )
    .await;
    let picture = get(
        &router,
        &format!("{}/slices/0/slice.png", made.header("location")),
    )
    .await;
    assert_eq!(picture.header("content-type"), "image/png");
    assert!(!picture.body.windows(7).any(|bytes| bytes == b"<script"));
    let mut other_way = page.to_vec();
    other_way.extend(slice_png(3));
    is_refused("page.html", &other_way, 415, "not an image").await;
}
