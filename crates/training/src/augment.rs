//! Random changes to a prepared input that leave its class alone, aimed at what tells sources apart: pose, the mask's
//! edge, resolution, sharpness, grey-level curve, noise, JPEG.

mod edge;
mod grain;
mod pose;

use lungsight_imaging::INPUT_SIDE;
use rand::Rng;

use crate::prepare::Prepared;
use edge::{other_edge, paint_rim};
use grain::{another_grain, blurred_inside, noise, sharpen, through_jpeg, without_grain};
use pose::{Pose, coarser};

pub(crate) use edge::{leave_outside_alone_black, rimmed};
pub(crate) use grain::{blur, noised, softened};

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
    /// Share of inputs that are mirrored and shifted by whole pixels alone: resampling takes a third of the noise's deviation, and
    /// slices are served without.
    #[serde(default)]
    pub unsampled_share: f64,
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
    /// Share of inputs with some of the chest wall painted along the lungs' edge.
    #[serde(default)]
    pub rim_share: f64,
    /// How thick it is at most, pixels of `INPUT_SIDE`.
    #[serde(default)]
    pub rim_width: usize,
}

/// As all runs have it.
pub const STRENGTH: Strength = Strength {
    rotation_degrees: 15.0,
    scale: [0.83, 1.2],
    aspect: [0.92, 1.08],
    shift: 0.07,
    unsampled_share: 0.4,
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
    rim_share: 0.3,
    rim_width: 6,
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

/// A changed copy of the slice, `INPUT_SIDE²`, 0 outside the lungs, and the lesions where they have come to lie. In a share
/// of `even_grain` its noise and sharpness are drawn anew, whatever they were.
pub fn augment(
    slice: &Prepared,
    lesion: Option<&[u8]>,
    look: Look,
    even_grain: f64,
    rng: &mut impl Rng,
) -> (Vec<u8>, Option<Vec<u8>>) {
    let source = match look {
        Look::Masked => {
            let mut pixels = other_edge(slice, rng);
            if rng.random_bool(STRENGTH.rim_share) {
                paint_rim(&mut pixels, rng);
            }
            pixels
        }
        Look::Unmasked => slice.around.clone(),
    };
    let mut image: Vec<f32> = source.iter().map(|&p| f32::from(p)).collect();
    let pose = Pose::draw(rng);
    image = pose.of(&image);
    let inside: Vec<bool> = image.iter().map(|&v| v > 0.5).collect();
    if rng.random_bool(STRENGTH.coarser_share) {
        image = coarser(&image, &inside, between(STRENGTH.coarser_side, rng));
    }
    let is_even = even_grain > 0.0 && rng.random_bool(even_grain);
    if is_even {
        image = without_grain(&image, &inside, rng);
    }
    match rng.random_range(0..10) {
        0..3 => image = blurred_inside(&image, &inside, 1),
        3 => image = blurred_inside(&image, &inside, 3),
        4..6 => image = sharpen(&image, &inside, rng.random_range(0.3f32..1.5)),
        _ => {}
    }
    let gamma = either_way(STRENGTH.log_gamma, rng).exp();
    let contrast = between(STRENGTH.contrast, rng);
    let shift = either_way(STRENGTH.brightness, rng);
    let noise = if is_even {
        another_grain(rng)
    } else {
        noise(rng)
    };
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
    // What is cut out gets the lungs' mean grey: it is to look neither like outside nor like a lesion.
    let lungs = changed.iter().zip(&inside).filter(|(_, inside)| **inside);
    let (sum, area) = lungs.fold((0u64, 0u64), |(sum, area), (&pixel, _)| {
        (sum + u64::from(pixel), area + 1)
    });
    let mean = (sum / area.max(1)) as u8;
    for (index, (pixel, inside)) in changed.iter_mut().zip(inside).enumerate() {
        // 0 means outside: what is inside stays at least 1.
        *pixel = match (inside, cut.hits(index)) {
            (false, _) => 0,
            (true, false) => (*pixel).max(1),
            (true, true) => mean.max(1),
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
                line: 0,
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
            let (changed, _) = augment(&empty, None, Look::Masked, 0.5, &mut rng);
            assert!(changed.iter().all(|&p| p == 0));
        }
    }

    #[test]
    fn dark_lung_is_not_outside() {
        let mut pixels = disc().pixels;
        let (dark, enclosed, corner) = (128 * INPUT_SIDE + 128, 128 * INPUT_SIDE + 140, 0);
        pixels[dark] = 0;
        pixels[enclosed] = 0;
        let before = pixels.clone();
        let mut around = before.clone();
        around[enclosed] = 200;
        leave_outside_alone_black(&mut pixels, &around);
        let now = [dark, enclosed, corner].map(|at| pixels[at]);
        assert_eq!(now, [1, 0, 0]);
        let changed = pixels.iter().zip(&before).filter(|(now, was)| now != was);
        assert_eq!(changed.count(), 1);
    }

    #[test]
    fn most_of_the_lungs_stay() {
        let mut rng = StdRng::seed_from_u64(2);
        let lungs = |pixels: &[u8]| pixels.iter().filter(|&&p| p > 0).count() as f32;
        let before = lungs(&disc().pixels);
        for _ in 0..16 {
            let (changed, _) = augment(&disc(), None, Look::Masked, 0.5, &mut rng);
            let share = lungs(&changed) / before;
            assert!((0.5..1.6).contains(&share), "{share}");
        }
    }

    #[test]
    fn no_rim_appears_at_the_lungs_edge_however_sharp_they_are() {
        let image: Vec<f32> = disc().pixels.into_iter().map(f32::from).collect();
        let inside: Vec<bool> = image.iter().map(|&v| v > 0.5).collect();
        for (what, changed) in [
            ("once", blurred_inside(&image, &inside, 1)),
            ("often", blurred_inside(&image, &inside, 3)),
            ("sharpened", sharpen(&image, &inside, 1.5)),
            ("coarser", coarser(&image, &inside, 80)),
            ("less so", coarser(&image, &inside, 219)),
        ] {
            // All of one grey, they stay so.
            let pairs = changed.iter().zip(&image);
            let apart = pairs.map(|(new, old)| (new - old).abs());
            let most = apart.fold(0.0f32, f32::max);
            assert!(most < 0.01, "{what}: {most}");
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
            let (changed, lesion) = augment(&slice, Some(&lesion), Look::Masked, 0.5, &mut rng);
            let lesion = lesion.expect("one was given");
            // Not the mean: some of the edge may have been painted.
            let middle = |within: bool| {
                let greys = changed.iter().zip(&lesion);
                let mut greys: Vec<u8> = greys
                    .filter(|&(&grey, &l)| grey > 0 && (l > 0) == within)
                    .map(|(&grey, _)| grey)
                    .collect();
                greys.sort_unstable();
                greys.get(greys.len() / 2).copied().unwrap_or(0)
            };
            let marked = lesion.iter().filter(|&&l| l > 0).count();
            assert!(marked == 0 || middle(true) > middle(false) + 50);
        }
    }

    #[test]
    fn an_even_grain_tells_no_more_how_noisy_a_slice_was() {
        let noisy = |amount: u8| {
            let mut slice = disc();
            let mut rng = StdRng::seed_from_u64(8);
            for pixel in slice.pixels.iter_mut().filter(|pixel| **pixel > 0) {
                *pixel = 120 - amount + rng.random_range(0..=2 * amount);
            }
            slice
        };
        // The mean difference between neighbours well inside the lungs, over many sights.
        let grain = |amount: u8, even: f64| {
            let mut rng = StdRng::seed_from_u64(9);
            let sum: f64 = (0..24)
                .map(|_| {
                    let (changed, _) = augment(&noisy(amount), None, Look::Masked, even, &mut rng);
                    let row = &changed[128 * INPUT_SIDE + 100..128 * INPUT_SIDE + 156];
                    let steps = row.windows(2).map(|two| f64::from(two[0].abs_diff(two[1])));
                    steps.sum::<f64>() / 55.0
                })
                .sum();
            sum / 24.0
        };
        assert!(grain(40, 0.0) > 1.5 * grain(0, 0.0), "it is told");
        let (noisy, smooth) = (grain(40, 1.0), grain(0, 1.0));
        assert!(
            (noisy / smooth - 1.0).abs() < 0.1,
            "{noisy} against {smooth}"
        );
    }

    #[test]
    fn the_seed_decides() {
        let with = |seed| {
            augment(
                &disc(),
                None,
                Look::Masked,
                0.5,
                &mut StdRng::seed_from_u64(seed),
            )
        };
        assert_eq!(with(3), with(3));
        assert_ne!(with(3), with(4));
    }
}
