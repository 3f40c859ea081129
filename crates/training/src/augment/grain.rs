//! What a scanner, its reconstruction and a file do to grey levels: noise, sharpness, JPEG.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat};
use lungsight_imaging::INPUT_SIDE;
use rand::Rng;

use super::STRENGTH;

/// A binomial blur in both directions leaves 3/8 of white noise's standard deviation.
const AFTER_ONE_BLUR: f32 = 8.0 / 3.0;

/// Half the inputs: none. Else white, or of the grain that a CT's reconstruction leaves.
pub(super) fn noise(rng: &mut impl Rng) -> Vec<f32> {
    let area = INPUT_SIDE * INPUT_SIDE;
    if rng.random_bool(0.5) {
        return vec![0.0; area];
    }
    let strength = rng.random_range(0.0..STRENGTH.noise);
    let white: Vec<f32> = (0..area).map(|_| strength * normal(rng)).collect();
    if rng.random_bool(0.5) {
        blur(&white)
            .into_iter()
            .map(|v| v * AFTER_ONE_BLUR)
            .collect()
    } else {
        white
    }
}

/// Takes a slice's own grain away, and how sharp it is with it: blurred by a standard deviation of 1.4 to 2.4 pixels, of
/// what is `inside` alone.
pub(super) fn without_grain(image: &[f32], inside: &[bool], rng: &mut impl Rng) -> Vec<f32> {
    blurred_inside(image, inside, rng.random_range(4..=11))
}

/// Blurred so often, of what is `inside` alone, and 0 outside. Each time adds 1/2 to the variance.
pub(super) fn blurred_inside(image: &[f32], inside: &[bool], times: usize) -> Vec<f32> {
    let mut share: Vec<f32> = inside.iter().map(|&is| f32::from(u8::from(is))).collect();
    let mut soft: Vec<f32> = image.iter().zip(&share).map(|(v, s)| v * s).collect();
    for _ in 0..times {
        (soft, share) = (blur(&soft), blur(&share));
    }
    let mean = |((soft, share), &is): ((f32, f32), &bool)| if is { soft / share } else { 0.0 };
    soft.into_iter().zip(share).zip(inside).map(mean).collect()
}

/// Blurred by a standard deviation in pixels, of what is inside alone; 0 stays outside.
pub(crate) fn softened(pixels: &[u8], deviation: f32) -> Vec<u8> {
    let image: Vec<f32> = pixels.iter().map(|&p| f32::from(p)).collect();
    let inside: Vec<bool> = pixels.iter().map(|&p| p > 0).collect();
    let soft = blurred_inside(
        &image,
        &inside,
        (2.0 * deviation * deviation).round() as usize,
    );
    let grey = |(soft, is): (f32, bool)| if is { (soft.round() as u8).max(1) } else { 0 };
    soft.into_iter().zip(inside).map(grey).collect()
}

/// With noise of a standard deviation in grey levels, about as fine as a CT's, inside; 0 stays outside.
pub(crate) fn noised(pixels: &[u8], deviation: f32, rng: &mut impl Rng) -> Vec<u8> {
    let white: Vec<f32> = pixels.iter().map(|_| normal(rng)).collect();
    let noise = blur(&white)
        .into_iter()
        .map(|v| deviation * v * AFTER_ONE_BLUR);
    let grey = |(&pixel, noise): (&u8, f32)| match pixel {
        0 => 0,
        _ => (f32::from(pixel) + noise).round().clamp(1.0, 255.0) as u8,
    };
    pixels.iter().zip(noise).map(grey).collect()
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

/// Unsharp mask, of what is `inside` alone: across the lungs' edge it would draw a bright rim.
pub(super) fn sharpen(image: &[f32], inside: &[bool], amount: f32) -> Vec<f32> {
    let soft = blurred_inside(image, inside, 1);
    image
        .iter()
        .zip(soft)
        .map(|(&v, soft)| v + amount * (v - soft))
        .collect()
}

/// A 3×3 binomial blur of `INPUT_SIDE²` values; beyond the border lies what lies at it.
pub(crate) fn blur(image: &[f32]) -> Vec<f32> {
    const LAST: usize = INPUT_SIDE - 1;
    let mean = |before: f32, value: f32, after: f32| (before + 2.0 * value + after) / 4.0;
    let mut rows = vec![0.0; image.len()];
    for (row, out) in image
        .chunks_exact(INPUT_SIDE)
        .zip(rows.chunks_exact_mut(INPUT_SIDE))
    {
        out[0] = mean(row[0], row[0], row[1]);
        for (out, three) in out[1..].iter_mut().zip(row.windows(3)) {
            *out = mean(three[0], three[1], three[2]);
        }
        out[LAST] = mean(row[LAST - 1], row[LAST], row[LAST]);
    }
    let row = |y: usize| &rows[y * INPUT_SIDE..][..INPUT_SIDE];
    let mut both = Vec::with_capacity(image.len());
    for y in 0..INPUT_SIDE {
        let (before, after) = (row(y.saturating_sub(1)), row((y + 1).min(LAST)));
        let three = before.iter().zip(row(y)).zip(after);
        both.extend(three.map(|((&before, &value), &after)| mean(before, value, after)));
    }
    both
}

/// Close to a standard normal: the sum of four uniforms (Irwin–Hall), scaled to unit variance.
fn normal(rng: &mut impl Rng) -> f32 {
    let sum: f32 = (0..4).map(|_| rng.random::<f32>()).sum();
    (sum - 2.0) * 3.0f32.sqrt()
}
