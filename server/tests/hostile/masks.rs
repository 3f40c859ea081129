//! The same for masks: the slice is good, what comes as its mask is not.

use std::time::Instant;

use crate::common::{Form, default_router, mask_png, send, slice_png};
use crate::files::{
    chunk, header, named_zlib, png, png_with, progressive_jpeg, striped, tiled, zlib,
};
use crate::{ANALYSES, assert_bounded};

#[tokio::test]
async fn hostile_masks_are_refused_with_the_slices_name() {
    let huge = png(&[header(1 << 20, 1 << 20, 1, 0), chunk(b"IDAT", &zlib(0, 9))]);
    let mut tables = vec![0xff, 0xd8];
    tables.extend([0xff, 0xc4, 0, 2].repeat(300));
    tables.extend(&progressive_jpeg(256, 256, 1)[2..]);
    let whole = mask_png(256, 256);
    let cases: [(Vec<u8>, u16, &str); 8] = [
        (huge, 413, "1048576 x 1048576"),
        (png_with(4096, 4096, &[]), 422, "its slice 256 x 256"),
        (tables, 422, "Huffman tables"),
        (
            tiled((256, 256), (1 << 20, 256), 8, &zlib(0, 1 << 20)),
            422,
            "tiles cover",
        ),
        (
            striped(256, 256, 32773, &[0x80; 1 << 20]),
            422,
            "mask cannot be used",
        ),
        (whole[..whole.len() / 2].to_vec(), 422, "truncated"),
        (Vec::new(), 422, "empty"),
        (b"%PDF-1.7".to_vec(), 415, "not an image"),
    ];
    let router = default_router().await;
    for (mask, status, words) in cases {
        let form = Form::default()
            .slice("good.png", &slice_png(1))
            .slice("bad.png", &slice_png(2))
            .mask(&mask);
        let began = Instant::now();
        let answer = send(&router, form.post(ANALYSES)).await;
        assert_bounded(began, words);
        let slices = answer.json()["slices"].take();
        assert!(slices[0]["predicted"].is_string(), "{slices}");
        assert_eq!(slices[1]["name"], "bad.png");
        assert_eq!(slices[1]["status"], status, "{slices}");
        assert!(
            slices[1]["error"].as_str().is_some_and(|error| {
                error.contains("mask cannot be used") && error.contains(words)
            }),
            "{slices}"
        );
    }
}

#[tokio::test]
async fn bombs_beside_the_pixels_of_a_mask_are_not_unpacked() {
    let good = mask_png(256, 256);
    let (header, rest) = good.split_at(33);
    let bomb = chunk(b"iCCP", &named_zlib(256 << 20));
    let mask = [header, &bomb, rest].concat();
    let form = Form::default().slice("a.png", &slice_png(1)).mask(&mask);
    let began = Instant::now();
    let answer = send(&default_router().await, form.post(ANALYSES)).await;
    assert_bounded(began, "a profile in a mask");
    assert!(
        answer.json()["slices"][0]["predicted"].is_string(),
        "{}",
        answer.text()
    );
}
