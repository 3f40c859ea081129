//! Files that are no slices, and masks that are none.

use axum::http::StatusCode;
use lungsight_imaging::{Mask, Slice, encode_png_grey, encode_png_mask};

use crate::common::{ANALYSES, Form, UPLOADS, default_router, get, mask_png, send, slice_png};

/// A small file that declares 20,000 x 20,000 pixels: the header of a PNG with a right checksum, and no pixels.
fn declared_20000() -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(20_000u32.to_be_bytes());
    header.extend(20_000u32.to_be_bytes());
    header.extend([8, 0, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0d".to_vec();
    let crc = crc32(&header);
    file.extend(header);
    file.extend(crc.to_be_bytes());
    file.extend(b"\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e");
    file
}

/// CRC-32 of PNG chunks (ISO 3309), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

fn one_by_one() -> Vec<u8> {
    encode_png_grey(&Slice::new(1, 1, vec![80]).expect("fits"))
}

fn no_ct() -> Vec<u8> {
    encode_png_grey(&Slice::new(128, 128, vec![200; 128 * 128]).expect("fits"))
}

fn empty_mask() -> Vec<u8> {
    encode_png_mask(&Mask::new(256, 256, vec![0; 256 * 256]).expect("fits"))
}

/// Name, content, mask, status alone, and words that the reason holds.
type BadFile = (&'static str, Vec<u8>, Option<Vec<u8>>, u16, &'static str);

/// Every bad file.
fn bad_files() -> Vec<BadFile> {
    let good = slice_png(1);
    let truncated = good[..good.len() / 2].to_vec();
    vec![
        (
            "notes.txt",
            b"these are notes".to_vec(),
            None,
            415,
            "not an image",
        ),
        (
            "film.gif",
            b"GIF89a\x01\x00\x01\x00\x00\x00\x00;".to_vec(),
            None,
            415,
            "not an image",
        ),
        ("zero.png", Vec::new(), None, 422, "empty"),
        ("dot.png", one_by_one(), None, 422, "1 x 1"),
        ("huge.png", declared_20000(), None, 413, "20000 x 20000"),
        ("half.png", truncated, None, 422, "truncated"),
        ("wall.png", no_ct(), None, 422, "no lungs found"),
        (
            "other-mask.png",
            good.clone(),
            Some(mask_png(128, 256)),
            422,
            "128 x 256",
        ),
        (
            "empty-mask.png",
            good.clone(),
            Some(empty_mask()),
            422,
            "mask is empty",
        ),
        (
            "text-mask.png",
            good,
            Some(b"lungs".to_vec()),
            415,
            "mask cannot be used",
        ),
    ]
}

fn with_bad(form: Form, (name, file, mask, ..): &BadFile) -> Form {
    let form = form.slice(name, file);
    match mask {
        Some(mask) => form.mask(mask),
        None => form,
    }
}

#[tokio::test]
async fn a_bad_file_alone_has_its_status_and_is_named() {
    let router = default_router().await;
    for bad in bad_files() {
        let (name, .., status, words) = &bad;
        for path in [ANALYSES, UPLOADS] {
            let answer = send(&router, with_bad(Form::default(), &bad).post(path)).await;
            assert_eq!(
                answer.status.as_u16(),
                *status,
                "{name} at {path}: {}",
                answer.text()
            );
            let body = answer.json();
            assert!(
                body["error"]
                    .as_str()
                    .is_some_and(|e| e.contains(name) && e.contains(words)),
                "{body}"
            );
            assert_eq!(body["slices"][0]["name"], *name);
            assert_eq!(body["slices"][0]["status"], *status);
        }
    }
}

#[tokio::test]
async fn good_files_beside_every_bad_one_are_analysed() {
    let router = default_router().await;
    let bad = bad_files();
    let mut form = Form::default().slice("first.png", &slice_png(1));
    for file in &bad {
        form = with_bad(form, file);
    }
    let answer = send(
        &router,
        form.slice("last.png", &slice_png(2)).post(ANALYSES),
    )
    .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let slices = answer.json()["slices"].as_array().expect("slices").clone();
    assert_eq!(slices.len(), bad.len() + 2);
    assert!(slices[0]["predicted"].is_string() && slices[bad.len() + 1]["predicted"].is_string());
    for (slice, (name, .., status, words)) in slices[1..].iter().zip(&bad) {
        assert_eq!(slice["name"], *name);
        assert_eq!(slice["status"], *status);
        assert!(
            slice["error"]
                .as_str()
                .is_some_and(|error| error.contains(words)),
            "{slice}"
        );
        assert!(slice.get("predicted").is_none());
    }
    let of_failed = format!("{}/slices/1/slice.png", answer.header("location"));
    assert_eq!(get(&router, &of_failed).await.status, StatusCode::NOT_FOUND);
}
