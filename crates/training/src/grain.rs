//! How smooth or sharp a slice's reconstruction is: a trait of a scanner and its kernel, not of a disease.

use std::collections::{BTreeMap, BTreeSet};

use lungsight_imaging::Class;

use crate::augment::blur;
use crate::prepare::Prepared;

/// Pixels of lung away from the edge, below which a slice tells nothing.
const LEAST: usize = 500;

/// The grain of every patient of some slices: the median over their slices of [`sharpness`], and the line between smooth and
/// sharp that parts them best.
#[derive(Debug, Default)]
pub struct Grains {
    of_patients: BTreeMap<String, f64>,
    line: f64,
}

impl Grains {
    /// Of patients all of whom should be of one source: those of another would have their line moved.
    pub fn of<'a>(slices: impl IntoIterator<Item = &'a Prepared>) -> Self {
        let mut patients = BTreeMap::<&str, Vec<f64>>::new();
        for slice in slices {
            let of_patient = patients.entry(&slice.row.patient).or_default();
            of_patient.extend(sharpness(&slice.pixels));
        }
        let of_patients: BTreeMap<String, f64> = patients
            .into_iter()
            .filter_map(|(patient, of)| Some((patient.to_owned(), median(of)?)))
            .collect();
        Self {
            line: line_between(of_patients.values().copied().collect()),
            of_patients,
        }
    }

    /// The patients of these slices who tell, by label and by whether they are sharp.
    pub fn sides<'a>(
        &self,
        slices: impl IntoIterator<Item = &'a Prepared>,
    ) -> BTreeMap<(Class, bool), BTreeSet<&'a str>> {
        let mut sides = BTreeMap::<_, BTreeSet<&str>>::new();
        for slice in slices {
            let row = &slice.row;
            if let Some(is_sharp) = self.is_sharp(&row.patient) {
                let side = sides.entry((row.label, is_sharp)).or_default();
                side.insert(row.patient.as_str());
            }
        }
        sides
    }

    /// Of a patient; `None` of one without a slice that tells.
    pub fn sharpness(&self, patient: &str) -> Option<f64> {
        self.of_patients.get(patient).copied()
    }

    /// Whether a patient is on the sharp side of the line; `None` of one without a slice that tells.
    fn is_sharp(&self, patient: &str) -> Option<bool> {
        self.sharpness(patient).map(|of| of > self.line)
    }
}

/// The standard deviation of what one blur takes away, against that of what further blurs take: independent of contrast. In the
/// darker half of the lungs, where vessels and lesions are few. `None` where there is hardly any lung.
fn sharpness(pixels: &[u8]) -> Option<f64> {
    let inside: Vec<f32> = pixels.iter().map(|&p| f32::from(u8::from(p > 0))).collect();
    let image: Vec<f32> = pixels.iter().map(|&p| f32::from(p)).collect();
    let wider = |(image, share): (Vec<f32>, Vec<f32>), times: usize| {
        (0..times).fold((image, share), |(image, share), _| {
            (blur(&image), blur(&share))
        })
    };
    // Standard deviations of 1 and 4 pixels: every blur adds half a pixel's variance.
    let once = wider((image.clone(), inside), 2);
    let often = wider(once.clone(), 30);
    // Where four pixels around are lung too.
    let deep = |at: &usize| pixels[*at] > 0 && often.1[*at] > 0.9;
    let mut greys: Vec<u8> = (0..pixels.len())
        .filter(deep)
        .map(|at| pixels[at])
        .collect();
    if greys.len() < LEAST {
        return None;
    }
    let middle = greys.len() / 2;
    let (_, &mut middle, _) = greys.select_nth_unstable(middle);
    let dark: Vec<usize> = (0..pixels.len())
        .filter(|at| deep(at) && pixels[*at] <= middle)
        .collect();
    let value = |(image, share): &(Vec<f32>, Vec<f32>), at: usize| f64::from(image[at] / share[at]);
    let fine = deviation(
        dark.iter()
            .map(|&at| f64::from(image[at]) - value(&once, at)),
    );
    let coarse = deviation(dark.iter().map(|&at| value(&once, at) - value(&often, at)));
    (coarse > 0.0).then_some(fine / coarse)
}

fn deviation(values: impl Iterator<Item = f64>) -> f64 {
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for value in values {
        count += 1.0;
        sum += value;
        squares += value * value;
    }
    let mean = sum / count;
    f64::max(squares / count - mean * mean, 0.0).sqrt()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// Between two of the values, where both sides differ least among themselves (Otsu 1979); 0 of fewer than two.
fn line_between(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let squares_about_mean = |side: &[f64]| {
        let mean = side.iter().sum::<f64>() / side.len() as f64;
        side.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
    };
    let within =
        |at: &usize| squares_about_mean(&values[..*at]) + squares_about_mean(&values[*at..]);
    let best = (1..values.len()).min_by(|a, b| within(a).total_cmp(&within(b)));
    best.map_or(0.0, |at| f64::midpoint(values[at - 1], values[at]))
}

#[cfg(test)]
pub(crate) mod tests {
    use lungsight_imaging::INPUT_SIDE;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;
    use crate::manifest::Row;

    /// A disc of noise, blurred so often.
    pub fn slice(patient: usize, blurs: usize) -> Prepared {
        let mut rng = StdRng::seed_from_u64(patient as u64);
        let noise = (0..INPUT_SIDE * INPUT_SIDE).map(|_| rng.random_range(-60.0..60.0));
        let noise = (0..blurs).fold(noise.collect::<Vec<f32>>(), |noise, _| blur(&noise));
        let centre = INPUT_SIDE as f32 / 2.0;
        let pixel = |(index, noise): (usize, f32)| {
            let (x, y) = ((index % INPUT_SIDE) as f32, (index / INPUT_SIDE) as f32);
            let is_inside = (x - centre).hypot(y - centre) < 90.0;
            if is_inside { (100.0 + noise) as u8 } else { 0 }
        };
        let pixels: Vec<u8> = noise.into_iter().enumerate().map(pixel).collect();
        Prepared {
            row: Row {
                path: format!("{patient}.png").into(),
                label: Class::Covid,
                patient: patient.to_string(),
                source: "s".into(),
                note: String::new(),
                line: 0,
            },
            around: pixels.clone(),
            pixels,
        }
    }

    #[test]
    fn patients_part_by_how_sharp_their_slices_are() {
        let slices: Vec<Prepared> = (0..8)
            .map(|n| slice(n, if n < 3 { 0 } else { 4 }))
            .collect();
        let grains = Grains::of(&slices);
        for patient in 0..8 {
            assert_eq!(
                grains.is_sharp(&patient.to_string()),
                Some(patient < 3),
                "{grains:?}"
            );
        }
        assert_eq!(grains.is_sharp("somebody else"), None);
    }

    #[test]
    fn contrast_is_not_grain() {
        let mut faint = slice(1, 1);
        for pixel in &mut faint.pixels {
            *pixel = if *pixel > 0 { 80 + *pixel / 4 } else { 0 };
        }
        let [strong, faint] =
            [slice(1, 1), faint].map(|slice| sharpness(&slice.pixels).expect("lung"));
        assert!((strong / faint - 1.0).abs() < 0.1, "{strong} {faint}");
    }

    #[test]
    fn the_line_lies_in_the_gap() {
        let line = line_between(vec![1.1, 0.5, 0.6, 1.0, 0.55, 0.58]);
        assert!((0.6..1.0).contains(&line), "{line}");
        assert_eq!(line_between(vec![1.0]), 0.0);
        assert!(sharpness(&[0; INPUT_SIDE * INPUT_SIDE]).is_none());
    }
}
