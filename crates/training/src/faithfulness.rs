//! Do heatmaps show what decides? Deletion and insertion (Petsiuk et al. 2018, arXiv 1806.07421), and the share of heat
//! that lies in lesions drawn by radiologists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lungsight_imaging::{INPUT_SIDE, Limits, NetworkInput, Rect};
use lungsight_network::Classifier;
use lungsight_network::grad_cam::{Heat, LevelMaps, fuse, shown};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::dataset;
use crate::evaluate::input;
use crate::masks::{self, Annotated, Within};
use crate::prepare::{Prepared, Unusable, progress, slice_input};
use crate::split::{Part, Split};

/// What `faithfulness` writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Faithfulness {
    /// Name and checksum of the weights.
    pub model: String,
    /// Slices for deletion and insertion, one of a patient.
    pub slices: usize,
    /// Annotated slices of patients of the validation part, with a lesion of at least one lung pixel in a hundred: what is shown
    /// is chosen by them. In files without `annotated_test`, of those of the test part too.
    pub annotated: usize,
    /// The same of the test part, by which nothing is to be chosen; `None` in files from before the two were told apart.
    #[serde(default)]
    pub annotated_test: Option<usize>,
    /// By map: the one that is shown, the fused one, one of each level, and a random order of pixels to compare with.
    pub maps: BTreeMap<String, MapFigures>,
}

/// Figures of one kind of heatmap.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MapFigures {
    /// Mean probability of the predicted class while the hottest pixels go first; smaller is better.
    pub deletion: f64,
    /// Mean probability while the hottest pixels come first; larger is better.
    pub insertion: f64,
    /// (share of lung pixels changed, mean probability): deletion.
    pub deletion_curve: Vec<(f64, f64)>,
    /// The same for insertion.
    pub insertion_curve: Vec<(f64, f64)>,
    /// Mean share of the heat in the lungs that lies in lesions, over slices with any heat; `None` for the random order.
    pub lesion_share: Option<f64>,
    /// The same for random round regions of the lesions' size in the same lungs.
    pub random_share: Option<f64>,
    /// How many slices had any heat, over which both shares are means; 0 in files from before it was kept.
    #[serde(default)]
    pub lesion_slices: usize,
    /// The three of the test part, reported apart; `None` where there are none.
    #[serde(default)]
    pub test: Option<LesionShares>,
}

/// How much of the heat in the lungs lies in lesions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct LesionShares {
    /// Mean share over slices with any heat.
    pub lesion: f64,
    /// The same for random round regions of the lesions' size in the same lungs.
    pub random: f64,
    /// How many slices had any heat.
    pub slices: usize,
}

/// Shares of the lung's pixels that are changed.
const STEPS: [f64; 5] = [0.05, 0.15, 0.3, 0.5, 0.75];

const SHOWN: &str = "shown";
const FUSED: &str = "fused";
const RANDOM: &str = "random";

/// The kinds of map: what is shown, fused, and each level alone by its side in pixels.
fn kinds(levels: &LevelMaps) -> Vec<(String, Heat)> {
    let alone = levels.iter().map(|level| {
        (
            format!("{0}×{0}", level.side),
            fuse(std::slice::from_ref(level)),
        )
    });
    [
        (SHOWN.to_owned(), shown(levels)),
        (FUSED.to_owned(), fuse(levels)),
    ]
    .into_iter()
    .chain(alone)
    .collect()
}

/// Measures both: on one slice of each patient of the split's validation part, evenly picked, and on annotated slices of the
/// validation part and, apart, of the test part.
///
/// # Errors
/// When a file is faulty, the device fails, or the validation part has no slice.
pub fn measure(
    classifier: &Classifier,
    dataset: &Path,
    split: &Split,
    most: usize,
    masks: Option<&Path>,
) -> Result<Faithfulness, String> {
    let (index, slices) = dataset::read(dataset)?;
    split.check(&index.rows)?;
    let mut seen = BTreeSet::new();
    let one_each: Vec<&Prepared> = slices
        .iter()
        .filter(|slice| split.patients[&slice.row.patient] == Part::Validation)
        .filter(|slice| seen.insert(&slice.row.patient))
        .collect();
    let chosen: Vec<&Prepared> = evenly(one_each.len(), most)
        .map(|index| one_each[index])
        .collect();
    if chosen.is_empty() {
        return Err("no slice of the part validation to change".into());
    }
    let mut maps = deletion_and_insertion(classifier, &chosen)?;
    let (mut annotated, mut annotated_test) = (0, 0);
    if let Some(path) = masks {
        let items = masks::read(path)?;
        let rows: Vec<_> = items.iter().map(Annotated::row).collect();
        split.check(&rows)?;
        let shares;
        (annotated, shares) =
            lesion_shares(classifier, path, &of_part(&items, split, Part::Validation))?;
        for (kind, shares) in shares {
            let figures = maps.entry(kind).or_default();
            figures.lesion_share = Some(shares.lesion);
            figures.random_share = Some(shares.random);
            figures.lesion_slices = shares.slices;
        }
        let shares;
        (annotated_test, shares) =
            lesion_shares(classifier, path, &of_part(&items, split, Part::Test))?;
        for (kind, shares) in shares {
            maps.entry(kind).or_default().test = Some(shares);
        }
    }
    Ok(Faithfulness {
        model: classifier.model(),
        slices: chosen.len(),
        annotated,
        annotated_test: Some(annotated_test),
        maps,
    })
}

/// The annotated slices of a part's patients.
fn of_part<'a>(items: &'a [Annotated], split: &Split, part: Part) -> Vec<&'a Annotated> {
    let is_of = |item: &&Annotated| split.patients.get(&item.patient) == Some(&part);
    items.iter().filter(is_of).collect()
}

/// `most` of `count` places at most, evenly spaced.
fn evenly(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let taken = count.min(most);
    (0..taken).map(move |number| number * count / taken)
}

/// Deletes and inserts by every kind of map on the slices given.
///
/// # Errors
/// When the device fails.
pub fn deletion_and_insertion(
    classifier: &Classifier,
    slices: &[&Prepared],
) -> Result<BTreeMap<String, MapFigures>, String> {
    let bar = progress(slices.len() as u64, "deleting and inserting");
    let mut sums: BTreeMap<String, [Vec<f64>; 2]> = BTreeMap::new();
    let mut rng = StdRng::seed_from_u64(1);
    for slice in slices {
        let original = input(&slice.pixels);
        let evidence = classifier
            .evidence(std::slice::from_ref(&original))
            .map_err(|e| e.to_string())?;
        let first = classifier
            .conclude(&evidence[0])
            .map_err(|e| e.to_string())?;
        let predicted = first.predicted;
        let whole = f64::from(first.probabilities.of(predicted));
        let mut orders: Vec<(String, Vec<usize>)> = kinds(&evidence[0].maps[predicted.index()])
            .into_iter()
            .map(|(kind, heat)| (kind, hottest_first(&slice.pixels, &heat, &mut rng)))
            .collect();
        let mut random = lung_pixels(&slice.pixels);
        random.shuffle(&mut rng);
        orders.push((RANDOM.to_owned(), random));
        let blank = blank(&slice.pixels);
        for (kind, order) in orders {
            let changed = |from: &[u8], to: &[u8], share: f64| {
                let mut pixels = from.to_vec();
                for &at in &order[..(order.len() as f64 * share) as usize] {
                    pixels[at] = to[at];
                }
                input(&pixels)
            };
            let inputs: Vec<NetworkInput> = STEPS
                .iter()
                .map(|&share| changed(&slice.pixels, &blank, share))
                .chain(
                    STEPS
                        .iter()
                        .map(|&share| changed(&blank, &slice.pixels, share)),
                )
                .chain([input(&blank)])
                .collect();
            let results = classifier.classify(&inputs).map_err(|e| e.to_string())?;
            let p: Vec<f64> = results
                .iter()
                .map(|r| f64::from(r.probabilities.of(predicted)))
                .collect();
            let (deleted, rest) = p.split_at(STEPS.len());
            let (inserted, empty) = rest.split_at(STEPS.len());
            let curves = [
                [&[whole], deleted, empty].concat(),
                [empty, inserted, &[whole]].concat(),
            ];
            let sum = sums
                .entry(kind)
                .or_insert_with(|| [vec![0.0; curves[0].len()], vec![0.0; curves[1].len()]]);
            for (sum, curve) in sum.iter_mut().zip(&curves) {
                sum.iter_mut()
                    .zip(curve)
                    .for_each(|(sum, value)| *sum += value);
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let at: Vec<f64> = [&[0.0], &STEPS[..], &[1.0]].concat();
    let count = slices.len().max(1) as f64;
    let curve = |sum: Vec<f64>| -> Vec<(f64, f64)> {
        at.iter()
            .copied()
            .zip(sum.into_iter().map(|v| v / count))
            .collect()
    };
    Ok(sums
        .into_iter()
        .map(|(kind, [deletion, insertion])| {
            let (deletion, insertion) = (curve(deletion), curve(insertion));
            let figures = MapFigures {
                deletion: area(&deletion),
                insertion: area(&insertion),
                deletion_curve: deletion,
                insertion_curve: insertion,
                ..MapFigures::default()
            };
            (kind, figures)
        })
        .collect())
}

/// Trapezoids.
fn area(curve: &[(f64, f64)]) -> f64 {
    curve
        .windows(2)
        .map(|w| (w[1].0 - w[0].0) * f64::midpoint(w[0].1, w[1].1))
        .sum()
}

fn lung_pixels(pixels: &[u8]) -> Vec<usize> {
    (0..pixels.len()).filter(|&i| pixels[i] > 0).collect()
}

/// Lung pixels, the hottest first, equally hot ones (most are cold) in random order.
fn hottest_first(pixels: &[u8], heat: &Heat, rng: &mut StdRng) -> Vec<usize> {
    let mut pixels = lung_pixels(pixels);
    pixels.shuffle(rng);
    let mut order: Vec<(f32, usize)> = pixels
        .into_iter()
        .map(|at| {
            let (x, y) = ((at % INPUT_SIDE) as f32, (at / INPUT_SIDE) as f32);
            (
                at_unit(
                    heat,
                    (x + 0.5) / INPUT_SIDE as f32,
                    (y + 0.5) / INPUT_SIDE as f32,
                ),
                at,
            )
        })
        .collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    order.into_iter().map(|(_, at)| at).collect()
}

/// The heat under a point of the crop, both coordinates in 0..=1, bilinear.
fn at_unit(heat: &Heat, x: f32, y: f32) -> f32 {
    let place = |at: f32, side: usize| {
        let at = (at * side as f32 - 0.5).clamp(0.0, (side - 1) as f32);
        (at as usize, (at as usize + 1).min(side - 1), at.fract())
    };
    let ((x0, x1, fx), (y0, y1, fy)) = (place(x, heat.width), place(y, heat.height));
    let value = |x: usize, y: usize| heat.values[y * heat.width + x];
    let row = |y: usize| value(x0, y) * (1.0 - fx) + value(x1, y) * fx;
    row(y0) * (1.0 - fy) + row(y1) * fy
}

/// The same lungs, all of their median grey: nothing to see.
fn blank(pixels: &[u8]) -> Vec<u8> {
    let mut greys: Vec<u8> = pixels.iter().copied().filter(|&p| p > 0).collect();
    greys.sort_unstable();
    let median = greys.get(greys.len() / 2).copied().unwrap_or(0);
    pixels
        .iter()
        .map(|&p| if p > 0 { median } else { 0 })
        .collect()
}

/// How many slices of the list had a lesion large enough, and the shares of heat in lesions by map.
///
/// # Errors
/// Names the file that can't be read; lesions outside the lungs; the device's.
pub fn lesion_shares(
    classifier: &Classifier,
    list: &Path,
    annotated: &[&Annotated],
) -> Result<(usize, BTreeMap<String, LesionShares>), String> {
    let folder = list.parent().unwrap_or(Path::new(""));
    let bar = progress(annotated.len() as u64, "comparing with lesions");
    let mut within = Within::default();
    let mut sums: BTreeMap<String, (f64, f64, usize)> = BTreeMap::new();
    let mut count = 0usize;
    let mut rng = StdRng::seed_from_u64(2);
    for item in annotated {
        bar.inc(1);
        let path = folder.join(&item.slice);
        let (slice, both) = match slice_input(&path, &Limits::default()) {
            Ok(seen) => seen,
            Err(Unusable::NoLungs(_)) => continue,
            Err(reason) => return Err(format!("{}: {reason}", path.display())),
        };
        let (lung, lesion) = item.masks(folder, &slice)?;
        within.add(&lung, &lesion);
        let (width, inside) = (slice.width() as usize, lung.values());
        let lungs: Vec<usize> = (0..inside.len()).filter(|&i| inside[i] > 0).collect();
        let diseased: Vec<usize> = lungs
            .iter()
            .copied()
            .filter(|&i| lesion.values()[i] > 0)
            .collect();
        if diseased.len() * 100 < lungs.len() || lungs.is_empty() {
            continue;
        }
        let evidence = classifier
            .evidence(std::slice::from_ref(&both.input))
            .map_err(|e| e.to_string())?;
        let random = random_region(&lungs, width, diseased.len(), &mut rng);
        for (kind, heat) in kinds(&evidence[0].maps[item.label.index()]) {
            let mass = |pixels: &[usize]| -> f64 {
                pixels
                    .iter()
                    .map(|&i| f64::from(over_slice(&heat, both.input.crop, i, width)))
                    .sum()
            };
            let all = mass(&lungs);
            if all > 0.0 {
                let sum = sums.entry(kind).or_default();
                sum.0 += mass(&diseased) / all;
                sum.1 += mass(&random) / all;
                sum.2 += 1;
            }
        }
        count += 1;
    }
    bar.finish_and_clear();
    within.check(list)?;
    let shares = sums.into_iter().map(|(kind, (lesions, random, warm))| {
        let shares = LesionShares {
            lesion: lesions / warm as f64,
            random: random / warm as f64,
            slices: warm,
        };
        (kind, shares)
    });
    Ok((count, shares.collect()))
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

/// The kinds of map in a table, and what the lungs' lesions make of them.
pub fn table(faithfulness: &Faithfulness) -> String {
    let apart = match faithfulness.annotated_test {
        None | Some(0) => String::new(),
        Some(slices) => format!(" and {slices} of the test part, to choose nothing by"),
    };
    let mut text = format!(
        "{}: {} slices, {} annotated{apart}\nmap       deletion insertion  lesion  random region\n",
        faithfulness.model, faithfulness.slices, faithfulness.annotated
    );
    for (kind, figures) in &faithfulness.maps {
        let share =
            |share: Option<f64>| share.map_or("–".into(), |s| format!("{:.1} %", s * 100.0));
        let over = match figures.lesion_slices {
            0 => String::new(),
            slices => format!(" over {slices} slices with heat"),
        };
        let test = figures.test.map_or_else(String::new, |test| {
            let [lesion, random] = [test.lesion, test.random].map(|s| share(Some(s)));
            format!(
                "; test: {lesion}, random {random} over {} slices",
                test.slices
            )
        });
        text += &format!(
            "{kind:9} {:8.3} {:9.3} {:>7} {:>7}{over}{test}\n",
            figures.deletion,
            figures.insertion,
            share(figures.lesion_share),
            share(figures.random_share)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hottest_lung_pixels_come_first() {
        let mut pixels = vec![0; INPUT_SIDE * INPUT_SIDE];
        pixels[10] = 90;
        pixels[INPUT_SIDE * INPUT_SIDE - 1] = 90;
        let heat = Heat {
            width: 2,
            height: 2,
            values: vec![0.0, 0.0, 0.0, 1.0],
        };
        assert_eq!(
            hottest_first(&pixels, &heat, &mut StdRng::seed_from_u64(1)),
            [INPUT_SIDE * INPUT_SIDE - 1, 10]
        );
    }

    #[test]
    fn as_many_slices_as_asked_for_are_evenly_picked() {
        let picked = |count, most| evenly(count, most).collect::<Vec<_>>();
        assert_eq!(picked(61, 60).len(), 60);
        assert_eq!(picked(6, 3), [0, 2, 4]);
        assert_eq!(picked(3, 60), [0, 1, 2]);
        assert_eq!(picked(0, 60), Vec::<usize>::new());
        assert_eq!(picked(3, 0), Vec::<usize>::new());
    }

    #[test]
    fn a_random_region_lies_in_the_lungs_and_has_the_size() {
        let lungs: Vec<usize> = (0..400).filter(|i| i % 20 < 10).collect();
        let region = random_region(&lungs, 20, 30, &mut StdRng::seed_from_u64(1));
        assert_eq!(region.len(), 30);
        assert!(region.iter().all(|i| lungs.contains(i)));
    }

    #[test]
    fn what_the_test_part_says_is_told_apart() {
        let mut maps = BTreeMap::new();
        let figures = MapFigures {
            lesion_share: Some(0.3),
            random_share: Some(0.2),
            lesion_slices: 4,
            test: Some(LesionShares {
                lesion: 0.25,
                random: 0.15,
                slices: 2,
            }),
            ..MapFigures::default()
        };
        maps.insert(SHOWN.to_owned(), figures);
        let found = Faithfulness {
            model: "network".into(),
            slices: 3,
            annotated: 4,
            annotated_test: Some(2),
            maps,
        };
        let text = table(&found);
        assert!(
            text.contains("4 annotated and 2 of the test part"),
            "{text}"
        );
        assert!(
            text.contains("over 4 slices with heat; test: 25.0 %, random 15.0 % over 2 slices"),
            "{text}"
        );
    }

    #[test]
    fn each_annotated_slice_is_of_its_patients_part() {
        let item = |patient: &str| Annotated {
            slice: patient.into(),
            lung: "lung".into(),
            lesion: "lesion".into(),
            patient: patient.into(),
            label: lungsight_imaging::Class::Covid,
            lesion_px: 300,
            lesions_turned: false,
            line: 2,
        };
        let items = ["a", "b", "c"].map(item);
        let parts = [Part::Train, Part::Validation, Part::Test];
        let patients = items.iter().map(|item| item.patient.clone()).zip(parts);
        let split = Split {
            seed: 1,
            shares: [8, 1, 1],
            patients: patients.collect(),
        };
        let of = |part| of_part(&items, &split, part);
        assert_eq!(of(Part::Validation), [&items[1]]);
        assert_eq!(of(Part::Test), [&items[2]]);
    }

    #[test]
    fn files_from_before_the_parts_were_told_apart_are_read() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../weights/faithfulness.json");
        let shipped: Faithfulness = crate::run::read_json(&path).expect("the shipped figures");
        assert!(shipped.annotated > 0 && shipped.maps.contains_key(SHOWN));
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

    #[test]
    fn the_area_of_a_constant_is_the_constant() {
        assert!((area(&[(0.0, 0.5), (0.2, 0.5), (1.0, 0.5)]) - 0.5).abs() < 1e-12);
    }
}
