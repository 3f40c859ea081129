//! Every format, cut off at many places.

use std::io::Cursor;
use std::time::Instant;

use image::{DynamicImage, GrayImage, ImageFormat};

use crate::common::{Form, default_router, send};
use crate::{ANALYSES, assert_bounded};
use lungsight_imaging::{PhantomOptions, phantom};

const CUTS: usize = 48;

fn encoded(format: ImageFormat) -> Vec<u8> {
    let options = PhantomOptions {
        side: 128,
        ..PhantomOptions::default()
    };
    let slice = phantom(&options).slice;
    let image = GrayImage::from_raw(slice.width(), slice.height(), slice.pixels().to_vec());
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(image.expect("fits"))
        .write_to(&mut bytes, format)
        .expect("the format writes grey");
    bytes.into_inner()
}

#[tokio::test]
async fn files_cut_off_anywhere_are_refused_by_name_and_the_whole_one_is_read() {
    let router = default_router().await;
    for (format, name) in [
        (ImageFormat::Png, "slice.png"),
        (ImageFormat::Jpeg, "slice.jpg"),
        (ImageFormat::Bmp, "slice.bmp"),
        (ImageFormat::Tiff, "slice.tif"),
    ] {
        let whole = encoded(format);
        let mut form = Form::default().slice(name, &whole);
        // The ends of PNG and TIFF hold no pixels; what is cut off there is not missed.
        let pixels = whole.len() - 300;
        for cut in 0..CUTS {
            form = form.slice(&format!("{cut} {name}"), &whole[..pixels * cut / CUTS]);
        }
        let began = Instant::now();
        let answer = send(&router, form.post(ANALYSES)).await;
        assert_bounded(began, name);
        assert_eq!(answer.status, 201, "{}", answer.text());
        let slices = answer.json()["slices"].take();
        assert!(slices[0]["predicted"].is_string(), "{}", slices[0]);
        for cut in 0..CUTS {
            let slice = &slices[cut + 1];
            assert_eq!(slice["name"], format!("{cut} {name}"));
            assert!(
                matches!(slice["status"].as_u64(), Some(415 | 422)),
                "{slice}"
            );
        }
    }
}
