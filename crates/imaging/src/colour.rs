//! Heat over a slice: colour map, transparent layer, blending.

use crate::{Mask, Rect, Slice};

/// Eleven stops of matplotlib's inferno (CC0), evenly spaced over 0..=1; perceptually even, so that equal steps in
/// heat look equal, and it reads in grey print too.
const INFERNO: [[u8; 3]; 11] = [
    [0, 0, 4],
    [22, 11, 57],
    [66, 10, 104],
    [106, 23, 110],
    [147, 38, 103],
    [188, 55, 84],
    [221, 81, 58],
    [243, 120, 25],
    [252, 165, 10],
    [246, 215, 70],
    [252, 255, 164],
];

/// Inferno at `heat` (clamped to 0..=1; NaN counts as 0), as RGB.
pub fn inferno(heat: f32) -> [u8; 3] {
    let place = unit(heat) * (INFERNO.len() - 1) as f32;
    let stop = (place as usize).min(INFERNO.len() - 2);
    let share = place - stop as f32;
    let (from, to) = (INFERNO[stop], INFERNO[stop + 1]);
    std::array::from_fn(|channel| {
        let (from, to) = (f32::from(from[channel]), f32::from(to[channel]));
        (from + (to - from) * share + 0.5) as u8
    })
}

/// Clamped to 0..=1, with 0 for NaN.
fn unit(heat: f32) -> f32 {
    if heat > 0.0 { heat.min(1.0) } else { 0.0 }
}

/// The heat as an RGBA layer of the mask's size, to be laid over the slice.
///
/// `heat` holds `heat_height` rows of `heat_width` values in 0..=1 that cover `crop`; it is interpolated bilinearly.
/// The layer is clear outside the crop, and the hotter the more opaque. Heat is shown inside the lungs only, with an edge
/// that fades over [`SOFT_EDGE`] pixels: everything else was 0 for the network, so that heat there tells nothing.
pub fn heat_layer(
    heat: &[f32],
    heat_width: usize,
    heat_height: usize,
    crop: Rect,
    lungs: &Mask,
) -> Vec<u8> {
    let (width, height) = (lungs.width() as usize, lungs.height() as usize);
    let mut rgba = vec![0; width * height * 4];
    if heat_width == 0 || heat_height == 0 || heat.len() != heat_width * heat_height {
        return rgba;
    }
    let strengths = strengths(lungs);
    let columns = samples(width, crop.x, crop.width, heat_width);
    for sample_y in samples(height, crop.y, crop.height, heat_height) {
        let upper = &heat[sample_y.first * heat_width..][..heat_width];
        let lower = &heat[sample_y.second * heat_width..][..heat_width];
        for sample_x in &columns {
            let at = |row: &[f32]| {
                row[sample_x.first] * (1.0 - sample_x.share) + row[sample_x.second] * sample_x.share
            };
            let value = at(upper) * (1.0 - sample_y.share) + at(lower) * sample_y.share;
            let pixel = sample_y.pixel * width + sample_x.pixel;
            let strength = strengths[pixel];
            if strength == 0.0 {
                continue;
            }
            let [r, g, b] = inferno(value);
            let alpha = (unit(value) * strength * 255.0 + 0.5) as u8;
            rgba[pixel * 4..][..4].copy_from_slice(&[r, g, b, alpha]);
        }
    }
    rgba
}

/// Makes an RGBA layer of `width` × `height` pixels clear outside `region`.
///
/// # Panics
/// When `rgba` does not hold four bytes per pixel.
pub fn cut_layer(rgba: &mut [u8], width: u32, height: u32, region: Rect) {
    let row_bytes = width as usize * 4;
    assert_eq!(
        rgba.len(),
        row_bytes * height as usize,
        "four bytes per pixel"
    );
    let (columns, rows) = region.within(width, height);
    for (y, row) in rgba.chunks_exact_mut(row_bytes.max(1)).enumerate() {
        if rows.contains(&y) {
            row[..columns.start * 4].fill(0);
            row[columns.end * 4..].fill(0);
        } else {
            row.fill(0);
        }
    }
}

/// How many pixels outside the lungs the heat fades to nothing over.
pub const SOFT_EDGE: usize = 3;

/// How opaque the heat of each pixel is, of what its value asks for: 1 in the lungs; outside twice the lungs' share of the
/// square around it, which falls from nearly 1 to 0 along a straight edge.
fn strengths(lungs: &Mask) -> Vec<f32> {
    let (width, height) = (lungs.width() as usize, lungs.height() as usize);
    let side = 2 * SOFT_EDGE + 1;
    // Lung pixels among the rows around, for each column.
    let mut columns = vec![0u32; width];
    let row = |y: usize| &lungs.values()[y * width..][..width];
    for y in 0..height.min(SOFT_EDGE) {
        columns
            .iter_mut()
            .zip(row(y))
            .for_each(|(sum, &lung)| *sum += u32::from(lung));
    }
    let mut strengths = Vec::with_capacity(width * height);
    for y in 0..height {
        if y + SOFT_EDGE < height {
            let enters = columns.iter_mut().zip(row(y + SOFT_EDGE));
            enters.for_each(|(sum, &lung)| *sum += u32::from(lung));
        }
        if let Some(left) = y.checked_sub(SOFT_EDGE + 1) {
            let leaves = columns.iter_mut().zip(row(left));
            leaves.for_each(|(sum, &lung)| *sum -= u32::from(lung));
        }
        for (x, &lung) in row(y).iter().enumerate() {
            let around = x.saturating_sub(SOFT_EDGE)..(x + SOFT_EDGE + 1).min(width);
            strengths.push(if lung != 0 {
                1.0
            } else {
                let share = columns[around].iter().sum::<u32>() as f32 / (side * side) as f32;
                (2.0 * share).min(1.0)
            });
        }
    }
    strengths
}

/// Where a pixel of the slice falls among the heat's values, along one axis.
struct Sample {
    pixel: usize,
    first: usize,
    second: usize,
    share: f32,
}

fn samples(pixels: usize, start: i32, length: u32, values: usize) -> Vec<Sample> {
    let mut samples = Vec::with_capacity(length as usize);
    for offset in 0..length {
        let pixel = i64::from(start) + i64::from(offset);
        if pixel < 0 || pixel >= pixels as i64 {
            continue;
        }
        let place = (offset as f32 + 0.5) / length as f32 * values as f32 - 0.5;
        let place = place.clamp(0.0, (values - 1) as f32);
        let first = place as usize;
        samples.push(Sample {
            pixel: pixel as usize,
            first,
            second: (first + 1).min(values - 1),
            share: place - first as f32,
        });
    }
    samples
}

/// The slice with an RGBA layer of its size over it, as RGB; `opacity` (0..=1) scales the layer's alpha.
///
/// # Panics
/// When `rgba` does not hold four bytes per pixel of the slice.
pub fn blend(slice: &Slice, rgba: &[u8], opacity: f32) -> Vec<u8> {
    assert_eq!(
        rgba.len(),
        slice.pixels().len() * 4,
        "the layer has the slice's size"
    );
    let opacity = (opacity.clamp(0.0, 1.0) * 256.0 + 0.5) as u32;
    let mut rgb = Vec::with_capacity(slice.pixels().len() * 3);
    for (&grey, layer) in slice.pixels().iter().zip(rgba.chunks_exact(4)) {
        let over = u32::from(layer[3]) * opacity;
        let under = 255 * 256 - over;
        for &colour in &layer[..3] {
            let sum = u32::from(colour) * over + u32::from(grey) * under;
            rgb.push(((sum + 255 * 128) / (255 * 256)) as u8);
        }
    }
    rgb
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_brighten_with_heat() {
        let brightness = |heat| inferno(heat).iter().map(|&c| u32::from(c)).sum::<u32>();
        let mut last = 0;
        for step in 0..=20 {
            let now = brightness(step as f32 / 20.0);
            assert!(now >= last, "step {step}");
            last = now;
        }
        assert_eq!(inferno(f32::NAN), INFERNO[0]);
        assert_eq!(inferno(7.0), INFERNO[10]);
    }

    #[test]
    fn layer_is_clear_outside_the_crop_and_follows_the_heat() {
        let lungs = Mask::new(4, 2, vec![1; 8]).expect("fits");
        let crop = Rect {
            x: 1,
            y: -1,
            width: 2,
            height: 3,
        };
        let layer = heat_layer(&[0.0, 1.0], 2, 1, crop, &lungs);
        let alpha: Vec<u8> = layer.chunks(4).map(|pixel| pixel[3]).collect();
        assert_eq!(alpha, [0, 0, 255, 0, 0, 0, 255, 0]);
    }

    #[test]
    fn each_heat_lies_over_its_own_quarter() {
        let lungs = Mask::new(4, 4, vec![1; 16]).expect("fits");
        let crop = Rect {
            x: 0,
            y: 0,
            width: 4,
            height: 4,
        };
        for (hot, corner) in [(0, 0), (1, 3), (2, 12), (3, 15)] {
            let mut heat = [0.0; 4];
            heat[hot] = 1.0;
            let layer = heat_layer(&heat, 2, 2, crop, &lungs);
            let alpha = |pixel: usize| layer[pixel * 4 + 3];
            for other in [0, 3, 12, 15] {
                let expected = if other == corner { 255 } else { 0 };
                assert_eq!(alpha(other), expected, "heat {hot}, pixel {other}");
            }
        }
    }

    #[test]
    fn heat_fades_to_nothing_outside_the_lungs() {
        let (width, height) = (20, 11);
        let values = (0..width * height).map(|at| u8::from(at % width < 8));
        let lungs = Mask::new(20, 11, values.collect()).expect("fits");
        let crop = Rect {
            x: 0,
            y: 0,
            width: 20,
            height: 11,
        };
        let layer = heat_layer(&[1.0], 1, 1, crop, &lungs);
        let middle = &layer[5 * 20 * 4..][..20 * 4];
        let alpha: Vec<u8> = middle.chunks(4).map(|pixel| pixel[3]).collect();
        assert!(alpha[..8].iter().all(|&alpha| alpha == 255));
        let edge = &alpha[7..8 + SOFT_EDGE + 1];
        assert!(edge.windows(2).all(|pair| pair[0] > pair[1]), "{alpha:?}");
        assert!(alpha[8 + SOFT_EDGE..].iter().all(|&alpha| alpha == 0));
    }

    #[test]
    fn a_cut_layer_is_clear_outside_the_region_and_the_same_inside() {
        let whole: Vec<u8> = (1..=4 * 3 * 4).collect();
        let mut layer = whole.clone();
        let region = Rect {
            x: 1,
            y: -1,
            width: 2,
            height: 3,
        };
        cut_layer(&mut layer, 4, 3, region);
        for (place, (cut, whole)) in layer.chunks(4).zip(whole.chunks(4)).enumerate() {
            let inside = (1..3).contains(&(place % 4)) && place / 4 < 2;
            assert_eq!(cut, if inside { whole } else { &[0; 4] }, "pixel {place}");
        }
    }

    #[test]
    fn blending_goes_from_slice_to_layer() {
        let slice = Slice::new(1, 1, vec![100]).expect("fits");
        assert_eq!(blend(&slice, &[200, 0, 50, 255], 0.0), [100, 100, 100]);
        assert_eq!(blend(&slice, &[200, 0, 50, 255], 1.0), [200, 0, 50]);
        assert_eq!(blend(&slice, &[200, 0, 50, 255], 0.5), [150, 50, 75]);
    }
}
