//! Lesions drawn by radiologists, put into the lungs of healthy people: there, source and disease are not tied. A slice
//! with one teaches "diseased" in the look of a source that has healthy people alone (after Cut, Paste and Learn, Dwibedi
//! et al. 2017, arXiv 1708.01642).

use std::collections::BTreeMap;
use std::path::PathBuf;

use lungsight_imaging::INPUT_SIDE;
use rand::Rng;

use crate::augment::blur;
use crate::prepare::Prepared;

/// Pixels of `INPUT_SIDE²` below which a lesion is too small to be learned from.
const LEAST: usize = 60;

/// Grey levels by which a pixel must become brighter for a lesion to be seen there: less is lost in a slice's noise.
const SEEN_FROM: u8 = 6;

/// A slice's lesions, and where its sound lungs lie among the grey levels.
#[derive(Debug, Clone)]
struct Lesion {
    pixels: Vec<u8>,
    /// How much of a pixel is lesion, 0..=1.
    cover: Vec<f32>,
    sound: f32,
}

/// All there is to put in.
#[derive(Debug, Clone, Default)]
pub struct Lesions(Vec<Lesion>);

impl Lesions {
    /// Of the slices that are learned from; `drawn`: masks of `INPUT_SIDE²` by the slice's path.
    pub fn of(training: &[Prepared], drawn: &BTreeMap<PathBuf, Vec<u8>>) -> Self {
        let lesions = training.iter().filter_map(|slice| {
            let mask = drawn.get(&slice.row.path)?;
            let lesion = |i: &usize| mask[*i] > 0 && slice.pixels[*i] > 0;
            let area = (0..mask.len()).filter(lesion).count();
            let sound = median(
                (0..mask.len())
                    .filter(|i| !lesion(i))
                    .map(|i| slice.pixels[i]),
            )?;
            (area >= LEAST).then(|| Lesion {
                cover: faded(mask),
                pixels: slice.pixels.clone(),
                sound,
            })
        });
        Self(lesions.collect())
    }

    /// How many slices have some.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A copy of a slice with the lesions of another, as they lie or mirrored, somewhat moved, in part or whole, fainter or
    /// denser, and where they can be seen now; `None` where that is hardly anywhere: they fell beside its lungs, or on what is as
    /// dense as they are.
    pub fn put_into(&self, slice: &Prepared, rng: &mut impl Rng) -> Option<(Prepared, Vec<u8>)> {
        if self.is_empty() {
            return None;
        }
        let lesion = &self.0[rng.random_range(0..self.0.len())];
        let sound = median(slice.pixels.iter().copied())?;
        let mirror = rng.random_bool(0.5);
        let shift = [(); 2].map(|()| rng.random_range(-24..=24i64));
        let centre = [(); 2].map(|()| rng.random_range(0..INPUT_SIDE as i64));
        // Half the time all of them, else those near some place.
        let reach = if rng.random_bool(0.5) {
            i64::MAX
        } else {
            rng.random_range(30..110i64).pow(2)
        };
        let density = rng.random_range(0.55f32..1.25);
        let scale = (255.0 - sound) / (255.0 - lesion.sound).max(1.0);
        let mut changed = slice.clone();
        let mut mask = vec![0; slice.pixels.len()];
        let mut area = 0;
        for (index, pixel) in changed.pixels.iter_mut().enumerate() {
            if *pixel == 0 {
                continue;
            }
            let side = INPUT_SIDE as i64;
            let (x, y) = (index as i64 % side, index as i64 / side);
            if (x - centre[0]).pow(2) + (y - centre[1]).pow(2) > reach {
                continue;
            }
            let (u, v) = (x + shift[0], y + shift[1]);
            let u = if mirror { side - 1 - u } else { u };
            if !(0..side).contains(&u) || !(0..side).contains(&v) {
                continue;
            }
            let from = (v * side + u) as usize;
            let cover = lesion.cover[from];
            if cover <= 0.0 || lesion.pixels[from] == 0 {
                continue;
            }
            let level = sound + (f32::from(lesion.pixels[from]) - lesion.sound) * scale;
            let level = 255.0 * (level / 255.0).clamp(0.0, 1.0).powf(density);
            let was = *pixel;
            let own = f32::from(was);
            // Vessels stay: a lesion makes nothing darker.
            let new = own + cover * (level.max(own) - own);
            *pixel = new.clamp(1.0, 255.0) as u8;
            changed.around[index] = *pixel;
            if cover > 0.5 && pixel.saturating_sub(was) >= SEEN_FROM {
                mask[index] = 1;
                area += 1;
            }
        }
        (area >= LEAST).then_some((changed, mask))
    }
}

/// The middle grey level of the lungs.
fn median(pixels: impl Iterator<Item = u8>) -> Option<f32> {
    let mut counts = [0usize; 256];
    for pixel in pixels.filter(|&pixel| pixel > 0) {
        counts[usize::from(pixel)] += 1;
    }
    let all: usize = counts.iter().sum();
    let mut seen = 0;
    let middle = counts.iter().position(|&count| {
        seen += count;
        seen * 2 > all
    });
    middle.map(|grey| grey as f32)
}

/// 1 within, fading over two pixels on both sides of the edge.
fn faded(mask: &[u8]) -> Vec<f32> {
    let plane: Vec<f32> = mask.iter().map(|&v| f32::from(u8::from(v > 0))).collect();
    blur(&blur(&plane))
}

#[cfg(test)]
mod tests {
    use lungsight_imaging::Class;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::manifest::Row;

    fn slice(path: &str, label: Class, grey: impl Fn(usize, usize) -> u8) -> Prepared {
        let pixels: Vec<u8> = (0..INPUT_SIDE * INPUT_SIDE)
            .map(|i| grey(i % INPUT_SIDE, i / INPUT_SIDE))
            .collect();
        Prepared {
            row: Row {
                path: path.into(),
                label,
                patient: path.into(),
                source: "s".into(),
                note: String::new(),
                line: 0,
            },
            around: pixels.clone(),
            pixels,
        }
    }

    fn block(x: usize, y: usize) -> bool {
        (90..160).contains(&x) && (90..160).contains(&y)
    }

    fn lesions() -> Lesions {
        let ill = slice(
            "ill",
            Class::Covid,
            |x, y| {
                if block(x, y) { 200 } else { 60 }
            },
        );
        let mask = (0..INPUT_SIDE * INPUT_SIDE)
            .map(|i| u8::from(block(i % INPUT_SIDE, i / INPUT_SIDE)))
            .collect();
        Lesions::of(&[ill], &[("ill".into(), mask)].into())
    }

    #[test]
    fn lungs_get_denser_within_and_stay_as_they_are_elsewhere() {
        let lesions = lesions();
        let sound = slice("sound", Class::Healthy, |x, _| if x < 20 { 0 } else { 80 });
        let mut put = 0;
        for seed in 0..20 {
            let mut rng = StdRng::seed_from_u64(seed);
            let Some((changed, mask)) = lesions.put_into(&sound, &mut rng) else {
                continue;
            };
            put += 1;
            let pairs = || changed.pixels.iter().zip(&sound.pixels);
            assert!(pairs().all(|(new, old)| new >= old));
            assert!(pairs().all(|(&new, &old)| (new == 0) == (old == 0)));
            assert!(pairs().any(|(&new, _)| new > 120));
            let denser = pairs().filter(|(new, old)| new > old).count();
            assert!(denser <= 80 * 80, "no more than the lesion: {denser}");
            let marked = pairs().zip(&mask).filter(|(_, m)| **m > 0);
            assert!(marked.clone().count() >= LEAST);
            assert!(
                marked
                    .clone()
                    .all(|((new, old), _)| *new >= *old + SEEN_FROM)
            );
        }
        assert!(put > 10, "{put}");
    }

    #[test]
    fn what_cannot_be_seen_is_not_put_in() {
        let lesions = lesions();
        let dense = slice("dense", Class::Healthy, |_, _| 254);
        for seed in 0..20 {
            let mut rng = StdRng::seed_from_u64(seed);
            assert!(lesions.put_into(&dense, &mut rng).is_none());
        }
    }

    #[test]
    fn there_is_nothing_to_put_in_without_a_mask_or_with_a_speck() {
        let ill = slice("ill", Class::Covid, |_, _| 60);
        assert!(Lesions::of(std::slice::from_ref(&ill), &BTreeMap::new()).is_empty());
        let mut speck = vec![0; INPUT_SIDE * INPUT_SIDE];
        speck[1000] = 1;
        assert!(Lesions::of(&[ill], &[("ill".into(), speck)].into()).is_empty());
        let sound = slice("sound", Class::Healthy, |_, _| 80);
        let mut rng = StdRng::seed_from_u64(1);
        assert!(Lesions::default().put_into(&sound, &mut rng).is_none());
    }
}
