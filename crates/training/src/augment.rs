//! Random changes to a prepared input that leave its class alone, aimed at what tells sources apart: pose, the mask's
//! edge, resolution, sharpness, grey-level curve, noise, JPEG.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat};
use lungsight_imaging::INPUT_SIDE;
use rand::Rng;

use crate::prepare::Prepared;

const SIDE: f32 = INPUT_SIDE as f32;

/// How far inputs are changed; every pair is the two ends of what is drawn evenly.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Strength {
    /// Either way.
    pub rotation_degrees: f32,
    /// Of both axes together; above 1 shows more.
    pub scale: [f32; 2],
    /// Of the vertical axis against the horizontal one.
    pub aspect: [f32; 2],
    /// Along each axis and either way, share of the side.
    pub shift: f32,
    /// Share of inputs that lose resolution.
    pub coarser_share: f64,
    /// The side that these are brought down to, pixels.
    pub coarser_side: [usize; 2],
    /// Exponent of the grey-level curve, its natural logarithm, either way.
    pub log_gamma: f32,
    /// Factor around the middle grey.
    pub contrast: [f32; 2],
    /// Either way, share of the grey levels.
    pub brightness: f32,
    /// Largest standard deviation of noise, share of the grey levels.
    pub noise: f32,
    /// Share of inputs saved as JPEG.
    pub jpeg_share: f64,
    /// Of these.
    pub jpeg_quality: [u8; 2],
    /// Share of inputs with a square taken out.
    pub cut_share: f64,
    /// Its side, pixels of `INPUT_SIDE`.
    pub cut_side: [usize; 2],
}

/// As all runs have it.
pub const STRENGTH: Strength = Strength {
    rotation_degrees: 15.0,
    scale: [0.83, 1.2],
    aspect: [0.92, 1.08],
    shift: 0.07,
    coarser_share: 0.35,
    coarser_side: [80, 220],
    log_gamma: 0.5,
    contrast: [0.75, 1.25],
    brightness: 0.12,
    noise: 0.07,
    jpeg_share: 0.3,
    jpeg_quality: [20, 90],
    cut_share: 0.25,
    cut_side: [16, 56],
};

/// Drawn evenly between two ends, the upper one excluded.
fn between<T: rand::distr::uniform::SampleUniform + PartialOrd>(
    [low, high]: [T; 2],
    rng: &mut impl Rng,
) -> T {
    rng.random_range(low..high)
}

/// Drawn evenly up to so far either way.
fn either_way(most: f32, rng: &mut impl Rng) -> f32 {
    rng.random_range(-most..most)
}

/// What a slice looks like to the network while training.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Look {
    /// Lungs alone, as served.
    Masked,
    /// The whole square around the lungs.
    Unmasked,
}

/// The slice as it is: `INPUT_SIDE²` grey levels.
pub fn plain(slice: &Prepared, look: Look) -> &[u8] {
    match look {
        Look::Masked => &slice.pixels,
        Look::Unmasked => &slice.around,
    }
}

/// Tells the darkest lung from what is outside of it: both come as 0, and what is not reached from the border becomes 1.
/// Else changes of the mask's edge would eat into dark lungs, and brighter ones would keep black specks.
pub(crate) fn leave_outside_alone_black(pixels: &mut [u8]) {
    let mut outside = vec![false; pixels.len()];
    let last = INPUT_SIDE - 1;
    let mut reached: Vec<usize> = (0..INPUT_SIDE)
        .flat_map(|i| {
            let (row, column) = (i, i * INPUT_SIDE);
            [row, last * INPUT_SIDE + i, column, column + last]
        })
        .collect();
    while let Some(index) = reached.pop() {
        if outside[index] || pixels[index] > 0 {
            continue;
        }
        outside[index] = true;
        let (x, y) = (index % INPUT_SIDE, index / INPUT_SIDE);
        reached.extend((x > 0).then(|| index - 1));
        reached.extend((x < last).then(|| index + 1));
        reached.extend((y > 0).then(|| index - INPUT_SIDE));
        reached.extend((y < last).then(|| index + INPUT_SIDE));
    }
    for (pixel, outside) in pixels.iter_mut().zip(outside) {
        if !outside {
            *pixel = (*pixel).max(1);
        }
    }
}

/// A changed copy of the slice, `INPUT_SIDE²`, 0 outside the lungs, and the lesions where they have come to lie.
pub fn augment(
    slice: &Prepared,
    lesion: Option<&[u8]>,
    look: Look,
    rng: &mut impl Rng,
) -> (Vec<u8>, Option<Vec<u8>>) {
    let source = match look {
        Look::Masked => other_edge(slice, rng),
        Look::Unmasked => slice.around.clone(),
    };
    let mut image: Vec<f32> = source.iter().map(|&p| f32::from(p)).collect();
    let pose = Pose::draw(rng);
    image = pose.of(&image);
    let inside: Vec<bool> = image.iter().map(|&v| v > 0.5).collect();
    if rng.random_bool(STRENGTH.coarser_share) {
        image = coarser(&image, between(STRENGTH.coarser_side, rng));
    }
    match rng.random_range(0..10) {
        0..3 => image = blur(&image),
        3 => image = blur(&blur(&blur(&image))),
        4..6 => image = sharpen(&image, rng.random_range(0.3f32..1.5)),
        _ => {}
    }
    let gamma = either_way(STRENGTH.log_gamma, rng).exp();
    let contrast = between(STRENGTH.contrast, rng);
    let shift = either_way(STRENGTH.brightness, rng);
    let noise = noise(rng);
    let mut changed: Vec<u8> = image
        .iter()
        .zip(&noise)
        .map(|(&value, &noise)| {
            let curved = (value / 255.0).clamp(0.0, 1.0).powf(gamma);
            (((curved - 0.5) * contrast + 0.5 + shift + noise) * 255.0).clamp(1.0, 255.0) as u8
        })
        .collect();
    if rng.random_bool(STRENGTH.jpeg_share) {
        changed = through_jpeg(changed, between(STRENGTH.jpeg_quality, rng));
    }
    let cut = Cut::draw(rng);
    for (index, (pixel, inside)) in changed.iter_mut().zip(inside).enumerate() {
        // 0 means outside: what is inside stays at least 1.
        *pixel = if inside && !cut.hits(index) {
            (*pixel).max(1)
        } else {
            0
        };
    }
    let lesion = lesion.map(|lesion| {
        let mask: Vec<f32> = lesion.iter().map(|&p| f32::from(u8::from(p > 0))).collect();
        let posed = pose.of(&mask).into_iter().zip(&changed);
        posed
            .map(|(cover, &grey)| u8::from(cover > 0.5 && grey > 0))
            .collect()
    });
    (changed, lesion)
}

/// The mask drawn a little tighter in two of six inputs, a little wider in one, and in one as a plain threshold draws it.
fn other_edge(slice: &Prepared, rng: &mut impl Rng) -> Vec<u8> {
    let radius = rng.random_range(1..=3);
    match rng.random_range(0..6) {
        0 | 1 => {
            let kept = spread(
                slice.pixels.iter().map(|&p| u8::from(p == 0)).collect(),
                radius,
            );
            let pixels = slice.pixels.iter().zip(kept);
            pixels
                .map(|(&pixel, cut)| if cut > 0 { 0 } else { pixel })
                .collect()
        }
        2 => {
            let shown = spread(
                slice.pixels.iter().map(|&p| u8::from(p > 0)).collect(),
                radius,
            );
            let pixels = slice.pixels.iter().zip(&slice.around).zip(shown);
            pixels
                .map(|((&pixel, &around), shown)| match (pixel, shown) {
                    (0, 1) => around,
                    _ => pixel,
                })
                .collect()
        }
        3 => without_dense_parts(slice, rng.random_range(140.0..230.0)),
        _ => slice.pixels.clone(),
    }
}

/// As sources come that were masked by a threshold alone: what is dense over some width is cut away.
fn without_dense_parts(slice: &Prepared, threshold: f32) -> Vec<u8> {
    let image: Vec<f32> = slice.pixels.iter().map(|&p| f32::from(p)).collect();
    let wide = blur(&blur(&blur(&blur(&image))));
    slice
        .pixels
        .iter()
        .zip(wide)
        .map(|(&pixel, around)| if around > threshold { 0 } else { pixel })
        .collect()
}

/// Largest value within `radius` along both axes.
fn spread(plane: Vec<u8>, radius: usize) -> Vec<u8> {
    let pass = |plane: &[u8], step: usize, along: fn(usize) -> usize| -> Vec<u8> {
        (0..plane.len())
            .map(|i| {
                let at = along(i);
                let first = i - step * at.min(radius);
                let count = at.min(radius) + 1 + radius.min(INPUT_SIDE - 1 - at);
                (0..count)
                    .map(|n| plane[first + n * step])
                    .max()
                    .unwrap_or(0)
            })
            .collect()
    };
    let rows = pass(&plane, 1, |i| i % INPUT_SIDE);
    pass(&rows, INPUT_SIDE, |i| i / INPUT_SIDE)
}

/// Half the inputs: none. Else white, or of the grain that a CT's reconstruction leaves.
fn noise(rng: &mut impl Rng) -> Vec<f32> {
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

/// As if saved as JPEG of this quality.
fn through_jpeg(pixels: Vec<u8>, quality: u8) -> Vec<u8> {
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
fn sharpen(image: &[f32], amount: f32) -> Vec<f32> {
    let soft = blur(image);
    image
        .iter()
        .zip(soft)
        .map(|(&v, soft)| v + amount * (v - soft))
        .collect()
}

/// Mirror, rotation, scale, aspect, shift.
struct Pose {
    mirror: f32,
    sin: f32,
    cos: f32,
    scale: f32,
    aspect: f32,
    dx: f32,
    dy: f32,
}

impl Pose {
    fn draw(rng: &mut impl Rng) -> Self {
        let mirror = if rng.random_bool(0.5) { -1.0 } else { 1.0 };
        let (sin, cos) = either_way(STRENGTH.rotation_degrees, rng)
            .to_radians()
            .sin_cos();
        Self {
            mirror,
            sin,
            cos,
            scale: between(STRENGTH.scale, rng),
            aspect: between(STRENGTH.aspect, rng),
            dx: either_way(STRENGTH.shift, rng) * SIDE,
            dy: either_way(STRENGTH.shift, rng) * SIDE,
        }
    }

    /// Resampled bilinearly.
    fn of(&self, image: &[f32]) -> Vec<f32> {
        let centre = (SIDE - 1.0) / 2.0;
        let mut out = Vec::with_capacity(image.len());
        for y in 0..INPUT_SIDE {
            for x in 0..INPUT_SIDE {
                let (u, v) = (
                    (x as f32 - centre - self.dx) * self.scale,
                    (y as f32 - centre - self.dy) * self.scale * self.aspect,
                );
                let (from_x, from_y) = (
                    self.mirror * (self.cos * u + self.sin * v) + centre,
                    self.cos * v - self.sin * u + centre,
                );
                out.push(sample(image, from_x, from_y));
            }
        }
        out
    }
}

/// Bilinear; 0 outside. At the mask's edge the nearest pixel decides, so that no grey rim appears.
fn sample(image: &[f32], x: f32, y: f32) -> f32 {
    let at = |x: i32, y: i32| {
        let inside = (0..INPUT_SIDE as i32).contains(&x) && (0..INPUT_SIDE as i32).contains(&y);
        if inside {
            image[y as usize * INPUT_SIDE + x as usize]
        } else {
            0.0
        }
    };
    let nearest = at(x.round() as i32, y.round() as i32);
    let (x0, y0) = (x.floor() as i32, y.floor() as i32);
    let corners = [
        at(x0, y0),
        at(x0 + 1, y0),
        at(x0, y0 + 1),
        at(x0 + 1, y0 + 1),
    ];
    if corners.contains(&0.0) {
        return nearest;
    }
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let top = corners[0] + (corners[1] - corners[0]) * fx;
    let bottom = corners[2] + (corners[3] - corners[2]) * fx;
    top + (bottom - top) * fy
}

/// As if scanned or saved at `side` pixels and enlarged again (points down, bilinear up).
fn coarser(image: &[f32], side: usize) -> Vec<f32> {
    let ratio = SIDE / side as f32;
    let small: Vec<f32> = (0..side * side)
        .map(|index| {
            let (x, y) = ((index % side) as f32, (index / side) as f32);
            sample(image, (x + 0.5) * ratio - 0.5, (y + 0.5) * ratio - 0.5)
        })
        .collect();
    let at = |x: f32, y: f32| {
        let clamp = |v: f32| (v.max(0.0) as usize).min(side - 1);
        let (x0, y0) = (clamp(x.floor()), clamp(y.floor()));
        let (x1, y1) = ((x0 + 1).min(side - 1), (y0 + 1).min(side - 1));
        let (fx, fy) = (
            (x - x0 as f32).clamp(0.0, 1.0),
            (y - y0 as f32).clamp(0.0, 1.0),
        );
        let top = small[y0 * side + x0] * (1.0 - fx) + small[y0 * side + x1] * fx;
        let bottom = small[y1 * side + x0] * (1.0 - fx) + small[y1 * side + x1] * fx;
        top * (1.0 - fy) + bottom * fy
    };
    (0..INPUT_SIDE * INPUT_SIDE)
        .map(|index| {
            let (x, y) = ((index % INPUT_SIDE) as f32, (index / INPUT_SIDE) as f32);
            at((x + 0.5) / ratio - 0.5, (y + 0.5) / ratio - 0.5)
        })
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

/// A small rectangle taken out in a share of inputs (DeVries and Taylor 2017, arXiv 1708.04552).
struct Cut {
    x: usize,
    y: usize,
    side: usize,
}

impl Cut {
    fn draw(rng: &mut impl Rng) -> Self {
        let side = if rng.random_bool(STRENGTH.cut_share) {
            between(STRENGTH.cut_side, rng)
        } else {
            0
        };
        Self {
            x: rng.random_range(0..INPUT_SIDE),
            y: rng.random_range(0..INPUT_SIDE),
            side,
        }
    }

    fn hits(&self, index: usize) -> bool {
        let (x, y) = (index % INPUT_SIDE, index / INPUT_SIDE);
        (self.x..self.x + self.side).contains(&x) && (self.y..self.y + self.side).contains(&y)
    }
}

/// Close to a standard normal: the sum of four uniforms (Irwin–Hall), scaled to unit variance.
fn normal(rng: &mut impl Rng) -> f32 {
    let sum: f32 = (0..4).map(|_| rng.random::<f32>()).sum();
    (sum - 2.0) * 3.0f32.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Row;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    fn slice(pixels: Vec<u8>) -> Prepared {
        Prepared {
            row: Row {
                path: "a.png".into(),
                label: lungsight_imaging::Class::Healthy,
                patient: "p".into(),
                source: "s".into(),
                note: String::new(),
            },
            around: vec![200; pixels.len()],
            pixels,
        }
    }

    fn disc() -> Prepared {
        let pixels = (0..INPUT_SIDE * INPUT_SIDE).map(|i| {
            let (x, y) = (
                (i % INPUT_SIDE) as f32 - 127.5,
                (i / INPUT_SIDE) as f32 - 127.5,
            );
            if x * x + y * y < 80.0 * 80.0 { 120 } else { 0 }
        });
        slice(pixels.collect())
    }

    #[test]
    fn nothing_appears_where_nothing_was() {
        let mut rng = StdRng::seed_from_u64(1);
        let empty = slice(vec![0; INPUT_SIDE * INPUT_SIDE]);
        for _ in 0..8 {
            let (changed, _) = augment(&empty, None, Look::Masked, &mut rng);
            assert!(changed.iter().all(|&p| p == 0));
        }
    }

    #[test]
    fn dark_lung_is_not_outside() {
        let mut pixels = disc().pixels;
        let (dark, corner) = (128 * INPUT_SIDE + 128, 0);
        pixels[dark] = 0;
        let before = pixels.clone();
        leave_outside_alone_black(&mut pixels);
        assert_eq!((pixels[dark], pixels[corner]), (1, 0));
        let changed = pixels.iter().zip(&before).filter(|(now, was)| now != was);
        assert_eq!(changed.count(), 1);
    }

    #[test]
    fn most_of_the_lungs_stay() {
        let mut rng = StdRng::seed_from_u64(2);
        let lungs = |pixels: &[u8]| pixels.iter().filter(|&&p| p > 0).count() as f32;
        let before = lungs(&disc().pixels);
        for _ in 0..16 {
            let (changed, _) = augment(&disc(), None, Look::Masked, &mut rng);
            let share = lungs(&changed) / before;
            assert!((0.5..1.6).contains(&share), "{share}");
        }
    }

    #[test]
    fn lesions_go_where_the_slice_goes() {
        let bright = |i: usize| (150..180).contains(&(i % INPUT_SIDE)) && (i / INPUT_SIDE) < 128;
        let mut slice = disc();
        for (i, pixel) in slice.pixels.iter_mut().enumerate() {
            if *pixel > 0 {
                *pixel = if bright(i) { 250 } else { 20 };
            }
        }
        let lesion: Vec<u8> = (0..INPUT_SIDE * INPUT_SIDE)
            .map(|i| u8::from(bright(i)))
            .collect();
        let mut rng = StdRng::seed_from_u64(5);
        for _ in 0..16 {
            let (changed, lesion) = augment(&slice, Some(&lesion), Look::Masked, &mut rng);
            let lesion = lesion.expect("one was given");
            let mean = |within: bool| {
                let greys = changed.iter().zip(&lesion);
                let greys: Vec<f32> = greys
                    .filter(|&(&grey, &l)| grey > 0 && (l > 0) == within)
                    .map(|(&grey, _)| f32::from(grey))
                    .collect();
                greys.iter().sum::<f32>() / greys.len().max(1) as f32
            };
            let marked = lesion.iter().filter(|&&l| l > 0).count();
            assert!(marked == 0 || mean(true) > mean(false) + 50.0);
        }
    }

    #[test]
    fn spreading_reaches_as_far_as_asked() {
        let mut plane = vec![0; INPUT_SIDE * INPUT_SIDE];
        plane[100 * INPUT_SIDE + 100] = 1;
        plane[0] = 1;
        let wide = spread(plane, 2);
        assert_eq!(wide.iter().map(|&v| usize::from(v)).sum::<usize>(), 25 + 9);
        assert_eq!(
            (wide[98 * INPUT_SIDE + 98], wide[97 * INPUT_SIDE + 100]),
            (1, 0)
        );
    }

    #[test]
    fn the_seed_decides() {
        let with = |seed| {
            augment(
                &disc(),
                None,
                Look::Masked,
                &mut StdRng::seed_from_u64(seed),
            )
        };
        assert_eq!(with(3), with(3));
        assert_ne!(with(3), with(4));
    }
}
