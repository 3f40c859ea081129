//! Small files that would take much time or memory.

use std::time::Duration;

use crate::common::{FakeEngine, Form, ready_router, send, slice_png};
use crate::files::{
    LONG, SHORT, chunk, empty_blocks, grey, header, named_zlib, png, progressive_jpeg, same_chunks,
    striped, tiff, tiled, zlib,
};
use crate::{ANALYSES, is_read, is_refused};
use lungsight_server::config::Config;

/// Where the second chunk of a PNG begins.
const AFTER_HEADER: usize = 33;

/// A good slice with chunks put in before its pixels.
fn slice_with(chunks: &[Vec<u8>]) -> Vec<u8> {
    let good = slice_png(3);
    let (header, rest) = good.split_at(AFTER_HEADER);
    [header, &chunks.concat(), rest].concat()
}

#[tokio::test]
async fn decompression_bombs_beside_the_pixels_of_a_png_are_not_unpacked() {
    for kind in [b"iCCP", b"zTXt", b"iTXt", b"eXIf", b"fdAT"] {
        is_read(
            "bomb.png",
            &slice_with(&[chunk(kind, &named_zlib(256 << 20))]),
        )
        .await;
    }
    let many = chunk(b"tEXt", b"a\0b").repeat(300_000);
    is_read("texts.png", &slice_with(&[many])).await;
}

#[tokio::test]
async fn decompression_bombs_in_the_pixels_of_a_png_stop_at_the_last_pixel() {
    let bomb = png(&[header(64, 64, 8, 0), chunk(b"IDAT", &zlib(0, 512 << 20))]);
    is_refused("bomb.png", &bomb, 422, "no lungs found").await;
}

#[tokio::test]
async fn decompression_bombs_in_the_tiles_of_a_tiff_are_refused() {
    let row = zlib(0, 16 << 20);
    let wide = tiled((64, 4096), (1 << 20, 16), 8, &row);
    is_refused("wide.tif", &wide, 422, "a side may be 16 times").await;
    let wide = tiled((512, 4096), (1 << 20, 16), 8, &row);
    is_refused("wide.tif", &wide, 422, "tiles cover 4294967296 pixels").await;
}

#[tokio::test]
async fn a_tiff_that_sends_the_decoder_back_again_and_again_is_refused() {
    let mut row = vec![0x80; 8 << 20];
    row.extend([0xe1, 0]);
    let again = striped(32, 100, 32773, &row);
    is_refused("again.tif", &again, 422, "over and over again").await;
    let empty = striped(32, 200, 8, &empty_blocks(200_000));
    is_refused("empty.tif", &empty, 422, "truncated or damaged").await;
    let tiles = tiled((512, 512), (1, 1), 8, &zlib(0, 1));
    is_refused("tiles.tif", &tiles, 422, "262144 strips or tiles").await;
}

/// This one ended the process: a row of its tiles is larger than any memory.
#[tokio::test]
async fn a_tiff_with_thousands_of_values_a_pixel_is_refused() {
    let data = zlib(0, 100);
    let mut fields = grey(64, 64, 8);
    fields[4].2 = vec![2];
    fields[5].2 = vec![65_000];
    fields.push((338, SHORT, vec![0; 64_997]));
    fields.push((322, LONG, vec![u32::MAX]));
    fields.push((323, LONG, vec![64]));
    fields.extend(same_chunks(324, 325, 1, data.len() as u32));
    is_refused("values.tif", &tiff(&fields, &data), 422, "take too long").await;
}

#[tokio::test]
async fn a_jpeg_in_very_many_scans_is_refused() {
    let scans = progressive_jpeg(4096, 4096, 90);
    is_refused("scans.jpg", &scans, 422, "in 91 scans").await;
    // As many in a small picture are more than the decoder takes; the picture itself is no slice.
    is_refused(
        "small.jpg",
        &progressive_jpeg(512, 512, 90),
        422,
        "no lungs",
    )
    .await;
    is_refused("more.jpg", &progressive_jpeg(512, 512, 900), 422, "scans").await;
}

#[tokio::test]
async fn a_slice_over_its_deadline_is_422_and_named() {
    let mut config = Config::default();
    config.requests.decode_deadline = Duration::from_millis(1).into();
    let router = ready_router(config, &FakeEngine::default()).await;
    // Sixteen million pixels, twenty times over: a tenth of a second on a fast machine.
    let form = Form::default().slice("slow.jpg", &progressive_jpeg(4096, 4096, 20));
    let answer = send(&router, form.post(ANALYSES)).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    let body = answer.json();
    let words = "slow.jpg: it was not decoded and masked within 1ms";
    assert!(
        body["error"]
            .as_str()
            .is_some_and(|error| error.contains(words)),
        "{body}"
    );
    assert_eq!(body["slices"][0]["status"], 422);
}
