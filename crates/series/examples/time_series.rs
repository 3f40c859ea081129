//! Times reading headers, decoding and windowing a synthetic series of 150 slices of 512 x 512.
//!
//! `cargo run -p lungsight-series --example time_series`

use std::time::Instant;

use lungsight_series::synthetic::{Coding, NiftiOptions, dicom_series, nifti};
use lungsight_series::{Limits, Window, collect};

const SLICES: u32 = 150;

fn main() {
    let codings = [Coding::Explicit, Coding::Rle, Coding::JpegLossless];
    for coding in codings {
        let (_, files) = dicom_series(512, SLICES, &coding);
        time(&format!("{coding:?}"), files);
    }
    let (slices, _) = dicom_series(512, SLICES, &Coding::Explicit);
    for gzip in [false, true] {
        let options = NiftiOptions {
            gzip,
            ..NiftiOptions::default()
        };
        let file = ("volume".to_owned(), nifti(&slices, &options));
        time(&format!("NIfTI, gzip {gzip}"), vec![file]);
    }
}

fn time(name: &str, files: Vec<(String, Vec<u8>)>) {
    let ms = |start: Instant| 1000.0 * start.elapsed().as_secs_f64() / f64::from(SLICES);
    let bytes: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let start = Instant::now();
    let collected = collect(files, &Limits::default());
    let headers = ms(start);
    let series = &collected.series[0];
    assert_eq!(series.slices().len(), SLICES as usize);
    let start = Instant::now();
    let decoded: Vec<_> = (0..series.slices().len())
        .map(|index| series.decode(index).expect("it is whole"))
        .collect();
    let decoding = ms(start);
    let start = Instant::now();
    let lit: u64 = decoded
        .iter()
        .flat_map(|slice| Window::LUNG.apply(slice).pixels().to_vec())
        .map(u64::from)
        .sum();
    let windowing = ms(start);
    assert!(lit > 0);
    println!(
        "{name}: {} MB; headers {headers:.2}, decoding {decoding:.2}, window {windowing:.2} ms a slice",
        bytes >> 20
    );
}
