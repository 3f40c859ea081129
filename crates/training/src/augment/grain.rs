//! What a scanner, its reconstruction and a file do to grey levels: noise, sharpness, JPEG.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat};
use lungsight_imaging::INPUT_SIDE;
use rand::Rng;

use super::STRENGTH;

/// Half the inputs: none. Else white, or of the grain that a CT's reconstruction leaves.
pub(super) fn noise(rng: &mut impl Rng) -> Vec<f32> {
    let area = INPUT_SIDE * INPUT_SIDE;
    if rng.random_bool(0.5) {
        return vec![0.0; area];
    }
    let strength = rng.random_range(0.0..STRENGTH.noise);
    let white: Vec<f32> = (0..area).map(|_| strength * normal(rng)).collect();
    if rng.random_bool(0.5) {
        // A binomial blur in both directions leaves 3/8 of white noise's standard deviation.
        blur(&white).into_iter().map(|v| v * 8.0 / 3.0).collect()
    } else {
        white
    }
}

/// Takes a slice's own grain away, and how sharp it is with it: blurred by a standard deviation of 1.4 to 2.4 pixels, of
/// what is `inside` alone.
pub(super) fn without_grain(image: &[f32], inside: &[bool], rng: &mut impl Rng) -> Vec<f32> {
    let mut share: Vec<f32> = inside.iter().map(|&is| f32::from(u8::from(is))).collect();
    let mut soft: Vec<f32> = image.iter().zip(&share).map(|(v, s)| v * s).collect();
    // Each adds 1/2 to the variance.
    for _ in 0..rng.random_range(4..=11) {
        (soft, share) = (blur(&soft), blur(&share));
    }
    let mean = |((soft, share), &is): ((f32, f32), &bool)| if is { soft / share } else { 0.0 };
    soft.into_iter().zip(share).zip(inside).map(mean).collect()
}

/// Noise that tells nothing of the slice: of any strength up to twice that of [`noise`], and of any grain.
pub(super) fn another_grain(rng: &mut impl Rng) -> Vec<f32> {
    let strength = rng.random_range(0.0..2.0 * STRENGTH.noise);
    let white: Vec<f32> = (0..INPUT_SIDE * INPUT_SIDE).map(|_| normal(rng)).collect();
    let grain = (0..rng.random_range(0..=4)).fold(white, |noise, _| blur(&noise));
    let variance = grain.iter().map(|v| v * v).sum::<f32>() / grain.len() as f32;
    let factor = strength / variance.sqrt();
    grain.into_iter().map(|v| v * factor).collect()
}

/// As if saved as JPEG of this quality.
pub(super) fn through_jpeg(pixels: Vec<u8>, quality: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let side = INPUT_SIDE as u32;
    let saved = JpegEncoder::new_with_quality(&mut file, quality)
        .encode(&pixels, side, side, ExtendedColorType::L8)
        .and_then(|()| image::load(Cursor::new(file), ImageFormat::Jpeg));
    match saved {
        Ok(picture) => picture.into_luma8().into_raw(),
        Err(_) => pixels,
    }
}

/// Unsharp mask.
pub(super) fn sharpen(image: &[f32], amount: f32) -> Vec<f32> {
    let soft = blur(image);
    image
        .iter()
        .zip(soft)
        .map(|(&v, soft)| v + amount * (v - soft))
        .collect()
}

/// A 3×3 binomial blur of `INPUT_SIDE²` values.
pub(crate) fn blur(image: &[f32]) -> Vec<f32> {
    let pass = |image: &[f32], step: usize, along: fn(usize) -> usize| -> Vec<f32> {
        (0..image.len())
            .map(|i| {
                let position = along(i);
                let before = if position > 0 {
                    image[i - step]
                } else {
                    image[i]
                };
                let after = if position + 1 < INPUT_SIDE {
                    image[i + step]
                } else {
                    image[i]
                };
                (before + 2.0 * image[i] + after) / 4.0
            })
            .collect()
    };
    let rows = pass(image, 1, |i| i % INPUT_SIDE);
    pass(&rows, INPUT_SIDE, |i| i / INPUT_SIDE)
}

/// Close to a standard normal: the sum of four uniforms (Irwin–Hall), scaled to unit variance.
fn normal(rng: &mut impl Rng) -> f32 {
    let sum: f32 = (0..4).map(|_| rng.random::<f32>()).sum();
    (sum - 2.0) * 3.0f32.sqrt()
}
