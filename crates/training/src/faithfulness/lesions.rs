//! How much of a map's heat lies in lesions, and in random regions of their size.

use std::collections::BTreeMap;
use std::path::Path;

use lungsight_imaging::{Limits, Mask, NetworkInput, Rect};
use lungsight_network::Classifier;
use lungsight_network::grad_cam::Heat;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::LesionShares;
use super::maps::{at_unit, kinds};
use crate::masks::{Annotated, Within};
use crate::prepare::{Unusable, progress, slice_input};

/// How many slices of the list had a lesion large enough, and the shares of heat in lesions by map.
///
/// # Errors
/// Names the file that can't be read; lesions outside the lungs; the device's.
pub(super) fn lesion_shares(
    classifier: &Classifier,
    list: &Path,
    annotated: &[&Annotated],
) -> Result<(usize, BTreeMap<String, LesionShares>), String> {
    let folder = list.parent().unwrap_or(Path::new(""));
    let bar = progress(annotated.len() as u64, "comparing with lesions");
    let mut within = Within::default();
    let mut found: BTreeMap<String, Vec<[f64; 2]>> = BTreeMap::new();
    let mut count = 0usize;
    let mut rng = StdRng::seed_from_u64(2);
    for item in annotated {
        bar.inc(1);
        let Some(Drawn {
            input,
            lung,
            lesion,
        }) = drawn(item, folder)?
        else {
            continue;
        };
        within.add(&lung, &lesion);
        let Some(regions) = Regions::of(&lung, &lesion, &mut rng) else {
            continue;
        };
        let evidence = classifier
            .evidence(std::slice::from_ref(&input))
            .map_err(|e| e.to_string())?;
        for (kind, heat) in kinds(&evidence[0].maps[item.label.index()]) {
            if let Some(shares) = regions.shares(&heat, input.crop) {
                found.entry(kind).or_default().push(shares);
            }
        }
        count += 1;
    }
    bar.finish_and_clear();
    within.check(list)?;
    let shares = found
        .into_iter()
        .map(|(kind, shares)| (kind, mean(&shares)));
    Ok((count, shares.collect()))
}

/// What the network sees of a slice, and the masks drawn of it.
struct Drawn {
    input: NetworkInput,
    lung: Mask,
    lesion: Mask,
}

/// An annotated slice; `None` where no lungs are found.
///
/// # Errors
/// Names the file that can't be read.
fn drawn(item: &Annotated, folder: &Path) -> Result<Option<Drawn>, String> {
    let path = folder.join(&item.slice);
    let (slice, both) = match slice_input(&path, &Limits::default()) {
        Ok(seen) => seen,
        Err(Unusable::NoLungs(_)) => return Ok(None),
        Err(reason) => return Err(format!("{}: {reason}", path.display())),
    };
    let (lung, lesion) = item.masks(folder, &slice)?;
    Ok(Some(Drawn {
        input: both.input,
        lung,
        lesion,
    }))
}

/// Pixels of a slice.
struct Regions {
    /// Columns of the slice.
    width: usize,
    lungs: Vec<usize>,
    /// As far as they lie in the lungs.
    lesions: Vec<usize>,
    /// As many, anywhere in the lungs.
    random: Vec<usize>,
}

impl Regions {
    /// `None` where less than a hundredth of the lungs is diseased.
    fn of(lung: &Mask, lesion: &Mask, rng: &mut StdRng) -> Option<Self> {
        let (width, inside) = (lung.width() as usize, lung.values());
        let lungs: Vec<usize> = (0..inside.len()).filter(|&i| inside[i] > 0).collect();
        let lesions: Vec<usize> = lungs
            .iter()
            .copied()
            .filter(|&i| lesion.values()[i] > 0)
            .collect();
        if lesions.len() * 100 < lungs.len() || lungs.is_empty() {
            return None;
        }
        let random = random_region(&lungs, width, lesions.len(), rng);
        Some(Self {
            width,
            lungs,
            lesions,
            random,
        })
    }

    /// Shares of the lungs' heat in the lesions and in the random region; `None` where the lungs have no heat.
    fn shares(&self, heat: &Heat, crop: Rect) -> Option<[f64; 2]> {
        let mass = |pixels: &[usize]| -> f64 {
            pixels
                .iter()
                .map(|&i| f64::from(over_slice(heat, crop, i, self.width)))
                .sum()
        };
        let all = mass(&self.lungs);
        (all > 0.0).then(|| [mass(&self.lesions) / all, mass(&self.random) / all])
    }
}

/// Over slices with any heat, by lesions and by random regions.
fn mean(slices: &[[f64; 2]]) -> LesionShares {
    let [lesion, random] = [0, 1].map(|region| {
        let sum: f64 = slices.iter().map(|shares| shares[region]).sum();
        sum / slices.len() as f64
    });
    LesionShares {
        lesion,
        random,
        slices: slices.len(),
    }
}

/// The heat over a slice's pixel; nothing outside the crop.
fn over_slice(heat: &Heat, crop: Rect, pixel: usize, width: usize) -> f32 {
    let x = ((pixel % width) as f32 + 0.5 - crop.x as f32) / crop.width as f32;
    let y = ((pixel / width) as f32 + 0.5 - crop.y as f32) / crop.height as f32;
    if (0.0..1.0).contains(&x) && (0.0..1.0).contains(&y) {
        at_unit(heat, x, y)
    } else {
        0.0
    }
}

/// The `count` lung pixels nearest to a random one.
fn random_region(lungs: &[usize], width: usize, count: usize, rng: &mut StdRng) -> Vec<usize> {
    let centre = lungs[rng.random_range(0..lungs.len())];
    let far = |i: usize| {
        (i % width).abs_diff(centre % width).pow(2) + (i / width).abs_diff(centre / width).pow(2)
    };
    let mut sorted = lungs.to_vec();
    sorted.sort_by_key(|&i| far(i));
    sorted.truncate(count);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_region_lies_in_the_lungs_and_has_the_size() {
        let lungs: Vec<usize> = (0..400).filter(|i| i % 20 < 10).collect();
        let region = random_region(&lungs, 20, 30, &mut StdRng::seed_from_u64(1));
        assert_eq!(region.len(), 30);
        assert!(region.iter().all(|i| lungs.contains(i)));
    }

    #[test]
    fn heat_is_found_where_the_crop_puts_it() {
        let heat = Heat {
            width: 2,
            height: 2,
            values: vec![0.0, 1.0, 0.0, 1.0],
        };
        let crop = Rect {
            x: 10,
            y: 10,
            width: 10,
            height: 10,
        };
        assert_eq!(over_slice(&heat, crop, 12 * 40 + 19, 40), 1.0);
        assert_eq!(over_slice(&heat, crop, 12 * 40 + 5, 40), 0.0);
    }
}
